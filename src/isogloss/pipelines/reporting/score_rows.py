"""Rows of the scoreboard: what every study fills in, and what is computed over all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.scoreboard_columns import CELL, STUDIES
from isogloss.statistics.reliability import error_of_interval, measure_reliability

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

COLUMNS = (
    *CELL,
    *("value", "ci_low", "ci_high", "confidence", "error", "n", "unit", "items", "chance"),
    "above_chance",
    *("reliability", "data", "text_overlap", "note", "source", "formula"),
)
COLUMN = ("model", "study", "role", "metric")
"""What tells the columns of the scoreboard apart, in which languages are compared."""
_UNKNOWN = {"role": "", "chance": np.nan, "above_chance": None, "text_overlap": np.nan, "note": ""}


def complete_cells(rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """Make cells of what a study knows; those without a value are left out.

    Args:
        rows: columns of the scoreboard without reliability; those that a study has not are left
            out too. Without `error` it is what the interval says at n units, without `items` n.

    Returns:
        The cells with all columns and their types, in the order of the rows.
    """
    found = pd.DataFrame([{**_UNKNOWN, **row} for row in rows])
    table = found.reindex(columns=list(COLUMNS)).assign(reliability=np.nan)
    table["above_chance"] = table["above_chance"].astype("boolean")
    numbers = ["value", "ci_low", "ci_high", "confidence", "error", "items", "chance"]
    table[[*numbers, "text_overlap"]] = table[[*numbers, "text_overlap"]].astype(float)
    # An interval without an end says as little as none.
    endless = ~np.isfinite(table[["ci_low", "ci_high"]]).all(axis=1)
    table.loc[endless, ["ci_low", "ci_high"]] = np.nan
    kept = table[np.isfinite(table["value"])].astype({"n": int}).reset_index(drop=True)
    items = kept["items"].where(kept["items"].notna(), kept["n"].astype(float))
    completed: pd.DataFrame = kept.assign(error=errors_of(kept), items=items)
    return completed


def errors_of(cells: pd.DataFrame) -> pd.Series[float]:
    """Give the standard error of every cell: the study's own, else what its interval says at n.

    Only the study knows how many degrees of freedom its interval has where n counts something else,
    such as the targets of a mean over items.

    Args:
        cells: ci_low, ci_high, n, confidence; error where it is known.
    """
    told = cells.reindex(columns=["error"])["error"].astype(float)
    bounds = ("ci_low", "ci_high", "n", "confidence")
    derived = error_of_interval(*(cells[name].astype(float) for name in bounds))
    return told.where(told.notna(), pd.Series(derived, cells.index))


def gather_cells(parts: Sequence[pd.DataFrame], pivot: str) -> pd.DataFrame:
    """Put the cells of all studies together, with the reliability of every column.

    A column is one study of one model. Its reliability is over the languages but the pivot, with
    which the others are compared, and whose score stands apart from theirs.

    Args:
        parts: cells of studies; those that were not made are empty.
        pivot: the language that the others are compared with.

    Returns:
        `scoreboard`, by model, study and role, languages by value.
    """
    known = [part for part in parts if len(part)]
    if not known:
        return complete_cells([])
    # Parts of an earlier run, which this one keeps, may lack a column.
    table = pd.concat(known, ignore_index=True).reindex(columns=list(COLUMNS))
    table = table.assign(reliability=np.nan, error=errors_of(table))
    for _, own in table.groupby(list(COLUMN), sort=False):
        others = own[own["language"] != pivot]
        reliability = measure_reliability(others["value"], others["error"])
        table.loc[own.index, "reliability"] = reliability
    places = {study: place for place, study in enumerate(STUDIES)}
    models = {model: place for place, model in enumerate(pd.unique(table["model"]))}
    order = table.assign(
        model=table["model"].map(models),
        study=table["study"].map(places),
        role=table["role"] == "source",
        value=-table["value"],
    ).sort_values(["model", "study", "role", "metric", "value"], kind="stable")
    ordered: pd.DataFrame = table.loc[order.index, list(COLUMNS)].reset_index(drop=True)
    return ordered
