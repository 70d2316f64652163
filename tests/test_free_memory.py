from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from isogloss.free_memory import MEMINFO, free_memory

if TYPE_CHECKING:
    from pathlib import Path

MEBIBYTE = 2**20


@pytest.fixture
def meminfo(tmp_path: Path) -> Path:
    file = tmp_path / "meminfo"
    file.write_text("MemTotal:  8388608 kB\nMemAvailable:  4194304 kB\nHugePages_Total:   0\n")
    return file


def write_container(folder: Path, limit: str, taken: int) -> Path:
    folder.mkdir()
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{taken}\n")
    caches = f"inactive_file {100 * MEBIBYTE}\nactive_file {50 * MEBIBYTE}\n"
    (folder / "memory.stat").write_text(f"anon {taken}\n{caches}")
    return folder


def test_a_machine_has_free_what_linux_says_is_available(meminfo: Path, tmp_path: Path) -> None:
    assert free_memory(meminfo, tmp_path / "none") == 4096 * MEBIBYTE
    unlimited = write_container(tmp_path / "unlimited", "max", MEBIBYTE)
    assert free_memory(meminfo, unlimited) == 4096 * MEBIBYTE


def test_a_container_has_free_what_its_limit_leaves_and_its_caches(
    meminfo: Path, tmp_path: Path
) -> None:
    small = write_container(tmp_path / "small", str(1024 * MEBIBYTE), 500 * MEBIBYTE)
    assert free_memory(meminfo, small) == (1024 - 500 + 150) * MEBIBYTE
    large = write_container(tmp_path / "large", str(2**40), 500 * MEBIBYTE)
    assert free_memory(meminfo, large) == 4096 * MEBIBYTE
    full = write_container(tmp_path / "full", str(MEBIBYTE), 500 * MEBIBYTE)
    assert free_memory(meminfo, full) == 0


def test_elsewhere_all_memory_counts(tmp_path: Path) -> None:
    everything = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert free_memory(tmp_path / "none") == everything
    if MEMINFO.is_file():
        assert 0 < free_memory() < everything
