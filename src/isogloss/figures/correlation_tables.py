"""Which rows of `correlations` a figure shows, and how they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.errors import Refusal
from isogloss.figures.formats import format_score
from isogloss.figures.task_names import HELD_OUT

if TYPE_CHECKING:
    from collections.abc import Mapping

FEW = 8
"""Languages below which a correlation is no finding, where the table has no `caution`."""
TOO_FEW = "too few"
"""What `caution` says of such."""
POOLED = -1
"""The sample of rows whose alignment is averaged over the samples of sentences."""
_WORDS = ("task_metric", "direction", "data", "subset", "average", "reason", "caution")
_DEFAULTS: dict[str, float | str] = {
    "sample": POOLED,
    **dict.fromkeys(_WORDS, ""),
    **dict.fromkeys(("n", "pearson_p", "pearson_ci_low", "pearson_ci_high", "p_adjusted"), np.nan),
}


def complete_correlations(correlations: pd.DataFrame) -> pd.DataFrame:
    """Keep the correlations with whole tasks, and add the columns that the table may lack.

    Scores of subsets are left out, of held-out items where all items are there too, and means over
    subjects where the mean over items is there too. A table without `caution` gets `TOO_FEW` for
    fewer than `FEW` languages.

    Args:
        correlations: at the least model, metric, pooling, aggregation, task and pearson_r.
    """
    table = correlations.reset_index(drop=True)
    if "caution" not in table and "n" in table:
        table = table.assign(caution=np.where(table["n"] < FEW, TOO_FEW, ""))
    for name, value in _DEFAULTS.items():
        if name not in table:
            table = table.assign(**{name: value})
    table[list(_WORDS)] = table[list(_WORDS)].astype(object).fillna("").astype(str)
    rows = table[table["subset"].isin(("", HELD_OUT))]
    for column, value in (("subset", HELD_OUT), ("average", "macro")):
        lesser = rows[column] == value
        alone = lesser.groupby([rows["model"], rows["task"], rows["task_metric"]]).transform("all")
        rows = rows[~lesser | alone]
    return rows.reset_index(drop=True)


def find_correlation(
    correlations: pd.DataFrame, keys: Mapping[str, object]
) -> Mapping[str, object] | None:
    """Find the one row of a correlation; keys that are empty on either side do not count.

    Args:
        correlations: of `complete_correlations`.
        keys: column -> value.

    Returns:
        The row; None if there is none.

    Raises:
        Refusal: if there are several; names the keys.
    """
    fits = correlations["sample"] == POOLED
    for name, value in keys.items():
        if name in correlations and value != "":
            fits &= correlations[name].isin((value, ""))
    rows = correlations[fits]
    if len(rows) > 1:
        where = ", ".join(f"{name} {value}" for name, value in keys.items() if value != "")
        raise Refusal(
            f"correlations holds {len(rows)} rows for {where} that a figure cannot tell apart. "
            "Keep one of them."
        )
    return {str(name): value for name, value in rows.iloc[0].items()} if len(rows) else None


def format_p(value: float) -> str:
    """Write a p-value for a person: `p = .012`, `p < .001`; empty if it is missing."""
    if not np.isfinite(value):
        return ""
    return "p < .001" if value < 0.001 else f"p = {format_score(value, 3)}"


def format_correlation(row: Mapping[str, object]) -> str:
    """Write a correlation for a person: `r = .62, p = .012 (adjusted .036), n = 16`.

    Args:
        row: of `correlations`; without r its reason is written.
    """
    count = number(row["n"])
    n = f", n = {count:.0f}" if np.isfinite(count) else ""
    r = number(row["pearson_r"])
    if not np.isfinite(r):
        return f"r undefined: {row['reason'] or 'no reason given'}{n}"
    p = format_p(number(row["pearson_p"]))
    adjusted = format_p(number(row["p_adjusted"])).removeprefix("p ").removeprefix("= ")
    tested = f", {p}" if p else ""
    return f"r = {format_score(r)}{tested}{f' (adjusted {adjusted})' if adjusted else ''}{n}"


def number(value: object) -> float:
    """Read a value of a table as a number; NaN where it is none."""
    return float(pd.to_numeric(pd.Series([value]), errors="coerce").iloc[0])
