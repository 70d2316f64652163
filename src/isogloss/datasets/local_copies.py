"""Copies on this machine of files in a store, for libraries that read only local files.

They lie in one folder a process below the system's folder for temporary files (`TMPDIR`). What a
killed process has left there is deleted by the next one.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import threading
import time
import weakref
from collections import OrderedDict
from pathlib import Path
from typing import IO, TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

PREFIX = "isogloss-copies-"
LOCK_FILE = ".lock"
SETTLING_SECONDS = 60.0
"""A younger folder may be one that its process has not locked yet."""
SHARE_OF_FREE_ROOM = 0.25
"""Of the disk, that copies may take which nobody is reading."""


class LocalCopy:
    """A file, or a folder of files, that is there as long as something refers to this object.

    Args:
        path: where it lies.
        delete: the folder of a copy, deleted in the end; None if it is the file itself.
        origin: of what it is a copy.
    """

    def __init__(self, path: Path, delete: Path | None = None, origin: str = "") -> None:
        self.path, self._origin = path, origin
        if delete is not None:
            weakref.finalize(self, _delete, delete, os.getpid())

    def in_words(self, message: str) -> str:
        """Give a message about the copy as one about what it is a copy of."""
        return message.replace(str(self.path), self._origin) if self._origin else message


class LocalCopies:
    """The copies of this process: one of each content, the last ones kept for further readers."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._budget = 0
        self._known: weakref.WeakValueDictionary[Hashable, LocalCopy] = (
            weakref.WeakValueDictionary()
        )
        self._kept: OrderedDict[Hashable, tuple[LocalCopy, int]] = OrderedDict()
        self._lock = threading.Lock()

    def give(
        self, origin: str, version: Hashable, size: int, fetch: Callable[[Path], None]
    ) -> LocalCopy:
        """Give the copy of a content, which is fetched if there is none.

        Args:
            origin: where it lies.
            version: changes whenever it is written anew.
            size: in bytes.
            fetch: writes it to the path that it is given, as a file or folder.
        """
        content = (origin, version)
        with self._lock:
            found = self._known.get(content)
        if found is None:
            folder = self.scratch() / uuid4().hex
            folder.mkdir()
            found = LocalCopy(folder / Path(origin).name, folder, origin)
            fetch(found.path)
        with self._lock:
            self._known[content] = found
            self._keep(content, found, size)
        return found

    def scratch(self) -> Path:
        """Give the folder of this process; what is put there should be deleted after use."""
        with self._lock:
            if self._folder is None or not self._folder.is_dir():
                self._folder, mark = _make_folder()
                weakref.finalize(self, _end, self._folder, mark, os.getpid())
                self._budget = int(shutil.disk_usage(self._folder).free * SHARE_OF_FREE_ROOM)
            return self._folder

    def _keep(self, content: Hashable, copy: LocalCopy, size: int) -> None:
        """Keep a copy though nobody reads it, and let go of those that were read longest ago."""
        self._kept[content] = (copy, size)
        self._kept.move_to_end(content)
        while sum(size for _, size in self._kept.values()) > self._budget:
            self._kept.popitem(last=False)


COPIES = LocalCopies()
"""Of this process."""


def _make_folder() -> tuple[Path, IO[str]]:
    """Make the folder of a process, and give it with the file whose lock says that it lives."""
    _delete_folders_of_the_dead()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    # The kernel frees the lock when the process ends, however it ends.
    mark = (folder / LOCK_FILE).open("w")
    fcntl.flock(mark, fcntl.LOCK_EX)
    return folder, mark


def _end(folder: Path, mark: IO[str], process: int) -> None:
    mark.close()
    _delete(folder, process)


def _delete_folders_of_the_dead() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if time.time() - folder.stat().st_mtime < SETTLING_SECONDS:
                continue
            with (folder / LOCK_FILE).open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            # It is in use, of somebody else, or just being deleted.
            continue


def _delete(path: Path, process: int) -> None:
    # A forked process shares the copies, but they are not its own.
    if os.getpid() == process:
        shutil.rmtree(path, ignore_errors=True)
