"""Small disks that fill up or cannot be written to, for those who may mount any."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PAGE = 4096
LARGE = 1 << 30


class SmallDisk:
    """A disk in memory.

    Args:
        path: where it is mounted.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def resize(self, size: int) -> None:
        """Give it another size, in bytes; all that it holds stays."""
        mount("-o", f"remount,rw,size={size}", str(self.path))

    def protect(self) -> None:
        """Let nothing be written to it."""
        mount("-o", "remount,ro", str(self.path))

    def used(self) -> int:
        """Give the bytes that its files and folders take."""
        paths = list(self.path.rglob("*"))
        return sum(PAGE + -(-path.stat().st_size // PAGE) * PAGE for path in paths)


def mount(*arguments: str) -> None:
    """Mount something, or skip the test where this is not allowed."""
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting is not allowed here: {done.stderr.strip()}")


@contextmanager
def small_disk(path: Path) -> Iterator[SmallDisk]:
    """Mount a disk in memory until the end of a `with` block."""
    path.mkdir(parents=True)
    mount("-t", "tmpfs", "-o", f"size={LARGE}", "isogloss-test", str(path))
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


@contextmanager
def protected(folder: Path) -> Iterator[None]:
    """Let nothing be written to one folder until the end of a `with` block."""
    mount("--bind", str(folder), str(folder))
    try:
        mount("-o", "remount,bind,ro", str(folder))
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
