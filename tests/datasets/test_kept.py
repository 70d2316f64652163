from __future__ import annotations

import pytest

from isogloss.datasets.kept import report_kept


def test_what_is_kept_is_named(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    report_kept("answers", ["eng", "deu"], 3)
    report_kept("answers", [f"part{number}" for number in range(10)], 10)
    assert [record.getMessage() for record in caplog.records] == [
        "answers: 2 of 3 kept from an earlier run: eng, deu",
        "answers: 10 of 10 kept from an earlier run: part0, part1, part2, part3, part4, part5, "
        "part6, part7 and 2 more",
    ]


def test_where_there_is_nothing_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    report_kept("answers", [], 0)
    report_kept("answers", [], 6)
    assert not caplog.records
