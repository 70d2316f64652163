"""Memory that arrays have freed serves the next arrays."""

from __future__ import annotations

import subprocess
import sys

import pytest

from isogloss.allocation import keep_freed_memory

FAULTS = """
import resource
import numpy as np
from isogloss.allocation import keep_freed_memory, release_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        array = np.ones(2_000_000, np.float32)
        product = array * array
        del array, product
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096

faults()
usual = faults()
keep_freed_memory()
faults()
kept, before = faults(), resident()
release_freed_memory()
print(usual, kept, before - resident())
"""

pytestmark = pytest.mark.skipif(not keep_freed_memory(), reason="there is no glibc here")


def test_arrays_are_not_paged_in_again() -> None:
    """Twenty times two arrays of 8 MB are 39,000 pages, and none where memory is kept."""
    printed = subprocess.run(
        [sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True
    )
    usual, kept, released = map(int, printed.stdout.split())
    assert usual > 10_000
    assert kept < usual / 100
    assert released > 8_000_000
