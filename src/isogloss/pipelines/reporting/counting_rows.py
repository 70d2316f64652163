"""Scores of counting, looked up and put into words that their intervals carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.figures.counting_ways import ALL, Way, list_ways
from isogloss.figures.formats import format_interval, format_score

if TYPE_CHECKING:
    from collections.abc import Iterator

MODEL, CONSTANT = "model", "constant"
ABOVE = "above the best baseline"
NOT_ABOVE = "not above the best baseline"
BELOW = "below the best baseline"
BASELINES = {
    "constant": "one constant answer",
    "largest_group": "the largest group",
    "length": "a line through lengths",
    "uniform": "guessing",
}


@dataclass(frozen=True)
class CountedRows:
    """The scores of one model for one way of asking.

    Attributes:
        model: its name.
        way: how was asked.
        rows: of `counting_scores`.
    """

    model: str
    way: Way
    rows: pd.DataFrame

    @property
    def languages(self) -> list[str]:
        """The languages, without all together."""
        return sorted(set(self.rows["language"]) - {ALL})

    @property
    def whole(self) -> str:
        """The rows that stand for the model: of all languages together, or of the only one."""
        return ALL if len(self.languages) > 1 else self.languages[0]

    def find(
        self, language: str, metric: str, answered_by: str = MODEL, by: str = ALL, group: str = ALL
    ) -> pd.Series | None:
        """Find one score; None if it was not measured.

        Args:
            language: code or `all`.
            metric: as in the table.
            answered_by: the model or a baseline.
            by: grouping of the lists.
            group: of these.
        """
        own = self.rows[
            (self.rows["language"] == language)
            & (self.rows["metric"] == metric)
            & (self.rows["answered_by"] == answered_by)
            & (self.rows["by"] == by)
            & (self.rows["group"] == group)
        ]
        return own.iloc[0] if len(own) else None

    def write(self, language: str, metric: str, answered_by: str = MODEL) -> str:
        """Write a score with its interval: `.19 [.13, .28]`; `–` if it was not measured."""
        found = self.find(language, metric, answered_by)
        return "–" if found is None else write_score(found)

    def count(self, language: str, metric: str) -> str:
        """Write how many lists a score of the model rests on; `–` if it was not measured."""
        found = self.find(language, metric)
        return "–" if found is None else str(int(found["n"]))

    def value(self, language: str, metric: str, answered_by: str = MODEL) -> float:
        """Give a score; NaN if it was not measured."""
        found = self.find(language, metric, answered_by)
        return np.nan if found is None else float(found["value"])

    def verdict(self, language: str) -> str:
        """Say how the accuracy compares with that of the best baseline."""
        found = self.find(language, "accuracy")
        if found is None:
            return "not measured"
        if pd.notna(found["above_baseline"]) and bool(found["above_baseline"]):
            return ABOVE
        return BELOW if float(found["gap_ci_high"]) < 0 else NOT_ABOVE

    def baseline(self, language: str) -> str:
        """Write the accuracy of the best baseline with its interval, and which one that is."""
        found = self.find(language, "accuracy")
        if found is None or not found["baseline"]:
            return "–"
        name = str(found["baseline"])
        return f"{self.write(language, 'accuracy', name)}, {BASELINES[name]}"

    def gap(self, language: str) -> str:
        """Write by how much the accuracy differs from that of the best baseline."""
        found = self.find(language, "accuracy")
        if found is None:
            return "–"
        interval = format_interval(float(found["gap_ci_low"]), float(found["gap_ci_high"]))
        return f"{format_score(float(found['gap']))} {interval}".rstrip()


def write_score(row: pd.Series) -> str:
    """Write a score of the table with its interval."""
    interval = format_interval(float(row["ci_low"]), float(row["ci_high"]))
    return f"{format_score(float(row['value']))} {interval}".rstrip()


def split_models(counting_scores: pd.DataFrame) -> Iterator[CountedRows]:
    """Split scores by model and way of asking.

    Args:
        counting_scores: of all models.
    """
    for model, own in counting_scores.groupby("model", sort=False):
        for way in list_ways(own):
            yield CountedRows(str(model), way, way.rows(own))
