"""Whether a model answers the same question alike in two languages, right or wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from isogloss.statistics.clustered import ItemResampling, clustered_error, count_clusters
from isogloss.statistics.intervals import proportion_interval

Floats = NDArray[np.float64]
Integers = NDArray[np.integer]
Kept = NDArray[np.bool_]
Part = Literal["all", "both_right", "both_wrong", "otherwise"]

PARTS: tuple[Part, ...] = ("all", "both_right", "both_wrong", "otherwise")
"""Of the items of two languages: all of them, or those that are answered so."""


@dataclass(frozen=True)
class Agreement:
    """How alike some cells (pairs of languages) are; float64 [cells].

    Attributes:
        score: NaN where it is undefined.
        low: end of its interval.
        high: end of its interval.
        observed: share of items with the same answer, or the score itself.
        expected: what answers would give that are as frequent, but independent.
    """

    score: Floats
    low: Floats
    high: Floats
    observed: Floats
    expected: Floats


def rank_options(scores: NDArray[np.floating]) -> NDArray[np.int8]:
    """Rank the options of every item from 1, the best; equal scores to the lowest option.

    Args:
        scores: [..., options].
    """
    order = np.argsort(-np.asarray(scores), axis=-1, kind="stable")
    return np.asarray(np.argsort(order, axis=-1, kind="stable") + 1, np.int8)


def select_part(part: Part, right_a: Kept, right_b: Kept) -> Kept:
    """Tell the items that belong to a part.

    Args:
        part: of the items.
        right_a: [cells, items], whether the answer in the first language is right.
        right_b: the same of the second one.
    """
    if part == "all":
        return np.ones_like(right_a)
    if part == "both_right":
        return right_a & right_b
    return ~(right_a | right_b) if part == "both_wrong" else right_a ^ right_b


def measure_kappa(
    chosen_a: Integers,
    chosen_b: Integers,
    kept: Kept,
    options: int,
    resampling: ItemResampling,
    confidence: float = 0.95,
) -> Agreement:
    """Measure how much more often two languages choose the same option than by chance.

    kappa = (A - E) / (1 - E) with A the share of items with the same choice and
    E = sum_k p_a(k) p_b(k) (Cohen 1960, Educational and Psychological Measurement 20, p. 37), so
    that a model that always says the same letter agrees with itself by chance alone. E does not
    hold for items that are kept for their answers: wrong ones of four options agree in a third of
    the items by chance, whatever E says. The interval is that of A with the standard error of
    kappa, E held fixed.

    Args:
        chosen_a: [cells, items], 1..options where kept.
        chosen_b: the same in the other language.
        kept: [cells, items], the items to count.
        options: of an item.
        resampling: of these items.
        confidence: coverage asked for.

    Returns:
        kappa; NaN where all choose one option (E = 1) or no item is kept.
    """
    weight = _weights(kept, resampling)
    same = np.where(kept, chosen_a == chosen_b, 0.0)
    observed = (weight * same).sum(axis=1)
    choices = range(1, options + 1)
    share_a = np.stack([(weight * (chosen_a == k)).sum(axis=1) for k in choices], axis=1)
    share_b = np.stack([(weight * (chosen_b == k)).sum(axis=1) for k in choices], axis=1)
    expected = (share_a * share_b).sum(axis=1)
    room = np.where(1 - expected > 1e-12, 1 - expected, np.nan)
    kappa = (observed - expected) / room
    # What an item does to E: by its choice in either language.
    moved = _look_up(share_b, chosen_a) + _look_up(share_a, chosen_b) - 2 * expected[:, None]
    slope = (1 - observed) / room
    influence = (same - observed[:, None] - slope[:, None] * moved) / room[:, None]
    error = _error(influence, weight, resampling)
    low, high = _limits(observed, error * room, kept, resampling, confidence)
    return Agreement(kappa, (low - expected) / room, (high - expected) / room, observed, expected)


def measure_rank_consistency(
    ranks_a: Integers,
    ranks_b: Integers,
    kept: Kept,
    resampling: ItemResampling,
    confidence: float = 0.95,
) -> Agreement:
    """Measure how alike two languages order the options of items: RankC.

    The mean over items of sum_j w_j P@j, with P@j the share of the first j options that both have
    in common and w_j = exp(N - j) / sum_k exp(N - k) (Qi et al. 2023, arXiv 2310.10378, section 3).
    For one item that is sum_k c(max(rank_a(k), rank_b(k))) over its options k, with
    c(m) = sum_{j >= m} w_j / j.

    Args:
        ranks_a: [cells, items, options], from 1.
        ranks_b: the same in the other language.
        kept: [cells, items], the items to count.
        resampling: of these items.
        confidence: coverage asked for.

    Returns:
        RankC; NaN where no item is kept.
    """
    options = ranks_a.shape[-1]
    credit = np.cumsum((rank_weights(options) / np.arange(1, options + 1))[::-1])[::-1]
    values = np.zeros(kept.shape)
    for option in range(options):
        values += credit[np.maximum(ranks_a[..., option], ranks_b[..., option]) - 1]
    weight = _weights(kept, resampling)
    values = np.where(kept, values, 0.0)
    score = (weight * values).sum(axis=1)
    error = _error(values - score[:, None], weight, resampling)
    low, high = _limits(score, error, kept, resampling, confidence)
    reached = [_reached(ranks, weight) for ranks in (ranks_a, ranks_b)]
    expected = _overlap(reached[0], reached[1])
    return Agreement(score, low, high, score, np.where(np.isnan(score), np.nan, expected))


def rank_weights(options: int) -> Floats:
    """Give the weights w_j of RankC: the softmax of options - j."""
    powers = np.exp(-np.arange(options, dtype=np.float64))
    return np.asarray(powers / powers.sum())


def chance_rank_consistency(options: int, part: Part = "all") -> float:
    """Give the expected RankC of two orders that are drawn at random.

    For all items that is sum_j w_j j/N: of four options .3768. Of items that are answered right in
    both languages, or wrong, or right in one alone, the orders are drawn from those that are so.

    Args:
        options: N.
        part: of the items.
    """
    first = {"all": "any", "both_right": "right", "both_wrong": "wrong", "otherwise": "right"}
    other = {**first, "otherwise": "wrong"}
    one, two = (_inclusion(options, kind[part]) for kind in (first, other))
    return float(_overlap(one[None], two[None])[0])


def _inclusion(options: int, first: str) -> Floats:
    """Give how likely each option, gold being the first, is among the first: [options, depths]."""
    depth = np.arange(1, options + 1, dtype=np.float64)
    gold = {
        "any": depth / options,
        "right": np.ones(options),
        "wrong": (depth - 1) / (options - 1),
    }[first]
    return np.stack([gold, *[(depth - gold) / (options - 1)] * (options - 1)])


def _overlap(one: Floats, two: Floats) -> Floats:
    """Give the expected RankC from the shares [cells, options, depths] of independent orders."""
    options = one.shape[-1]
    shared = (one * two).sum(axis=1) / np.arange(1, options + 1)
    return np.asarray(shared @ rank_weights(options))


def _reached(ranks: Integers, weight: Floats) -> Floats:
    """Give how often each option is among the first, [cells, options, depths]."""
    options = ranks.shape[-1]
    reached = np.empty((len(weight), options, options))
    reached[..., -1] = weight.sum(axis=1)[:, None]
    for depth in range(1, options):
        for option in range(options):
            among = ranks[..., option] <= depth
            reached[:, option, depth - 1] = np.einsum("ci,ci->c", weight, among)
    return reached


def _weights(kept: Kept, resampling: ItemResampling) -> Floats:
    """Give what each kept item counts; rows sum to 1, or are NaN where none is kept."""
    weight = kept * resampling.shares
    total = weight.sum(axis=1, keepdims=True)
    return np.asarray(weight / np.where(total > 0, total, np.nan))


def _look_up(share: Floats, chosen: Integers) -> Floats:
    return np.take_along_axis(share, np.maximum(chosen, 1).astype(np.intp) - 1, axis=1)


def _error(influence: Floats, weight: Floats, resampling: ItemResampling) -> Floats:
    return clustered_error(influence * weight / resampling.shares, resampling)


def _limits(
    share: Floats, error: Floats, kept: Kept, resampling: ItemResampling, confidence: float
) -> tuple[Floats, Floats]:
    """Give the limits of shares that rest on different numbers of clusters."""
    low, high = np.full(share.shape, np.nan), np.full(share.shape, np.nan)
    clusters = count_clusters(kept, resampling)
    for n in np.unique(clusters):
        rows = clusters == n
        low[rows], high[rows] = proportion_interval(share[rows], error[rows], int(n), confidence)
    return low, high
