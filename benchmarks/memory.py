"""Peak memory, of a process that does nothing else."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

GIBIBYTE = 2.0**30
T = TypeVar("T")


def apart(work: Callable[[], T]) -> T:
    """Run work in a fresh process of its own, so that its peak memory is its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(work).result()


def peak_memory() -> float:
    """Give this process's peak resident memory in GiB, libraries and mapped files included."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 2.0**20


def forget_peak() -> None:
    """Let the peak begin anew: what loading a model took, and gave back, is left out."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
