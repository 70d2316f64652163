"""Folders of models that a killed run can take up where it stopped."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.datasets.bases import StoredDataset
from isogloss.datasets.conditional_writes import can_exclude
from isogloss.datasets.kept import report_kept
from isogloss.datasets.leases import Lease
from isogloss.datasets.local_copies import COPIES
from isogloss.errors import Refusal
from isogloss.json_texts import parse_json
from isogloss.language_models.checkpoint_writing import RECORD
from isogloss.language_models.storage import LOCKS_FOLDER, file_lock
from isogloss.model_folders import ModelFolders
from isogloss.partitions import digest

if TYPE_CHECKING:
    from isogloss.datasets.local_copies import LocalCopy
    from isogloss.datasets.storage import Storage

logger = logging.getLogger(__name__)

GIB = 1 << 30
BEGUN = ".begun"
"""Says in a store that a folder is being written, and may be replaced."""


class ModelFoldersDataset(StoredDataset[ModelFolders, "Mapping[str, Path]"]):
    """Models as folders that transformers loads, each written whole or not at all.

    Saving writes those that are not there or were made otherwise; others in the folder stay.
    Loading gives name -> folder of all that are there. In a store, the record of a model is written
    last, and a model without one is absent; what is loaded is a copy that goes with the process.

    Args:
        filepath: the folder in which they lie; local path or URL.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    def save(self, data: ModelFolders) -> None:
        """Write the models that are missing.

        Raises:
            Refusal: if the disk has no room for them, or a folder holds something else.
        """
        if not data.records:
            return
        with self._held():
            if self._storage.is_local:
                self._remove_unfinished()
            found = self._records()
            missing = [name for name, record in data.records.items() if found.get(name) != record]
            kept = [name for name in data.records if name not in missing]
            report_kept(Path(self.place).name, kept, len(data.records))
            if not missing:
                return
            if self._storage.is_local:
                self._require_room(Path(self.place), len(missing), len(missing) * data.bytes_each)
                data.write({name: Path(self.place, name) for name in missing})
            else:
                self._write_and_upload(data, missing)

    def load(self) -> Mapping[str, Path]:
        """List the models that are there."""
        names = sorted(self._versions())
        if self._storage.is_local:
            return {name: Path(self.place, name) for name in names}
        return CopiedFolders(self._storage, names)

    def content_version(self) -> str | None:
        """Give what changes whenever a model is written; None if there is none."""
        versions = sorted(self._versions().items())
        return digest(versions) if versions else None

    def _held(self) -> AbstractContextManager[object]:
        """Keep other runs from writing here meanwhile."""
        if self._storage.is_local:
            return file_lock(Path(self.place), "writing")
        return Lease(self._storage) if can_exclude(self._storage) else nullcontext()

    def _versions(self) -> dict[str, str]:
        """Give name -> what changes whenever it is written, of all models that are there."""
        if self._storage.is_local:
            paths = sorted(Path(self.place).glob(f"*/{RECORD}"))
            found = {path.parent.name: str(path.stat().st_mtime_ns) for path in paths}
        else:
            found = {
                parts[0]: version
                for path, version in self._storage.versions_below(self.place).items()
                if len(parts := self._below(path)) == 2 and parts[1] == RECORD
            }
        return {name: version for name, version in found.items() if not name.startswith(".")}

    def _records(self) -> dict[str, Mapping[str, Any]]:
        """Give how the models that are there were made; without those whose record is damaged."""
        found: dict[str, Mapping[str, Any]] = {}
        paths = {self._storage.child(f"{name}/{RECORD}"): name for name in self._versions()}
        for path, content in self._storage.read_many(paths).items():
            try:
                found[paths[path]] = parse_json(content)
            except ValueError:
                continue
        return found

    def _remove_unfinished(self) -> None:
        """Delete what a killed run left; the lock tells that nobody is writing it now."""
        for path in Path(self.place).glob(".*"):
            if path.is_dir() and path.name != LOCKS_FOLDER:
                logger.warning("%s was left by a run that was killed, and is deleted.", path)
                shutil.rmtree(path)

    def _write_and_upload(self, data: ModelFolders, names: list[str]) -> None:
        """Write models on this machine, as many at a time as there is room for, and copy them."""
        scratch = COPIES.scratch()
        room = int(shutil.disk_usage(scratch).free // max(data.bytes_each, 1))
        self._require_room(scratch, 1, data.bytes_each)
        for start in range(0, len(names), room):
            portion = names[start : start + room]
            with tempfile.TemporaryDirectory(dir=scratch) as folder:
                data.write({name: Path(folder, name) for name in portion})
                for name in portion:
                    self._upload(Path(folder, name))

    def _upload(self, folder: Path) -> None:
        """Copy a folder into the store: without its record, the model there counts as absent."""
        place = self._storage.child(folder.name)
        record, begun = f"{place}/{RECORD}", f"{place}/{BEGUN}"
        there = self._storage.find(place)
        if there and record not in there and begun not in there:
            raise Refusal(
                f"{place} holds something that was not merged here (it has no {RECORD}) and is not "
                "overwritten. Move it away, or use another data_root."
            )
        files = {
            f"{place}/{path.relative_to(folder).as_posix()}": path
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        self._storage.write_bytes(begun, b"")
        self._storage.remove(record)
        for path in files.keys() - {record}:
            self._storage.upload(files[path], path)
        for path in {*there} - {*files, begun}:
            self._storage.remove(path)
        self._storage.upload(files[record], record)
        self._storage.remove(begun)

    def _below(self, path: str) -> list[str]:
        return path.removeprefix(f"{self.place.rstrip('/')}/").split("/")

    def _require_room(self, folder: Path, models: int, size: int) -> None:
        free = shutil.disk_usage(folder).free
        logger.info("%d models of %.1f GiB in all are written", models, size / GIB)
        if size > free:
            raise Refusal(
                f"{models} models take {size / GIB:.1f} GiB, and the disk of {folder} has "
                f"{free / GIB:.1f} GiB free. Write fewer (merging.write, merging.targets), write "
                "them in half precision (merging.dtype=bfloat16), or use another data_root."
            )

    def _exists(self) -> bool:
        return bool(self._versions())


class CopiedFolders(Mapping[str, Path]):
    """Folders in a store, of which each is copied to this machine when it is asked for.

    Args:
        storage: the folder that holds them.
        names: of the folders.
    """

    def __init__(self, storage: Storage, names: list[str]) -> None:
        self._storage, self._names = storage, names
        self._copies: dict[str, LocalCopy] = {}

    def __getitem__(self, name: str) -> Path:
        if name not in self._names:
            raise KeyError(name)
        if name not in self._copies:
            self._copies[name] = self._storage.copy_folder(self._storage.child(name))
        return self._copies[name].path

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
