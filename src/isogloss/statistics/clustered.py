"""Scores of test items that come in clusters, such as questions about one passage.

Items of a cluster are easy or hard together, so that the cluster is what can be drawn again. One
set of draws serves all languages, models and metrics: their differences come from the same draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isogloss.statistics.intervals import distinct_hits, proportion_interval

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]
Average = Literal["micro", "macro"]

_FEW = 3
"""Right or wrong answers that cannot show how alike those of one cluster are."""


@dataclass(frozen=True)
class ItemResampling:
    """How much each item counts: in a score, and in each round of the bootstrap.

    Attributes:
        shares: float64 [items], in the score itself; they sum to 1.
        weights: float32 [rounds, items], in each round; every row sums to 1. With fewer than two
            clusters there is nothing to draw, and every row is `shares`.
        clusters: how many there are.
        strata: how many keep their share in every round.
        members: int [items], number of each item's cluster, from 0.
    """

    shares: Floats
    weights: NDArray[np.float32]
    clusters: int
    strata: int
    members: Integers

    @property
    def independent(self) -> int:
        """Number for n in intervals, so that Student's t has clusters - strata degrees."""
        return max(self.clusters - self.strata + 1, 1)


class Estimates(NamedTuple):
    """Scores of some cells, or differences of two, with their intervals; float64 [cells]."""

    score: Floats
    error: Floats
    low: Floats
    high: Floats


def resample_items(
    clusters: ArrayLike,
    strata: ArrayLike | None = None,
    *,
    average: Average = "micro",
    rounds: int = 1000,
    generator: np.random.Generator,
) -> ItemResampling:
    """Draw whole clusters again, within strata whose shares in the score are fixed.

    Of the k clusters of a stratum k - 1 are drawn with replacement, which makes the variance of the
    draws that of the score without a factor k/(k - 1) (Rao and Wu 1988, JASA 83, p. 231, with the
    weights of Rao, Wu and Yue 1992, Survey Methodology 18, p. 209). Strata of a single cluster have
    no variance of their own: they are drawn from together, and with the smallest other stratum if
    there is only one. Draws belong to the sorted labels, whatever the order of the items.

    Args:
        clusters: [items], label of each item's cluster, such as its passage; equal labels in two
            strata are two clusters.
        strata: [items], label of each item's stratum, such as its subject; None for a single one.
        average: `micro` has each item count equally, `macro` the mean of each stratum.
        rounds: of the bootstrap.
        generator: the source of randomness; the same seed gives `micro` and `macro` the same draws.

    Raises:
        ValueError: without items, or if labels and items differ in number.
    """
    labels = np.asarray(clusters)
    own = np.zeros(len(labels), np.intp) if strata is None else _codes(np.asarray(strata))
    if not len(labels) or own.shape != labels.shape:
        raise ValueError(f"There are {len(labels)} cluster and {len(own)} stratum labels of items.")
    sizes = np.bincount(own)
    shares = (
        1 / np.full(len(own), len(own)) if average == "micro" else 1 / (len(sizes) * sizes[own])
    )
    members = _codes(own * len(labels) + _codes(labels))
    drawn_from = _merge_lone_strata(own, members)
    weights = np.empty((rounds, len(own)), np.float32)
    for stratum in range(drawn_from.max() + 1):
        items = np.flatnonzero(drawn_from == stratum)
        drawn = _draw(_codes(members[items]), shares[items], rounds, generator)
        weights[:, items] = drawn
    clusters, drawn_strata = int(members.max()) + 1, int(drawn_from.max()) + 1
    return ItemResampling(shares, weights, clusters, drawn_strata, members)


def take_items(resampling: ItemResampling, items: NDArray[np.intp]) -> ItemResampling:
    """Restrict draws to some items, such as those that one language has.

    So languages with different items still share the draws of those that they have in common.

    Args:
        resampling: of all items.
        items: [kept], their places; every item counts equally then in the score.
    """
    weights = resampling.weights[:, items]
    total = weights.sum(axis=1, keepdims=True)
    members = _codes(resampling.members[items])
    shares = np.full(len(items), 1 / max(len(items), 1))
    return ItemResampling(
        shares,
        np.where(total > 0, weights / np.where(total > 0, total, 1), shares.astype(np.float32)),
        int(members.max(initial=-1)) + 1,
        1,
        members,
    )


def resampled_scores(outcomes: ArrayLike, resampling: ItemResampling) -> Floats:
    """Give every cell's score in every round.

    Args:
        outcomes: [cells, items], such as 1 for a right answer; the score is their mean.
        resampling: of these items.

    Returns:
        float64 [cells, rounds].
    """
    values = np.asarray(outcomes, np.float64)
    score = values @ resampling.shares
    # Centred first, since the weights are float32.
    centred = (values - score[:, None]).astype(np.float32)
    return np.asarray(score[:, None] + centred @ resampling.weights.T)


def count_clusters(kept: NDArray[np.bool_], resampling: ItemResampling) -> Integers:
    """Count the clusters of which each cell keeps an item.

    Args:
        kept: [cells, items].
        resampling: of these items.
    """
    order = np.argsort(resampling.members, kind="stable")
    starts = np.flatnonzero(np.diff(resampling.members[order], prepend=-1))
    return np.asarray(np.logical_or.reduceat(kept[:, order], starts, axis=1).sum(axis=1), np.intp)


def clustered_error(outcomes: ArrayLike, resampling: ItemResampling) -> Floats:
    """Give the standard error of every cell's score, or of a mean of influences.

    Args:
        outcomes: [cells, items].
        resampling: of these items.

    Returns:
        float64 [cells]; NaN with fewer than two clusters.
    """
    draws = resampled_scores(outcomes, resampling)
    if resampling.clusters < 2:
        return np.full(len(draws), np.nan)
    return np.asarray(draws.std(axis=1, ddof=1))


def score_items(
    outcomes: ArrayLike, resampling: ItemResampling, confidence: float = 0.95
) -> Estimates:
    """Score cells whose outcomes lie in 0..1, such as accuracies.

    Args:
        outcomes: [cells, items] in 0..1; a cell with NaN has the score NaN.
        resampling: of these items.
        confidence: coverage asked for.

    Returns:
        the scores with the intervals of `proportion_interval`: Wilson's at 0 and 1, with as many
        trials as clusters. Few right or few wrong answers do not show how alike those of a cluster
        are: three of them tell no more than as many trials as clusters.
    """
    values = np.asarray(outcomes, np.float64)
    # A mean of ones, summed share by share, can come out as 1 + 2e-16.
    score = np.clip(values @ resampling.shares, values.min(axis=1), values.max(axis=1))
    error = clustered_error(values, resampling)
    n, hitting = resampling.independent, distinct_hits(values)
    low, high = proportion_interval(score, error, n, confidence, hitting, _FEW)
    return Estimates(score, error, low, high)


def compare_items(
    outcomes: ArrayLike,
    reference: ArrayLike,
    resampling: ItemResampling,
    confidence: float = 0.95,
) -> Estimates:
    """Subtract the score of a reference, such as the pivot's, on the same items.

    The limits lie d - sqrt(a^2 - 2 r a b + b^2) from the difference d, with a and b the reaches of
    the two scores' own intervals towards each other, those of `score_items`, and r the correlation
    of the scores in the draws (Newcombe 1998, Statistics in Medicine 17, p. 2635, method 10, with
    clustered intervals). So a difference of 0 between two scores of 0 is not certain. Newcombe's
    correction of a positive correlation takes 1/(2 n^2) off the covariance of two shares of right
    answers.

    Args:
        outcomes: [cells, items] in 0..1.
        reference: [items] or [cells, items] in 0..1.
        resampling: of these items.
        confidence: coverage asked for.

    Returns:
        the differences outcome - reference with their standard errors and intervals.
    """
    values = np.asarray(outcomes, np.float64)
    base = np.broadcast_to(np.asarray(reference, np.float64), values.shape)
    error = clustered_error(values - base, resampling)
    one = score_items(values, resampling, confidence)
    two = score_items(base, resampling, confidence)
    return subtract(one, two, error, _lumps(values, base, resampling.shares))


def subtract(
    one: Estimates, two: Estimates, error: Floats, lumps: Floats | float = 0.0
) -> Estimates:
    """Subtract scores with intervals of their own from others; see `compare_items`.

    Args:
        one: scores of some cells.
        two: the scores to subtract.
        error: standard errors of the differences, from the same draws.
        lumps: what to take off positive covariances.
    """
    r = _correlation(one.error, two.error, error, lumps)
    difference = one.score - two.score
    below = _reach(one.score - one.low, two.high - two.score, r)
    above = _reach(one.high - one.score, two.score - two.low, r)
    return Estimates(difference, error, difference - below, difference + above)


def _lumps(values: Floats, base: Floats, shares: Floats) -> Floats:
    """Give 1/(2 n^2) for cells of right and wrong answers, with n = 1 / sum of squared shares."""
    binary = np.isin(values, (0, 1)).all(axis=1) & np.isin(base, (0, 1)).all(axis=1)
    return np.where(binary, np.square(shares).sum() ** 2 / 2, 0.0)


def _correlation(one: Floats, two: Floats, difference: Floats, lumps: Floats | float) -> Floats:
    """Give the correlation of two scores from the standard errors of both and of their gap."""
    covariance = (one**2 + two**2 - difference**2) / 2
    covariance = np.where(covariance > 0, np.maximum(covariance - lumps, 0), covariance)
    scale = one * two
    return np.clip(np.divide(covariance, scale, out=np.zeros_like(scale), where=scale > 0), -1, 1)


def _reach(own: Floats, other: Floats, correlation: Floats) -> Floats:
    squared = own**2 - 2 * correlation * own * other + other**2
    return np.asarray(np.sqrt(np.maximum(squared, 0)))


def _codes(labels: NDArray[np.generic]) -> Integers:
    return np.asarray(np.unique(labels, return_inverse=True)[1], np.intp)


def _merge_lone_strata(strata: Integers, members: Integers) -> Integers:
    """Give the strata to draw from: those of a single cluster are put together."""
    sizes = np.bincount(strata[np.unique(members, return_index=True)[1]])
    lone = np.flatnonzero(sizes == 1)
    if len(lone) == 1 and len(sizes) > 1:
        lone = np.argsort(sizes, kind="stable")[:2]
    merged = np.arange(len(sizes))
    merged[lone] = lone[:1]
    return _codes(merged[strata])


def _draw(
    members: Integers, shares: Floats, rounds: int, generator: np.random.Generator
) -> NDArray[np.float32]:
    k = int(members.max()) + 1
    if k < 2:
        return np.tile(shares.astype(np.float32), (rounds, 1))
    counts = generator.multinomial(k - 1, np.full(k, 1 / k), size=rounds)
    total = counts @ np.bincount(members, shares)
    factors = (counts * (shares.sum() / total)[:, None]).astype(np.float32)
    return np.asarray(factors[:, members] * shares.astype(np.float32))
