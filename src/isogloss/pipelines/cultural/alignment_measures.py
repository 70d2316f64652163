"""Measures of agreement between voices and groups on the same questions.

Every measure gives the three parts of agreement for any weights of the questions, and for any
permutation of a voice's answers. Its values are larger, the more alike two sides are; 1 is equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from isogloss.statistics.profile_agreement import Parts, average_similarity, correlate_profiles
from isogloss.statistics.profile_permutation import (
    Permuted,
    permuted_correlations,
    permuted_similarities,
    restricted_orders,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = NDArray[np.float64]

SPEARMAN, PEARSON = "spearman", "pearson"
CORRELATIONS = (SPEARMAN, PEARSON)


class Measure(Protocol):
    """What a measure can tell of some voices and groups on some questions."""

    def parts(self, weights: Floats) -> Parts:
        """Measure with weights [rounds, questions]: [rounds, voices, groups]."""

    def permuted(self, keys: Floats) -> Permuted:
        """Measure with permuted answers, by keys [permutations, questions]."""

    def ceiling(self) -> Parts:
        """Measure the mean of the other groups in the place of a voice: [1, 1, groups]."""

    def correlates(self) -> bool:
        """Tell whether it is a correlation, so that its intervals are."""


@dataclass(frozen=True)
class ProfileCorrelation:
    """Spearman's rho or Pearson's r of question means and the scores of groups.

    Attributes:
        voices: float64 [voices, questions].
        groups: float64 [groups, questions].
        others: float64 [groups, questions], mean of the other groups; None without others.
        ranked: Spearman's rho.
    """

    voices: Floats
    groups: Floats
    others: Floats | None
    ranked: bool

    def parts(self, weights: Floats) -> Parts:
        """Correlate; see `profile_agreement.correlate_profiles`."""
        return correlate_profiles(
            self.voices, self.groups, self.others, weights, ranked=self.ranked
        )

    def permuted(self, keys: Floats) -> Permuted:
        """Correlate permuted answers; see `profile_permutation.permuted_correlations`."""
        orders = restricted_orders(keys)
        return permuted_correlations(
            self.voices, self.groups, self.others, orders, ranked=self.ranked
        )

    def ceiling(self) -> Parts:
        """Correlate the mean of the others, of which nothing is distinctive."""
        missing = np.full((1, 1, len(self.groups)), np.nan)
        if self.others is None:
            return Parts(missing, missing, missing)
        once = np.ones((1, self.groups.shape[1]))
        found = correlate_profiles(self.others, self.groups, None, once, ranked=self.ranked)
        own = np.diagonal(found.overall[0])[None, None]
        return Parts(own, np.where(np.isnan(own), np.nan, 1.0), missing)

    def correlates(self) -> bool:
        """Tell that it is a correlation."""
        return True


@dataclass(frozen=True)
class MeanSimilarity:
    """Similarity of answers to each question, averaged over questions.

    Attributes:
        voices: float64 [voices, questions, ...], answers such as means or distributions.
        groups: float64 [groups, questions, ...].
        others: of the other groups together, the same shape; None without others.
        compare: gives the similarity [..., questions] of two arrays of answers; the last axis of
            questions is that of the second array.
        strata: [questions], labels; answers can only be permuted within a stratum.
    """

    voices: Floats
    groups: Floats
    others: Floats | None
    compare: Callable[[Floats, Floats], Floats]
    strata: NDArray[np.generic]

    def parts(self, weights: Floats) -> Parts:
        """Average; see `profile_agreement.average_similarity`."""
        own = self.compare(self.voices[:, None], self.groups[None])
        rest = None if self.others is None else self.compare(self.voices[:, None], self.others)
        return average_similarity(own, rest, weights)

    def permuted(self, keys: Floats) -> Permuted:
        """Average the similarity of permuted answers; all NaN if none can be moved."""
        orders = restricted_orders(keys, self.strata)
        overall = self._permuted(self.groups, orders)
        if (orders == orders[0]).all():
            overall = np.full_like(overall, np.nan)
        if self.others is None:
            none = np.full_like(overall, np.nan)
            return Permuted(overall, none, none, none)
        normative = self._permuted(self.others, orders)
        return Permuted(overall, normative, overall - normative, overall - normative)

    def ceiling(self) -> Parts:
        """Average the similarity of the mean of the others."""
        if self.others is None:
            missing = np.full((1, 1, len(self.groups)), np.nan)
            return Parts(missing, missing, missing)
        own = self.compare(self.others, self.groups).mean(axis=-1)[None, None]
        return Parts(own, np.ones_like(own), own - 1)

    def correlates(self) -> bool:
        """Tell that it is a mean."""
        return False

    def _permuted(self, theirs: Floats, orders: NDArray[np.intp]) -> Floats:
        """Give the similarity of permuted answers, float64 [permutations, voices, groups]."""
        found = [
            permuted_similarities(self.compare(own[None, :, None], theirs[:, None]), orders)
            for own in self.voices
        ]
        return np.stack(found, axis=1)


def score_closeness(first: Floats, second: Floats) -> Floats:
    """Give 1 - |x - y| of pro scores, the published `mean_alignment` of one question."""
    return np.asarray(1 - np.abs(first - second))
