from __future__ import annotations

import io
import logging
import time
from typing import TYPE_CHECKING

import rich
from rich.console import Console

from isogloss import progress as module
from isogloss.progress import progress

if TYPE_CHECKING:
    import pytest


def test_without_a_terminal_progress_goes_to_the_log(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rich, "get_console", lambda: Console(file=io.StringIO()))
    monkeypatch.setattr(module, "SECONDS_BETWEEN_LINES", -1.0)
    with caplog.at_level(logging.INFO), progress("gemma: embedding", 2) as report:
        report.worked(1500)
        report.finished()
    assert "gemma: embedding: 0/2 languages" in caplog.text
    assert "gemma: embedding: 1 of 2 languages, 1,500 tokens at" in caplog.text


def test_work_is_shown_of_its_total_where_that_is_known(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rich, "get_console", lambda: Console(file=io.StringIO()))
    monkeypatch.setattr(module, "SECONDS_BETWEEN_LINES", -1.0)
    with caplog.at_level(logging.INFO), progress("gemma", 20, work_total=60_000) as report:
        report.worked(1500)
    assert "gemma: 0/20 languages, 1,500 of 60,000 tokens, " in caplog.text


def test_a_bar_grows_with_the_work_where_its_total_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    monkeypatch.setattr(rich, "get_console", lambda: console)
    with progress("gemma", 20, work_total=1000) as report:
        report.worked(250)
        assert report._bar is not None
        assert report._bar.tasks[0].percentage == 25


def test_on_a_terminal_there_is_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120)
    monkeypatch.setattr(rich, "get_console", lambda: console)
    with progress("gemma: embedding", 2) as report:
        report.worked(10)
        report.finished(2)
    assert "2/2 languages" in screen.getvalue()


def test_slow_work_has_decimals_and_an_end(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([0.0, *[40.0] * 20])
    monkeypatch.setattr(rich, "get_console", lambda: Console(file=io.StringIO()))
    monkeypatch.setattr(module, "SECONDS_BETWEEN_LINES", -1.0)
    monkeypatch.setattr(time, "monotonic", lambda: next(times))
    with caplog.at_level(logging.INFO), progress("gemma", 4, "parts", "questions", 100) as report:
        report.worked(10)
    # ten in 40 seconds, so the other ninety in six minutes
    assert "0/4 parts, 10 of 100 questions, 0.25 questions/s, 6 min left" in caplog.text
