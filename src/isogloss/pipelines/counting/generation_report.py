"""What became of the lists that were planned, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from isogloss.pipelines.counting.generation_panels import as_planned

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from isogloss.pipelines.counting.generation_panels import Panel
    from isogloss.pipelines.counting.generation_plan import Cell

PLANNED, FAILED, DRAFTED = "planned", "failed", "drafted"
PRUNED, STANDING, MISSING = "pruned", "standing", "missing"
KEYS = ["attempt", "language", "method", "step", "reason", "category", "length", "count"]


def report_cells(
    panel: Panel, cells: Iterable[tuple[Cell, str]], step: str, attempt: int
) -> pd.DataFrame:
    """Count cells of a panel: one row a language, reason and cell.

    Args:
        panel: to which they belong.
        cells: each with a reason, which may be empty.
        step: what became of them.
        attempt: round, from 0.
    """
    rows = [
        (attempt, language, panel.method, step, reason, cell.category, cell.length, cell.count)
        for cell, reason in cells
        for language in panel.languages
    ]
    return _count(pd.DataFrame(rows, columns=KEYS))


def report_lists(
    lists: pd.DataFrame, step: str, attempt: int, reasons: Sequence[str] | pd.Series[str] | str = ""
) -> pd.DataFrame:
    """Count lists: one row a language, method, reason and cell.

    Args:
        lists: with language, method, category, length and count.
        step: what became of them.
        attempt: round, from 0.
        reasons: one for all, or one a list.
    """
    table = lists[["language", "method", "category", "length", "count"]].assign(
        attempt=attempt, step=step, reason=reasons
    )
    table["category"] = table["category"].map(as_planned)
    return _count(table[KEYS])


def _count(rows: pd.DataFrame) -> pd.DataFrame:
    counted = rows.groupby(KEYS, sort=False).size().rename("n").reset_index()
    return counted.astype({"attempt": int, "length": int, "count": int, "n": int})


def is_short(report: pd.DataFrame) -> bool:
    """Say whether lists are missing that were planned.

    Args:
        report: of all steps.
    """
    return bool((report["step"] == MISSING).any())


def describe_report(report: pd.DataFrame) -> str:
    """Say how many lists were planned, stand and are missing, and why lists were lost.

    Args:
        report: of all steps.
    """
    total = report.groupby("step")["n"].sum()
    lost = report[report["step"].isin([FAILED, PRUNED])].groupby("reason")["n"].sum()
    reasons = ", ".join(
        f"{number} {reason}" for reason, number in lost.sort_values(ascending=False).items()
    )
    return (
        f"{total.get(PLANNED, 0)} lists planned, {total.get(STANDING, 0)} stand, "
        f"{total.get(MISSING, 0)} are missing; {int(lost.sum())} were lost on the way"
        f"{f' ({reasons})' if reasons else ''}"
    )
