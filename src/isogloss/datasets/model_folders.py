"""Folders of models that a killed run can take up where it stopped."""

from __future__ import annotations

import json
import logging
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.io import AbstractDataset

from isogloss.datasets.kept import report_kept
from isogloss.errors import Refusal
from isogloss.language_models.checkpoint_writing import RECORD
from isogloss.language_models.storage import LOCKS_FOLDER, file_lock
from isogloss.model_folders import ModelFolders
from isogloss.partitions import digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

logger = logging.getLogger(__name__)

GIB = 1 << 30


class ModelFoldersDataset(AbstractDataset[ModelFolders, "dict[str, Path]"]):
    """Models as folders that transformers loads, each written whole or not at all.

    Saving writes those that are not there or were made otherwise; others in the folder stay.
    Loading gives name -> folder of all that are there.

    Args:
        filepath: the folder in which they lie; a local one.
        metadata: for plugins such as kedro-viz; unused here.
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        self._root = Path(filepath)
        self.metadata = metadata

    def save(self, data: ModelFolders) -> None:
        """Write the models that are missing.

        Raises:
            Refusal: if the disk has no room for them, or a folder holds something else.
        """
        if not data.records:
            return
        with file_lock(self._root, "writing"):
            self._remove_unfinished()
            missing = [
                name for name, record in data.records.items() if self._record(name) != record
            ]
            kept = [name for name in data.records if name not in missing]
            report_kept(self._root.name, kept, len(data.records))
            if missing:
                self._require_room(len(missing), len(missing) * data.bytes_each)
                data.write({name: self._root / name for name in missing})

    def load(self) -> dict[str, Path]:
        """List the models that are there."""
        return {path.parent.name: path.parent for path in self._found()}

    def content_version(self) -> str | None:
        """Give what changes whenever a model is written; None if there is none."""
        states = [(path.parent.name, path.stat().st_mtime_ns) for path in self._found()]
        return digest(states) if states else None

    def _found(self) -> Iterator[Path]:
        paths = sorted(self._root.glob(f"*/{RECORD}"))
        return (path for path in paths if not path.parent.name.startswith("."))

    def _record(self, name: str) -> Mapping[str, Any] | None:
        """Give how a model that is there was made; None if that cannot be read."""
        try:
            record: Mapping[str, Any] = json.loads((self._root / name / RECORD).read_bytes())
        except (OSError, ValueError):
            return None
        return record

    def _remove_unfinished(self) -> None:
        """Delete what a killed run left; the lock tells that nobody is writing it now."""
        for path in self._root.glob(".*"):
            if path.is_dir() and path.name != LOCKS_FOLDER:
                logger.warning("%s was left by a run that was killed, and is deleted.", path)
                shutil.rmtree(path)

    def _require_room(self, models: int, size: int) -> None:
        free = shutil.disk_usage(self._root).free
        logger.info("%d models of %.1f GiB in all are written", models, size / GIB)
        if size > free:
            raise Refusal(
                f"{models} models take {size / GIB:.1f} GiB, and the disk of {self._root} has "
                f"{free / GIB:.1f} GiB free. Write fewer (merging.write, merging.targets), write "
                "them in half precision (merging.dtype=bfloat16), or use another data_root."
            )

    def _exists(self) -> bool:
        return any(True for _ in self._found())

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._root)}
