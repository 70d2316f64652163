from __future__ import annotations

import io
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import rich.traceback
from rich.console import Console
from rich.logging import RichHandler

from isogloss.log_lines import WholeLineHandler, leave_lines_whole, leave_tracebacks_whole
from tests.sessions import ROOT

LONG = "/scratch/" + "a_long_name_of_a_folder/" * 12 + "table.parquet"


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """The root logger, whose handlers are put back."""
    root = logging.getLogger()
    before = list(root.handlers)
    yield root
    root.handlers[:] = before


def written(console: Console, message: str, *values: object, **more: object) -> str:
    """Give what the handler writes of a message."""
    handler = WholeLineHandler(console)
    record = logging.LogRecord("x", logging.WARNING, __file__, 1, message, values, None)
    record.created = 0.0
    record.__dict__.update(more)
    handler.handle(record)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_long_message_is_one_line_with_time_and_level() -> None:
    text = written(Console(file=io.StringIO(), width=80), "Saved %s [a] :warning: %d", LONG, 5)
    assert re.fullmatch(
        r"\[19(69|70)-\d\d-\d\d \d\d:\d\d:\d\d\] WARNING  Saved (\S+) \[a\] :warning: 5\n", text
    )
    assert LONG in text


def test_marks_of_colours_are_left_out_where_a_message_has_them() -> None:
    console = Console(file=io.StringIO(), width=80)
    assert written(console, "[bold]Saved[/bold]", markup=True).endswith("WARNING  Saved\n")


def test_a_logged_traceback_is_that_of_python() -> None:
    console = Console(file=io.StringIO(), width=80)
    try:
        raise ValueError(LONG)
    except ValueError:
        text = written(console, "Failed", exc_info=sys.exc_info())
    assert "Failed\nTraceback (most recent call last):\n" in text
    assert text.endswith(f"ValueError: {LONG}\n")


@pytest.mark.parametrize("watched", [False, True])
def test_only_what_nobody_watches_is_left_whole(logger: logging.Logger, watched: bool) -> None:
    console = Console(file=io.StringIO(), force_terminal=watched, width=80)
    rich_handler, other = RichHandler(console=console), logging.NullHandler()
    logger.handlers[:] = [rich_handler, other]
    leave_lines_whole()
    leave_lines_whole()
    assert other in logger.handlers
    assert (rich_handler in logger.handlers) == watched
    kinds = [type(one) for one in logger.handlers]
    assert kinds.count(WholeLineHandler) == (0 if watched else 1)


def test_notebooks_keep_their_log(logger: logging.Logger) -> None:
    rich_handler = RichHandler(console=Console(file=io.StringIO(), force_jupyter=True))
    logger.handlers[:] = [rich_handler]
    leave_lines_whole()
    assert logger.handlers == [rich_handler]


def test_tracebacks_are_framed_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    rich.traceback.install()
    framed = sys.excepthook
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    leave_tracebacks_whole()
    assert sys.excepthook is framed
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    leave_tracebacks_whole()
    assert sys.excepthook is sys.__excepthook__
    other = print
    monkeypatch.setattr(sys, "excepthook", other)
    leave_tracebacks_whole()
    assert sys.excepthook is other


def test_a_command_whose_log_goes_to_a_file_breaks_no_line(tmp_path: Path) -> None:
    place = tmp_path / ("folder_" * 20)
    command = ["run", "--env", "test", "--pipelines", "status", "--params", f"data_root={place}"]
    log = tmp_path / "log"
    with log.open("w") as file:
        subprocess.run(
            [sys.executable, "-m", "kedro", *command],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "80"},
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        )
    first = log.read_text().splitlines()[0]
    assert re.fullmatch(r"\[[\d: -]+\] INFO     Kedro project \S+", first)
    assert f"data_root={place}" in log.read_text()
