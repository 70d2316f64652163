"""Means over locales: accuracies and gains, and which gains are told from 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from isogloss.figures.formats import format_interval, format_score

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


@dataclass(frozen=True)
class Mean:
    """A mean over locales, and over seeds if there are several.

    Attributes:
        value: an accuracy, or a gain over a baseline.
        low, high: of its interval, of several seeds the means of the bounds; NaN without one.
        locales: over how many, at the least.
        told: whether the intervals of all seeds lie on the same side of 0.
        spread: standard deviation over seeds, which is how much training varies; NaN of one seed.
    """

    value: float
    low: float
    high: float
    locales: int
    told: bool
    spread: float

    @property
    def interval(self) -> str:
        """Write the interval: `[.20, .58]`; nothing if there is none."""
        return format_interval(self.low, self.high)

    def as_score(self) -> str:
        """Write an accuracy: `.39 [.20, .58]`."""
        return f"{format_score(self.value)} {self.interval}".rstrip()

    def as_gain(self) -> str:
        """Write a difference with its sign: `+.08`, `-.37`, `.00`."""
        text = format_score(self.value)
        return f"+{text}" if float(f"{self.value:.2f}") > 0 else text


Means = dict[tuple[str, str], Mean]
"""(recipe, baseline) -> its mean gain; baseline "": its mean accuracy."""


def average_means(summary: pd.DataFrame) -> Means:
    """Average the rows of `merge_summary` over seeds, and tell which differ from 0.

    Args:
        summary: of one encoder.
    """
    if summary.empty:
        return {}
    return {
        (str(recipe), str(baseline)): Mean(
            value=float(rows["mean"].mean()),
            low=float(rows["ci_low"].mean(skipna=False)),
            high=float(rows["ci_high"].mean(skipna=False)),
            locales=int(rows["n_locales"].min()),
            told=bool((rows["ci_low"] > 0).all() or (rows["ci_high"] < 0).all()),
            spread=float(rows["mean"].std(ddof=1)),
        )
        for [recipe, baseline], rows in summary.groupby(["recipe", "baseline"], sort=False)
    }


def count_intervals(means: Mapping[tuple[str, str], Mean]) -> int:
    """Count the gains that have an interval."""
    return sum(
        baseline != "" and bool(np.isfinite(one.low)) for (_, baseline), one in means.items()
    )


def say_by_chance(confidence: float) -> str:
    """Say how many intervals exclude 0 where there is nothing to find."""
    return f"where merging changes nothing, one in {1 / (1 - confidence):.0f} excludes 0 by chance"
