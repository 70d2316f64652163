"""How much memory is free now, on the machine or in the container that a process runs in."""

from __future__ import annotations

import os
from pathlib import Path

MEMINFO = Path("/proc/meminfo")
CONTAINER = Path("/sys/fs/cgroup")


def free_memory(meminfo: Path = MEMINFO, container: Path = CONTAINER) -> int:
    """Give how many bytes a process can still take; what only caches files counts as free.

    Where the system does not say what is free, all memory that it has counts.

    Args:
        meminfo: what Linux says of the machine.
        container: what Linux says of the container (cgroup, version 2).
    """
    if not meminfo.is_file():
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    free = 1024 * _read_counts(meminfo)["MemAvailable:"]
    limit = container / "memory.max"
    if not limit.is_file() or (text := limit.read_text().strip()) == "max":
        return free
    counts = _read_counts(container / "memory.stat")
    taken = int((container / "memory.current").read_text())
    cached = counts["inactive_file"] + counts["active_file"]
    return max(0, min(free, int(text) - taken + cached))


def _read_counts(file: Path) -> dict[str, int]:
    """Read lines of a name and a number; units that follow are passed over."""
    lines = (line.split() for line in file.read_text().splitlines())
    return {name: int(number) for name, number, *_ in lines}
