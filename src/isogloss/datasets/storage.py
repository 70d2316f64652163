"""Whole files on local disks and object stores: written under a temporary name, then renamed.

A local file that would not change is left as it is, with its date: what is older than its inputs
can be told. An object store shows a new file when all of it is there.
"""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from isogloss.datasets.local_copies import COPIES, LocalCopy
from isogloss.datasets.stores import (
    StoreError,
    content_version,
    is_local,
    needing_bucket,
    open_store,
    reaching,
)
from isogloss.disk_errors import explaining_disk
from isogloss.errors import MissingFileError
from isogloss.whole_files import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager

AT_ONCE = 16
"""Small files that are read from a store at the same time."""


class Storage:
    """A file or folder, local or on any store that fsspec knows.

    Paths in a store are whole addresses (`s3://bucket/folder/file`), so that messages say where.

    Args:
        filepath: a path or URL such as `s3://bucket/folder`.
        credentials: options for the store, as fsspec takes them.
    """

    def __init__(self, filepath: str, credentials: Mapping[str, Any] | None = None) -> None:
        self._credentials = credentials
        self.filesystem, path = open_store(filepath, credentials)
        self.is_local = is_local(self.filesystem)
        self.path = path if self.is_local else self._address(path)

    def child(self, name: str) -> str:
        """Give the path of something inside this folder."""
        return f"{self.path.rstrip('/')}/{name}"

    def exists(self, path: str) -> bool:
        """Say whether a file or folder is there."""
        if self.is_local:
            return bool(self.filesystem.exists(path))
        return self._details(path) is not None

    def is_folder(self, path: str) -> bool:
        """Say whether there is a folder."""
        details = self._details(path)
        return details is not None and details["type"] == "directory"

    def version(self, path: str) -> str | None:
        """Give what changes whenever a file is written anew; None if it is not there."""
        if self.is_local:
            return str(self.filesystem.ukey(path)) if self.exists(path) else None
        details = self._details(path)
        return content_version(details) if details is not None else None

    def remove(self, path: str) -> None:
        """Delete a file if it is there."""
        if self.exists(path):
            with self.reaching(path):
                self.filesystem.rm_file(path)

    def read_bytes(self, path: str) -> bytes:
        """Read a whole file."""
        with self.reaching(path):
            return bytes(self.filesystem.cat_file(path))

    def read_many(self, paths: Iterable[str]) -> dict[str, bytes]:
        """Read whole small files; those that are not there are left out."""
        wanted = list(paths)
        if self.is_local or not wanted:
            found: Iterable[bytes | None] = map(self._read_if_there, wanted)
        else:
            with ThreadPoolExecutor(min(AT_ONCE, len(wanted))) as pool:
                found = list(pool.map(self._read_if_there, wanted))
        pairs = zip(wanted, found, strict=True)
        return {path: content for path, content in pairs if content is not None}

    def find(self, path: str) -> list[str]:
        """List all files below a folder, linked ones too, sorted; an absent folder has none."""
        if not self.is_local:
            return sorted(self.details_below(path))
        return sorted(
            os.path.join(folder, name)
            for folder, _, names in os.walk(path, followlinks=True)
            for name in names
        )

    def sizes(self, path: str) -> dict[str, int]:
        """Give the size in bytes of every file directly in a folder; an absent one has none."""
        with self.reaching(path):
            found = self.filesystem.find(path, maxdepth=1, detail=True)
        if self.is_local:
            return {name: int(details["size"]) for name, details in found.items()}
        return {self._address(name): int(details["size"]) for name, details in found.items()}

    def details_below(self, path: str) -> dict[str, dict[str, Any]]:
        """Give what is known of all files below a folder without reading them; see `find`."""
        if self.is_local:
            files = [path] if os.path.isfile(path) else self.find(path)
            return {name: self.filesystem.info(name) for name in files}
        with needing_bucket(path), self.reaching(path):
            found = self.filesystem.find(path, detail=True)
        return {self._address(name): details for name, details in found.items()}

    def names(self, path: str) -> list[str]:
        """List what lies directly in a folder, files and folders, in alphabetical order."""
        with self.reaching(path):
            found = self.filesystem.ls(path, detail=False)
        return sorted(Path(name).name for name in found)

    def versions_below(self, path: str) -> dict[str, str]:
        """Give what changes whenever a file is written anew, of all below a folder."""
        return {
            name: content_version(details) for name, details in self.details_below(path).items()
        }

    def write(self, path: str, write: Callable[[Path], None]) -> None:
        """Write a file whole or not at all.

        Args:
            path: the final name.
            write: writes the content to the local path that it is given.
        """
        if self.is_local:
            write_whole(Path(path), write)
            return
        with tempfile.TemporaryDirectory(dir=COPIES.scratch()) as folder:
            temporary = Path(folder, Path(path).name)
            with explaining_disk(temporary):
                write(temporary)
            self.upload(temporary, path)

    def write_bytes(self, path: str, data: bytes) -> None:
        """Write bytes whole or not at all."""
        self.write(path, lambda temporary: _write_all(temporary, data))

    def upload(self, local: Path, path: str) -> None:
        """Copy a local file into the store, large ones in parts; it appears when all is there.

        Raises:
            StoreError: if the bucket does not exist, or cannot be written to.
        """
        with needing_bucket(path), self.reaching(path):
            self.filesystem.put_file(str(local), path)

    def copy(self, path: str) -> LocalCopy:
        """Give a local file with the content of one; a copy where the store is remote.

        Args:
            path: of the file.

        Raises:
            FileNotFoundError: if it is not there.
        """
        details = self._details(path)
        if details is None:
            raise FileNotFoundError(path)
        if self.is_local:
            return LocalCopy(Path(path))

        def fetch(target: Path) -> None:
            with self.reaching(path):
                self.filesystem.get_file(path, str(target))

        return COPIES.give(path, content_version(details), int(details["size"]), fetch)

    def copy_folder(self, path: str, endings: tuple[str, ...] = ("",)) -> LocalCopy:
        """Copy the files below a folder of a store to this machine; see `copy`.

        Args:
            path: of the folder.
            endings: of the names of the files that are wanted.

        Raises:
            MissingFileError: if there are no files below it.
            StoreError: if the name of one leads out of the folder.
        """
        below = self.details_below(path)
        if not below:
            raise MissingFileError(f"{path} does not exist.")
        found = {name: below[name] for name in below if name.endswith(endings)}
        inner = {name: _inner_name(name, path) for name in found}

        def fetch(target: Path) -> None:
            target.mkdir()
            for name in found:
                local = target / inner[name]
                local.parent.mkdir(parents=True, exist_ok=True)
                with self.reaching(name):
                    self.filesystem.get_file(name, str(local))

        versions = tuple((name, content_version(found[name])) for name in sorted(found))
        size = sum(int(details["size"]) for details in found.values())
        return COPIES.give(path, versions, size, fetch)

    def _address(self, path: str) -> str:
        return str(self.filesystem.unstrip_protocol(path))

    def _details(self, path: str) -> dict[str, Any] | None:
        """Give what the store says of a file or folder; None if it is not there."""
        try:
            with self.reaching(path):
                details: dict[str, Any] = self.filesystem.info(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return details

    def _read_if_there(self, path: str) -> bytes | None:
        try:
            return self.read_bytes(path)
        except FileNotFoundError:
            return None

    def reaching(self, path: str) -> AbstractContextManager[None]:
        """Say in plain words why something cannot be reached; see `stores.reaching`."""
        return reaching(path, self._credentials, local=self.is_local)


def _inner_name(name: str, folder: str) -> PurePosixPath:
    """Give where a file lies in its folder; to a store names are mere text, and to a disk ways."""
    inner = PurePosixPath(name.removeprefix(f"{folder.rstrip('/')}/"))
    if inner.is_absolute() or ".." in name.split("/"):
        raise StoreError(
            f"{name} is not copied to this machine: its name would lead out of the folder. Nothing "
            "of isogloss is called so: find out who wrote it there, and delete or rename it."
        )
    return inner


def _write_all(path: Path, data: bytes) -> None:
    path.write_bytes(data)
