"""Sums and differences of a voice's agreements with several groups, on questions all of them have.

Such as agreement with one country less agreement with another, or the mean over the countries of a
language. Each comes with what it is without every question and every battery, so that sums over
voices have errors too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from isogloss.pipelines.cultural.alignment_blocks import Block, others_on, split_into_blocks
from isogloss.pipelines.cultural.alignment_measures import CORRELATIONS
from isogloss.pipelines.cultural.alignment_profiles import answered, asked, profile_measure
from isogloss.pipelines.cultural.alignment_scores import FEWEST_BATTERIES
from isogloss.statistics.deletion import deletion_error, deletion_weights
from isogloss.statistics.profile_agreement import PARTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from isogloss.pipelines.cultural.alignment_settings import Setting
    from isogloss.pipelines.cultural.analysis_truth import Groups
    from isogloss.pipelines.cultural.analysis_voices import Voices

Floats = NDArray[np.float64]
Kept = NDArray[np.bool_]

LARGEST = 0.999
"""Correlations beyond are taken as this one on Fisher's scale, where 1 is infinite."""


@dataclass(frozen=True)
class Combination:
    """One number a voice, in one part of agreement, with jackknife values.

    Attributes:
        found: float64 [voices]; NaN for a voice with too few questions.
        without: float64 [questions, voices], the number without each question; as found where it
            does not rest on the question.
        rests: bool [questions, voices], whether it rests on the question.
        without_battery: float64 [batteries, voices], the number without each battery.
        rests_on_battery: bool [batteries, voices].
    """

    found: Floats
    without: Floats
    rests: Kept
    without_battery: Floats
    rests_on_battery: Kept

    def weighted(self, weights: Floats) -> Combination:
        """Add numbers of voices up with weights [sums, voices]."""
        used = weights != 0

        def touched(rests: Kept) -> Kept:
            return np.asarray((rests.astype(np.float64) @ used.T) > 0)

        return Combination(
            weights @ self.found,
            self.without @ weights.T,
            touched(self.rests),
            self.without_battery @ weights.T,
            touched(self.rests_on_battery),
        )

    def chosen(self, voices: Kept | NDArray[np.intp]) -> Combination:
        """Keep the numbers of some voices."""
        return Combination(
            self.found[voices],
            self.without[:, voices],
            self.rests[:, voices],
            self.without_battery[:, voices],
            self.rests_on_battery[:, voices],
        )

    def batteries(self) -> NDArray[np.intp]:
        """Count the batteries that each number rests on, int [voices]."""
        return np.asarray(self.rests_on_battery.sum(axis=0), np.intp)

    def battery_errors(self) -> Floats:
        """Give the jackknife's standard errors over batteries; NaN for fewer than three."""
        columns = _columns(self.without_battery, self.rests_on_battery)
        few = self.batteries() < FEWEST_BATTERIES
        return np.where(few, np.nan, np.array([deletion_error(own) for own in columns]))

    def battery_range(self) -> tuple[Floats, Floats]:
        """Give the lowest and the highest value without one battery."""
        return self.without_battery.min(axis=0), self.without_battery.max(axis=0)


def combine_agreements(
    voices: Voices,
    groups: Groups,
    coefficients: Floats,
    metric: str,
    setting: Setting,
    *,
    fisher: bool = False,
) -> dict[str, Combination]:
    """Sum a voice's agreements with groups, weighted by coefficients.

    Args:
        voices: some voices.
        groups: of one level.
        coefficients: [groups], 0 for those that do not take part.
        metric: spearman, pearson or distance.
        setting: draws and questions.
        fisher: sum correlations on Fisher's scale, artanh r, on which tests of many differences
            keep their level; other measures are taken as they are.

    Returns:
        part -> the sums.
    """
    to_fisher = fisher and metric in CORRELATIONS
    involved = np.flatnonzero(coefficients)
    _, batteries = np.unique(setting.batteries, return_inverse=True)
    size = len(voices), len(batteries), int(batteries.max(initial=-1)) + 1
    found = {part: _empty(*size) for part in PARTS}
    together = np.empty((1, len(setting.common)), np.bool_)
    together[0] = answered(groups)[involved].all(axis=0)
    for block in split_into_blocks(asked(voices, setting), together, setting.least):
        own = Block(block.voices, involved, block.columns)
        for part, values in _measure(own, voices, groups, metric, batteries).items():
            scaled = (_to_fisher(array) if to_fisher else array for array in values)
            singles, clusters = (array @ coefficients[involved] for array in scaled)
            _fill(found[part], own, singles, clusters, batteries)
    return found


def _measure(
    block: Block, voices: Voices, groups: Groups, metric: str, batteries: NDArray[np.intp]
) -> dict[str, tuple[Floats, Floats]]:
    """Give each part without questions and without batteries, [1 + left out, voices, groups]."""
    measure = profile_measure(
        metric,
        voices.means[block.voices][:, block.columns],
        groups.scores[block.groups][:, block.columns],
        others_on(groups.scores, block),
    )
    singles = measure.parts(deletion_weights(np.arange(len(block.columns))))
    clusters = measure.parts(deletion_weights(batteries[block.columns]))
    return {part: (singles[n], clusters[n]) for n, part in enumerate(PARTS)}


def _to_fisher(correlations: Floats) -> Floats:
    return np.asarray(np.arctanh(np.clip(correlations, -LARGEST, LARGEST)))


def _empty(voices: int, questions: int, batteries: int) -> Combination:
    return Combination(
        np.full(voices, np.nan),
        np.full((questions, voices), np.nan),
        np.zeros((questions, voices), np.bool_),
        np.full((batteries, voices), np.nan),
        np.zeros((batteries, voices), np.bool_),
    )


def _fill(
    found: Combination,
    block: Block,
    singles: Floats,
    clusters: Floats,
    batteries: NDArray[np.intp],
) -> None:
    """Put the values of a block into its places, in place."""
    present = np.unique(batteries[block.columns])
    found.found[block.voices] = singles[0]
    found.without[:, block.voices] = singles[0]
    found.without[np.ix_(block.columns, block.voices)] = singles[1:]
    found.rests[np.ix_(block.columns, block.voices)] = True
    found.without_battery[:, block.voices] = singles[0]
    found.without_battery[np.ix_(present, block.voices)] = clusters[1:]
    found.rests_on_battery[np.ix_(present, block.voices)] = True


def _columns(values: Floats, rests: Kept) -> Sequence[Floats]:
    return [own[kept] for own, kept in zip(values.T, rests.T, strict=True)]
