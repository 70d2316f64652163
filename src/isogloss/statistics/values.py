"""Scores of some cells, sentence by sentence: their means, parts and intervals."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from isogloss.statistics.intervals import (
    distinct_hits,
    fisher_interval,
    mean_influence,
    pool_influences,
    proportion_interval,
    standard_error,
    student_interval,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]
Bounds = tuple[float, float] | None

COSINE = (-1.0, 1.0)


@dataclass(frozen=True)
class Values:
    """One metric of some cells (pairs of languages, or means over them), sentence by sentence.

    Attributes:
        estimate: float64 [cells].
        outcomes: float64 [cells, n], whose mean over a part of the sentences is the score of that
            part with the pool of candidates held fixed.
        influence: float64 [cells, n], from which the interval follows.
        bounds: the lowest and the highest possible score; None if there are none.
        excess: float64 [cells], the variance that the influences count twice.
        floor: float64 [cells], the expected score of the same vectors if no sentence were paired
            with its translation; NaN where it is not known.
        trials: yes-or-no trials that the score is the share of; None if it is no such share.
    """

    estimate: Floats
    outcomes: Floats
    influence: Floats
    bounds: Bounds = None
    excess: Floats | float = 0.0
    floor: Floats | float = np.nan
    trials: int | None = None

    def averaged(self) -> Values:
        """Average over the cells, which rest on the same sentences; gives a single cell."""
        cells = len(self.estimate)
        # Had every cell other sentences, all of the excess would go down with the number of cells;
        # with the same ones some of it stays, and taking off too little widens the interval.
        return replace(
            self,
            estimate=self.estimate.mean(keepdims=True),
            outcomes=self.outcomes.mean(axis=0, keepdims=True),
            influence=self.influence.mean(axis=0, keepdims=True),
            excess=self._each(self.excess).sum(keepdims=True) / cells**2,
            floor=self._each(self.floor).mean(keepdims=True),
            trials=None if self.trials is None else self.trials * cells,
        )

    def held_out(self, positions: slice | NDArray[np.bool_]) -> Values:
        """Give the score on some of the sentences, the pool of candidates held fixed."""
        outcomes = self.outcomes[:, positions]
        kept = outcomes.shape[1] / self.outcomes.shape[1]
        return replace(
            self,
            estimate=outcomes.mean(axis=1),
            outcomes=outcomes,
            influence=self.influence[:, positions],
            # Linearised scores keep what pairs of all sentences do to their estimate.
            excess=0.0 if self.trials is None else self.excess,
            trials=None if self.trials is None else round(self.trials * kept),
        )

    def chosen(self, cells: NDArray[np.bool_] | NDArray[np.intp]) -> Values:
        """Keep some of the cells, in the order of their positions if these are given."""
        return replace(
            self,
            estimate=self.estimate[cells],
            outcomes=self.outcomes[cells],
            influence=self.influence[cells],
            excess=self._each(self.excess)[cells],
            floor=self._each(self.floor)[cells],
        )

    def _each(self, value: Floats | float) -> Floats:
        return np.broadcast_to(np.asarray(value, np.float64), self.estimate.shape)


def interval(values: Values, confidence: float) -> tuple[Floats, Floats]:
    """Give the confidence interval of scores.

    Shares have that of `proportion_interval`, scores between -1 and 1 `fisher_interval`, others
    `student_interval`.

    Args:
        values: of [cells].
        confidence: coverage asked for.

    Returns:
        lower and upper limits, float64 [cells]; NaN where the estimate is.
    """
    error = standard_error(mean_influence(values.influence), values.excess)
    n = values.influence.shape[-1]
    hitting = None if values.trials is None else distinct_hits(values.outcomes)
    if values.bounds is None:
        return student_interval(values.estimate, error, n, confidence)
    if values.bounds == COSINE:
        return fisher_interval(values.estimate, error, n, confidence)
    lowest, highest = values.bounds
    span = highest - lowest
    share = (values.estimate - lowest) / span
    limits = proportion_interval(share, error / span, n, confidence, hitting)
    missing = np.isnan(values.estimate)
    low, high = (np.where(missing, np.nan, lowest + span * limit) for limit in limits)
    return low, high


def pool_samples(parts: Sequence[tuple[Sequence[str], Values]]) -> Values:
    """Average scores over samples of sentences, which may overlap; see `pool_influences`.

    Args:
        parts: for each sample the ids of its sentences and the values of the same cells.
    """
    if len(parts) == 1:
        return parts[0][1]
    values = [own for _, own in parts]
    influence = pool_influences([(ids, own.influence) for ids, own in parts])
    estimate = np.mean([own.estimate for own in values], axis=0)
    size, samples = influence.shape[1], len(parts)
    excess = sum(np.asarray(own.excess) / own.influence.shape[1] for own in values)
    known = [own.trials for own in values if own.trials is not None]
    return Values(
        estimate,
        estimate[:, None] + influence,
        influence,
        values[0].bounds,
        np.asarray(excess * size / samples**2),
        np.mean([np.asarray(own.floor) for own in values], axis=0),
        sum(known) if known else None,
    )
