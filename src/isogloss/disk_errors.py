"""What a disk refuses, in words: no room is left, or nothing may be written there."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
TOO_LONG = frozenset({errno.EFBIG})
NO_RIGHT = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP})
NEARLY_FULL = 1 << 16
"""In bytes: where less is free, an error in writing that gives no reason has this one."""
UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")
ELSEWHERE = "another folder (--params data_root=FOLDER, models_root=… or responses_root=…)"
AGAIN = "What is complete is kept: the same command again goes on from here."


class DiskError(Refusal):
    """A file cannot be written: its disk is full, or does not let us."""


@contextmanager
def explaining_disk(place: Path, written: Path | None = None) -> Iterator[None]:
    """Say in plain words why a file could not be written; other errors pass.

    Args:
        place: what is to be written, for the message.
        written: where its content goes first; what there is of it is told.

    Raises:
        DiskError: if the disk is full, or nothing may be written there.
    """
    try:
        yield
    except OSError as error:
        message = describe_disk_error(error, place, _size(written or place))
        if message is None or not _concerns(error, place):
            raise
        raise DiskError(message) from error


@contextmanager
def explaining_locks(place: Path) -> Iterator[None]:
    """Say in plain words why a file could not be locked; other errors pass, as that it is held.

    Args:
        place: the file.

    Raises:
        DiskError: if its file system knows no locks.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        raise DiskError(
            f"{place} cannot be locked ({error.strerror}): its file system keeps no two processes "
            "apart. Have it mounted with locks (Lustre: -o flock; NFS: with a running lockd), or "
            f"name {ELSEWHERE} on another disk."
        ) from error


def describe_disk_error(error: OSError, place: Path, written: int = 0) -> str | None:
    """Say why a file could not be written and what to do; None if the disk is not the reason.

    Args:
        error: that writing it raised.
        place: the file.
        written: bytes of it that were.
    """
    free = _free(place)
    # Some libraries tell that writing failed, and not why.
    unexplained = error.errno is None and free is not None and free < NEARLY_FULL
    if error.errno in NO_ROOM or unexplained:
        left = "" if free is None else f" ({in_units(free)} are free"
        left += f", {in_units(written)} of the file were written)" if left else ""
        return (
            f"{place} cannot be written: no room is left on its disk, or in your quota{left}. "
            f"Delete what you do not need there, or name {ELSEWHERE} on another disk. {AGAIN}"
        )
    if error.errno in TOO_LONG:
        return (
            f"{place} cannot be written: it would be longer than this file system or the limit of "
            f"the shell (ulimit -f) allows; {in_units(written)} were written. Raise the limit, or "
            f"name {ELSEWHERE} on another disk. {AGAIN}"
        )
    if error.errno in NO_RIGHT:
        return f"{place} cannot be written ({error.strerror}). {how_to_get_right(place.parent)}"
    return None


def how_to_get_right(folder: Path) -> str:
    """Say what to do where nothing may be written."""
    return (
        f"Take the write protection off {folder} (of a disk: mount it for writing; of a folder: "
        f"chmod u+w), or name {ELSEWHERE}. {AGAIN}"
    )


def in_units(size: float) -> str:
    """Give a number of bytes as people read it: `1.5 MiB`."""
    unit = 0
    while size >= 1024 and unit < len(UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{size:.0f} {UNITS[unit]}" if unit == 0 else f"{size:.1f} {UNITS[unit]}"


def _concerns(error: OSError, place: Path) -> bool:
    """Say whether an error may be about a file or its folder, and not one that was read for it."""
    if not isinstance(error.filename, str | os.PathLike):
        return True
    named = Path(error.filename)
    return place.parent in named.parents or named in place.parents


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _free(place: Path) -> int | None:
    """Give the room on the disk of a file that may not be there, in bytes."""
    for folder in place.parents:
        try:
            return shutil.disk_usage(folder).free
        except OSError:
            continue
    return None
