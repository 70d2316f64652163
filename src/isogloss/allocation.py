"""How the C library hands memory to arrays.

A forward pass makes and drops hundreds of arrays of some megabytes. By default glibc gives each
back to the system, and the next one is paged in again, 4 KiB at a time: as long as computing what
stands in it, and longer inside virtual machines and containers.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Names of settings in glibc's `malloc.h`: `M_TRIM_THRESHOLD` and `M_MMAP_THRESHOLD`."""
KEPT_BYTES = 2**30
LARGEST_KEPT_BYTES = 2**25
"""The most that glibc allows on 64 bits; larger arrays always go back to the system."""


def keep_freed_memory() -> bool:
    """Let the process keep up to 1 GiB of freed memory for its next arrays.

    It can be called as often as one likes, and does nothing where there is no glibc.

    Returns:
        whether the C library took the settings.
    """
    mallopt = _from_c_library("mallopt")
    if mallopt is None:
        return False
    return bool(mallopt(TRIM_THRESHOLD, KEPT_BYTES) and mallopt(MMAP_THRESHOLD, LARGEST_KEPT_BYTES))


def release_freed_memory() -> None:
    """Give freed memory that was kept back to the system, where there is glibc."""
    trim = _from_c_library("malloc_trim")
    if trim is not None:
        trim(0)


def _from_c_library(function: str) -> Any:
    return getattr(ctypes.CDLL(None), function, None) if sys.platform == "linux" else None
