"""Progress of long computations: a bar on a terminal, a line now and then in a log."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import rich
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from isogloss.node_records import count_work
from isogloss.stopping import stop_if_unwanted

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)

SECONDS_BETWEEN_LINES = 30.0
FAST = 10
"""Units a second from which on no decimals are shown."""


class ProgressReport:
    """Counts finished items and the work done on them.

    Args:
        title: what is being computed.
        total: number of items.
        items: what they are called, for example `languages`.
        work: what is counted on the way, for example `tokens`.
        bar: a running rich progress; None writes to the log instead.
        work_total: how much work there is in all; None if nobody knows. Then the bar shows items.
    """

    def __init__(
        self,
        title: str,
        total: int,
        items: str,
        work: str,
        bar: Progress | None,
        work_total: int | None = None,
    ) -> None:
        self._title, self._total, self._items, self._work = title, total, items, work
        self._bar = bar
        self._work_total = work_total
        self._task: TaskID | None = (
            bar.add_task(title, total=total if work_total is None else work_total, detail="")
            if bar is not None
            else None
        )
        self._finished = 0
        self._worked = 0
        self._start = time.monotonic()
        self._last_line = self._start

    def worked(self, amount: int) -> None:
        """Count work that was done, for example the tokens of a batch."""
        stop_if_unwanted()
        self._worked += amount
        count_work(self._work, amount)
        self._show()

    def finished(self, count: int = 1) -> None:
        """Count items that are complete."""
        stop_if_unwanted()
        self._finished += count
        self._show()

    def _show(self) -> None:
        detail = f"{self._finished}/{self._total} {self._items}, "
        if self._work_total is not None:
            detail += f"{self._worked:,} of {self._work_total:,} {self._work}, "
        detail += f"{self._speed()} {self._work}/s"
        if left := self._time_left():
            detail += f", {left} left"
        if self._bar is not None and self._task is not None:
            done = self._finished if self._work_total is None else self._worked
            self._bar.update(self._task, completed=done, detail=detail)
        elif time.monotonic() - self._last_line > SECONDS_BETWEEN_LINES:
            self._last_line = time.monotonic()
            logger.info("%s: %s", self._title, detail)

    def close(self) -> None:
        """Say in the log how much was done and how fast."""
        if self._worked:
            logger.info(
                "%s: %d of %d %s, %s %s at %s %s/s",
                self._title,
                self._finished,
                self._total,
                self._items,
                f"{self._worked:,}",
                self._work,
                self._speed(),
                self._work,
            )

    def _speed(self) -> str:
        speed = self._worked / max(time.monotonic() - self._start, 1e-9)
        return f"{speed:,.0f}" if speed >= FAST else f"{speed:.2g}"

    def _time_left(self) -> str:
        """Say in minutes how long the rest takes at the pace so far; nothing if nobody knows."""
        done, total = self._finished, self._total
        if self._work_total is not None:
            done, total = self._worked, self._work_total
        if not done:
            return ""
        minutes = (time.monotonic() - self._start) / 60 * (total - done) / done
        return f"{minutes:,.0f} min" if minutes >= 1 else "less than a minute"


@contextmanager
def progress(
    title: str,
    total: int,
    items: str = "languages",
    work: str = "tokens",
    work_total: int | None = None,
) -> Iterator[ProgressReport]:
    """Show how far a computation is, with counts that a person understands.

    On a terminal a bar that vanishes at the end; elsewhere a log line every half minute.

    Args:
        title: what is being computed.
        total: number of items.
        items: what they are called.
        work: what is counted on the way.
        work_total: how much of it there is in all, where items are finished many at a time.
    """
    console = rich.get_console()
    if not console.is_terminal:
        report = ProgressReport(title, total, items, work, None, work_total)
        try:
            yield report
        finally:
            report.close()
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[detail]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        report = ProgressReport(title, total, items, work, bar, work_total)
        try:
            yield report
        finally:
            report.close()
