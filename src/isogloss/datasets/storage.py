"""Whole files on local disks and object stores: written under a temporary name, then renamed.

A local file that would not change is left as it is, with its date: what is older than its inputs
can be told.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import stat
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import fsspec
from fsspec.implementations.local import LocalFileSystem

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PARTIAL_SUFFIX = ".partial"


class Storage:
    """A file or folder, local or on any store that fsspec knows.

    Args:
        filepath: a path or URL such as `s3://bucket/folder`.
        credentials: options for the store, as fsspec takes them.
    """

    def __init__(self, filepath: str, credentials: Mapping[str, Any] | None = None) -> None:
        self.filesystem, self.path = fsspec.core.url_to_fs(filepath, **(credentials or {}))
        self.is_local = isinstance(self.filesystem, LocalFileSystem)
        self._downloads: str | None = None

    def child(self, name: str) -> str:
        """Give the path of something inside this folder."""
        return f"{self.path.rstrip('/')}/{name}"

    def exists(self, path: str) -> bool:
        """Say whether a file or folder is there."""
        return bool(self.filesystem.exists(path))

    def size(self, path: str) -> int:
        """Give the size of a file in bytes."""
        return int(self.filesystem.size(path))

    def version(self, path: str) -> str | None:
        """Give what changes whenever a file is written anew; None if it is not there."""
        return str(self.filesystem.ukey(path)) if self.exists(path) else None

    def remove(self, path: str) -> None:
        """Delete a file if it is there."""
        if self.exists(path):
            self.filesystem.rm_file(path)

    def read_bytes(self, path: str) -> bytes:
        """Read a whole file."""
        return bytes(self.filesystem.cat_file(path))

    def find(self, path: str) -> list[str]:
        """List all files below a folder, linked ones too, sorted; an absent folder has none."""
        if not self.is_local:
            return sorted(self.filesystem.find(path))
        return sorted(
            os.path.join(folder, name)
            for folder, _, names in os.walk(path, followlinks=True)
            for name in names
        )

    def sizes(self, path: str) -> dict[str, int]:
        """Give the size in bytes of every file directly in a folder; an absent one has none."""
        found = self.filesystem.find(path, maxdepth=1, detail=True)
        return {name: int(details["size"]) for name, details in found.items()}

    def write(self, path: str, write: Callable[[Path], None]) -> None:
        """Write a file whole or not at all.

        Args:
            path: the final name.
            write: writes the content to the local path that it is given.
        """
        if self.is_local:
            _write_locally(Path(path), write)
            return
        with tempfile.TemporaryDirectory() as folder:
            temporary = Path(folder, Path(path).name)
            write(temporary)
            self.filesystem.put_file(str(temporary), path)

    def write_bytes(self, path: str, data: bytes) -> None:
        """Write bytes whole or not at all."""
        self.write(path, lambda temporary: _write_all(temporary, data))

    def local_path(self, path: str) -> str:
        """Give a local path with the file's content, downloading it where the store is remote."""
        if self.is_local:
            return path
        if self._downloads is None:
            self._downloads = tempfile.mkdtemp(prefix="isogloss-")
            weakref.finalize(self, shutil.rmtree, self._downloads, ignore_errors=True)
        target = Path(self._downloads, f"{uuid4().hex}-{Path(path).name}")
        self.filesystem.get_file(path, str(target))
        return str(target)


def _write_all(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _write_locally(final: Path, write: Callable[[Path], None]) -> None:
    final.parent.mkdir(parents=True, exist_ok=True)
    # The process id and a random part keep two runs on one folder from sharing a temporary file.
    temporary = final.with_name(f".{final.stem}.{os.getpid()}-{uuid4().hex[:8]}{PARTIAL_SUFFIX}")
    try:
        # Some libraries let nobody else read what they write: the rights are those of any new file.
        temporary.touch()
        rights = stat.S_IMODE(temporary.stat().st_mode)
        write(temporary)
        temporary.chmod(rights)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        if not (final.is_file() and filecmp.cmp(temporary, final, shallow=False)):
            temporary.replace(final)
    finally:
        temporary.unlink(missing_ok=True)
