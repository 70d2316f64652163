"""One model in one task: its languages by alignment and score, and how the two correlate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from isogloss.figures.correlation_tables import (
    TOO_FEW,
    find_correlation,
    format_correlation,
    number,
)
from isogloss.figures.tables import average_samples, with_pivot
from isogloss.figures.task_names import order_tasks
from isogloss.figures.task_tables import choose_outcomes, named_rows, select_scores

if TYPE_CHECKING:
    from collections.abc import Mapping

AT_CHANCE = "at chance"
TOLD = 0.5
"""Share of the languages that must be told from chance."""


class AlignmentChoice(NamedTuple):
    """Which alignment is shown.

    Attributes:
        pooling: the first there is if it is absent.
        metric: its name, or "auto".
        aggregation: of the layers, "mean" or "max".
    """

    pooling: str = "mean"
    metric: str = "auto"
    aggregation: str = "mean"


DEFAULT_CHOICE = AlignmentChoice()


@dataclass(frozen=True)
class Scatter:
    """One model in one task.

    Attributes:
        model: its name.
        task: as in `task_scores`.
        data: name of the corpus.
        rows: of `task_tables.select_scores` without the pivot, with alignment, alignment_low and
            alignment_high.
        correlation: the row of `correlations`; None if there is none.
    """

    model: str
    task: str
    data: str
    rows: pd.DataFrame
    correlation: Mapping[str, object] | None

    @property
    def count(self) -> int:
        """How many languages the correlation is over."""
        n = number(self.correlation["n"]) if self.correlation else np.nan
        return int(n) if np.isfinite(n) else len(self.rows)

    @property
    def has_fit(self) -> bool:
        """Whether the correlation may be shown as a line."""
        return not self.objection and self.correlation is not None and np.isfinite(
            number(self.correlation["pearson_r"])
        )  # fmt: skip

    @property
    def objection(self) -> str:
        """Why the correlation is no finding, whatever it is; empty if nothing speaks against it."""
        caution = str(self.correlation["caution"]) if self.correlation else ""
        if AT_CHANCE not in caution and self.rows["told"].mean() < TOLD:
            caution = ", ".join(part for part in (caution, AT_CHANCE) if part)
        return caution.replace(TOO_FEW, f"{TOO_FEW} languages (n = {self.count})")

    def verdict(self) -> str:
        """Write the correlation, and below it what speaks against it."""
        if self.correlation is None:
            return "\n".join(part for part in (self.objection, "not in correlations") if part)
        drawn = len(self.rows)
        other = f" ({drawn} drawn)" if drawn != self.count else ""
        written = format_correlation(self.correlation) + other
        return "\n".join(part for part in (self.objection, written) if part)


def join_outcomes(
    pairs: pd.DataFrame,
    task_scores: pd.DataFrame,
    correlations: pd.DataFrame,
    keys: Mapping[str, object],
    pivot: str,
) -> list[Scatter]:
    """Join alignment with the pivot to the score that stands for every model and task.

    Args:
        pairs: rows of `alignment_summary` of one metric, pooling and aggregation.
        task_scores: the table of that name.
        correlations: of `correlation_tables.complete_correlations`.
        keys: metric, pooling and aggregation of the pairs.
        pivot: the language that the others are compared with.

    Returns:
        By task, then by model in the order of the summary; those of a task that a model lacks have
        no rows.
    """
    aligned = average_samples(with_pivot(pairs, pivot), ("model", "language")).rename(
        columns={"score": "alignment", "ci_low": "alignment_low", "ci_high": "alignment_high"}
    )
    columns = ["model", "language", "alignment", "alignment_low", "alignment_high"]
    scores = choose_outcomes(select_scores(task_scores))
    others = scores[scores["language"] != pivot]
    joined = others.merge(aligned[columns].dropna(subset="alignment"), on=["model", "language"])
    models = [str(model) for model in pd.unique(pairs["model"]) if model in set(scores["model"])]
    found = scores[scores["model"].isin(models)][["task", "data"]].drop_duplicates()
    order = order_tasks(found["task"])
    places = sorted(named_rows(found), key=lambda own: (order.index(own[0]), own[1]))
    scatters = []
    for task, data in places:
        for model in models:
            own = joined[
                (joined["model"] == model) & (joined["task"] == task) & (joined["data"] == data)
            ]
            correlation = _correlate(own, correlations, keys)
            scatters.append(Scatter(model, str(task), str(data), own, correlation))
    return scatters


def _correlate(
    rows: pd.DataFrame, correlations: pd.DataFrame, keys: Mapping[str, object]
) -> Mapping[str, object] | None:
    """Look up the correlation of the scores that are drawn."""
    if rows.empty:
        return None
    first = rows.iloc[0]
    names = ("model", "task", "data", "direction", "formulation", "normalisation", "subset")
    own = {name: str(first[name]) for name in names} | {"task_metric": str(first["metric"])}
    return find_correlation(correlations, dict(keys) | own)
