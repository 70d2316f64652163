"""Local files that are written whole or not at all: elsewhere first, then renamed.

A file is written in a hidden folder beside its place, in which its writer holds a lock. A folder
that nobody holds was left by a process that was killed: who writes there next deletes it.
"""

from __future__ import annotations

import fcntl
import filecmp
import os
import shutil
import socket
import stat
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING
from uuid import uuid4

from isogloss.disk_errors import explaining_disk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PARTIAL_SUFFIX = ".partial"
LOCK, CONTENT = "writer.lock", "content.partial"
DAY_SECONDS = 86_400.0
"""After which a folder that no process of this machine made counts as left over, too."""


def write_whole(final: Path, write: Callable[[Path], None]) -> None:
    """Write a file whole or not at all; one that would not change keeps its date.

    Args:
        final: the file.
        write: writes the content to the path that it is given.

    Raises:
        DiskError: if the disk is full, or nothing may be written there.
    """
    with explaining_disk(final):
        final.parent.mkdir(parents=True, exist_ok=True)
        remove_left_over(final.parent)
        with _hold_folder(final) as folder:
            temporary = folder / CONTENT
            with explaining_disk(final, temporary):
                _write_through(temporary, write)
                if not (final.is_file() and filecmp.cmp(temporary, final, shallow=False)):
                    temporary.replace(final)


def remove_left_over(folder: Path) -> None:
    """Delete what processes that were killed have left half written in a folder."""
    for path in folder.glob(f".*{PARTIAL_SUFFIX}"):
        # It is being written, of somebody else, or just being deleted.
        with suppress(OSError):
            # Not every file system tells other machines of a lock.
            if _host_in(path) != socket.gethostname() and _age(path) < DAY_SECONDS:
                continue
            with (path / LOCK).open("r+b") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path)


def _write_through(path: Path, write: Callable[[Path], None]) -> None:
    """Write a file that has the rights of any new one, and wait until it is on the disk."""
    path.touch()
    rights = stat.S_IMODE(path.stat().st_mode)
    write(path)
    # Some libraries let nobody else read what they write.
    path.chmod(rights)
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def _hold_folder(final: Path) -> Iterator[Path]:
    """Make a folder for what is written, hold it, and delete it in the end."""
    name = f".{final.stem}.{uuid4().hex[:8]}@{socket.gethostname()}{PARTIAL_SUFFIX}"
    folder = final.with_name(name)
    try:
        folder.mkdir()
        with (folder / LOCK).open("xb") as lock:
            # Where a file system knows no locks, nobody deletes what another has left.
            with suppress(OSError):
                fcntl.flock(lock, fcntl.LOCK_EX)
            # Another process may have found it before it was held.
            folder.mkdir(exist_ok=True)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _host_in(folder: Path) -> str:
    return folder.name.removesuffix(PARTIAL_SUFFIX).rpartition("@")[2]


def _age(folder: Path) -> float:
    return time.time() - folder.stat().st_mtime
