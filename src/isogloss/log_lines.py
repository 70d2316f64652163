"""The log where nobody watches it: each message on a line of its own, however long."""

from __future__ import annotations

import logging
import sys
import time
import types
from typing import TYPE_CHECKING

import rich.traceback
from rich.logging import RichHandler
from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console

TIME = "[%Y-%m-%d %H:%M:%S]"


class WholeLineHandler(logging.Handler):
    """Writes time, level and message without line breaks of its own, and plain tracebacks.

    Args:
        console: where to.
        level: of the least that is written.
    """

    def __init__(self, console: Console, level: int = logging.NOTSET) -> None:
        super().__init__(level)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Write what was logged."""
        message = self.format(record)
        if getattr(record, "markup", False):
            message = Text.from_markup(message).plain
        moment = time.strftime(TIME, time.localtime(record.created))
        line = f"{moment} {record.levelname:<8} {message}"
        self._console.print(line, soft_wrap=True, markup=False, highlight=False, emoji=False)


def leave_lines_whole() -> None:
    """Have no log be wrapped that goes to a file or a pipe, so that paths in it can be found.

    On a terminal and in notebooks all stays as it is.
    """
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler, RichHandler) and not _is_watched(handler.console):
            root.removeHandler(handler)
            root.addHandler(WholeLineHandler(handler.console, handler.level))


def leave_tracebacks_whole() -> None:
    """Have tracebacks on a file or a pipe be those of Python, without a frame that wraps them."""
    hook = sys.excepthook
    of_rich = isinstance(hook, types.FunctionType) and hook.__module__ == rich.traceback.__name__
    if of_rich and not sys.stderr.isatty():
        sys.excepthook = sys.__excepthook__


def _is_watched(console: Console) -> bool:
    return console.is_terminal or console.is_jupyter
