from __future__ import annotations

import pytest

from isogloss.progress import progress
from isogloss.stopping import RunEndedError, stop_if_unwanted, stopping_when


def test_a_long_computation_ends_at_its_next_step_when_nobody_waits() -> None:
    ended: list[bool] = []
    with (
        stopping_when(lambda: bool(ended)),
        progress("embedding", 3) as report,
        pytest.raises(RunEndedError),
    ):
        report.worked(1500)
        report.finished()
        ended.append(True)
        report.worked(1500)
        pytest.fail("this step is one too many")


def test_items_without_counted_work_end_it_too() -> None:
    with (
        progress("embedding", 3) as report,
        stopping_when(lambda: True),
        pytest.raises(RunEndedError),
    ):
        report.finished()


def test_outside_of_the_block_all_goes_on() -> None:
    with stopping_when(lambda: True):
        pass
    stop_if_unwanted()
