from __future__ import annotations

import pytest

from benchmarks.merging import (
    CACHE,
    DISK,
    FROM_DISK,
    NOT_WRITTEN,
    SYNCED,
    WRITTEN,
    compare_with_disk,
)
from benchmarks.merging_ways import Measurement


def taking(*seconds: float) -> list[Measurement]:
    return [Measurement(one, 2.0, 0.1) for one in seconds]


def test_merges_are_set_against_bytes_that_are_only_moved_which_is_no_peak() -> None:
    found = {
        NOT_WRITTEN: taking(10.0, 20.0),
        FROM_DISK: taking(10.0, 20.0),
        WRITTEN: taking(4.0, 8.0),
    }
    alone = {CACHE: [1.0, 1.0], DISK: [5.0, 5.0], SYNCED: [5.0, 4.0]}
    measures = compare_with_disk(found, alone, gigabytes=2.0)
    written = measures[2]
    assert written.what == "speed against as many bytes alone, written"
    assert written.against == "writing all, then syncing, nothing merged"
    # 5 s of writing alone to 4 s of merging, 4 s to 8 s: a merge may be the faster one.
    assert (written.value.low, written.value.high) == (0.5, 1.25)
    # Twice as many models are written as there are sources of 2 GB together.
    assert written.note == "writing all, then syncing alone: 0.9 GB/s (0.8 to 1.0)"
    assert measures[0].value.high == pytest.approx(0.1)
    assert not [one for one in measures if "bandwidth" in one.what + one.against]
