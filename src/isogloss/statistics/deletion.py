"""Scores with one question, or one cluster of questions, left out: the jackknife.

Leaving out is a weighting, so that what can be computed for rounds of a bootstrap can be computed
for this too. Every score of a study is computed without the same question at a time; so differences
and means of scores have errors that know what the scores have in common.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isogloss.statistics.intervals import jackknife_influence, standard_error

Floats = NDArray[np.float64]


class Deletion(NamedTuple):
    """Some scores, and what they are without each unit.

    Attributes:
        found: float64 [...].
        without: float64 [units, ...], the scores without unit j.
    """

    found: Floats
    without: Floats


def deletion_weights(clusters: ArrayLike) -> Floats:
    """Give the weights of all units, then those without each cluster, in the order of the labels.

    Args:
        clusters: [units], label of each unit's cluster; its own number, if it is its own cluster.

    Returns:
        float64 [1 + clusters, units] of 0 and 1.
    """
    _, members = np.unique(np.asarray(clusters), return_inverse=True)
    kept = members != np.arange(members.max(initial=-1) + 1)[:, None]
    return np.concatenate([np.ones((1, len(members))), kept.astype(np.float64)])


def split_deletion(estimates: Floats) -> Deletion:
    """Part the scores of `deletion_weights` [1 + units, ...] into found and without."""
    return Deletion(estimates[0], estimates[1:])


def deletion_error(without: Floats) -> Floats:
    """Give the jackknife's standard error sqrt((n - 1)/n sum_j (t_(j) - mean)^2).

    Efron and Tibshirani 1993, An introduction to the bootstrap, equation 11.5. With whole clusters
    left out it is the error of few clusters that holds best (CV3: MacKinnon, Nielsen and Webb 2023,
    Journal of Applied Econometrics 38, p. 671).

    Args:
        without: [units, ...].

    Returns:
        float64 [...]; NaN with fewer than two units, and where a score is undefined without one.
    """
    return standard_error(jackknife_influence(np.moveaxis(without, 0, -1)))
