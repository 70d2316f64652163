from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from isogloss.node_records import WORK, Measurement, NodeRecord, count_work
from isogloss.progress import progress


def test_a_measurement_holds_tables_work_time_and_the_peak_of_memory() -> None:
    measurement = Measurement("score")
    before = measurement.finish().peak_memory
    block = np.ones(40_000_000)
    measurement.saved("scores", pd.DataFrame({"a": [1, 2, 3], "b": [4, 5, 6]}))
    measurement.saved("figure", object())
    count_work("tokens", 5)
    count_work("tokens", 7)
    record = measurement.finish()
    assert record.tables == {"scores": [3, 2]}
    assert record.work == {"tokens": 12}
    assert record.seconds > 0
    assert record.error == ""
    assert record.peak_memory >= before + 0.9 * block.nbytes
    assert record.as_event()["event"] == "node_finished"


def test_a_peak_is_that_of_the_node_and_not_of_one_before(tmp_path: Path) -> None:
    first = Measurement("large")
    block = np.ones(60_000_000)
    size = block.nbytes
    del block
    large = first.finish().peak_memory
    second = Measurement("small").finish().peak_memory
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("this kernel tells peaks of whole processes only")
    assert second < large - 0.8 * size


def test_an_error_is_its_first_line() -> None:
    record = Measurement("score").finish(ValueError("row 3 is empty.\nFill it."))
    assert record.error == "row 3 is empty."
    assert record.as_event()["event"] == "node_failed"
    assert Measurement("score").finish(KeyError()).error == "KeyError"


def test_work_is_counted_for_the_node_of_its_thread() -> None:
    found: dict[str, NodeRecord] = {}

    def work(name: str, amount: int) -> None:
        measurement = Measurement(name)
        with progress(name, 1, work="sentences") as report:
            report.worked(amount)
        found[name] = measurement.finish()

    threads = [threading.Thread(target=work, args=one) for one in (("a", 3), ("b", 4))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {name: record.work for name, record in found.items()} == {
        "a": {"sentences": 3},
        "b": {"sentences": 4},
    }


def test_work_without_a_node_is_not_counted() -> None:
    seen: list[object] = []

    def work() -> None:
        count_work("tokens", 3)
        seen.append(WORK.get())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [None]
