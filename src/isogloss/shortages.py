"""What ends a run where the machine has too little of something, in words."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path

from isogloss.disk_errors import AGAIN, NO_ROOM, TOO_LONG, describe_disk_error, in_units
from isogloss.errors import find_refusal
from isogloss.free_memory import free_memory

SIGNS = (
    *("can't allocate memory", "not enough memory", "out of memory", "can't start new thread"),
    *("cannot allocate memory", "failed to map segment"),
    # What Python says where a library could not even make an error.
    *("error return without exception set", "without setting an exception"),
)
"""In errors of libraries that are no MemoryError."""
KINDS = (MemoryError, OSError, RuntimeError, SystemError, ImportError)
TOO_MANY_FILES = frozenset({errno.EMFILE, errno.ENFILE})


def is_shortage(error: BaseException) -> bool:
    """Say whether the machine has too little of something; the files that are read may be whole."""
    numbers = NO_ROOM | TOO_LONG | TOO_MANY_FILES
    return _find_os_error(error, numbers) is not None or _sign_of_memory(error) is not None


def describe_shortage(error: BaseException) -> str | None:
    """Say that the disk is full, or that memory or open files ran out, and what to do; else None.

    Args:
        error: that ends a command, and that nobody has put into words yet.
    """
    if found := _find_os_error(error, NO_ROOM | TOO_LONG):
        named = found.filename if isinstance(found.filename, str) else tempfile.gettempdir()
        return describe_disk_error(found, Path(named))
    if found := _find_os_error(error, TOO_MANY_FILES):
        return f"Too many files are open ({found}). Raise the limit (ulimit -n). {AGAIN}"
    reason = _sign_of_memory(error)
    if reason is None:
        return None
    return (
        f"Memory ran out ({reason}); {in_units(free_memory())} are free now. Close other programs, "
        "raise the limit of the shell or the job (ulimit -v), or lower what is done at once: "
        "`token_budget` of the room, representation.group_size, or the dtype of the models. "
        f"{AGAIN}"
    )


def _find_os_error(error: BaseException, numbers: frozenset[int]) -> OSError | None:
    """Give what the system has said behind an error, if it is one of some numbers."""
    found = find_refusal(error, (OSError,))
    return found if isinstance(found, OSError) and found.errno in numbers else None


def _sign_of_memory(error: BaseException) -> str | None:
    """Give the words of an error that tells of too little memory."""
    found = find_refusal(error, KINDS)
    if found is None:
        return None
    words = (str(found).splitlines() or [""])[0]
    short = isinstance(found, MemoryError) or getattr(found, "errno", None) == errno.ENOMEM
    if short or any(sign in words.lower() for sign in SIGNS):
        return words or type(found).__name__
    return None
