"""Correlations of profiles over weighted units, many profiles and many weightings at once.

A profile is one value a unit, such as a country's score on every question. Rounds of a bootstrap,
and units left out, are weightings of the units; so one routine serves both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Floats = NDArray[np.float64]

CONSTANT = 1e-10
"""A profile that varies by no more than so many times its largest value is constant."""
CERTAIN = 1e-9
"""What a correlation of 1 leaves unexplained, up to rounding."""


def weighted_mid_ranks(profiles: ArrayLike, weights: ArrayLike) -> Floats:
    """Rank every profile among units that count as often as their weights say.

    r_i = sum_j w_j ([x_j < x_i] + [x_j = x_i] / 2), the mid-rank less 1/2 of a sample in which
    unit j stands w_j times (Kendall 1948, Rank correlation methods, chapter 3).

    Args:
        profiles: [profiles, units], without gaps.
        weights: [rounds, units], not negative.

    Returns:
        float64 [rounds, profiles, units].
    """
    values = np.asarray(profiles, np.float64)
    column, row = values[:, :, None], values[:, None, :]
    below = (column < row) + 0.5 * (column == row)
    return np.swapaxes(np.matmul(np.asarray(weights, np.float64), below), 0, 1)


def unit_profiles(profiles: ArrayLike, weights: ArrayLike, *, ranked: bool) -> Floats:
    """Bring profiles to mean 0 and length 1 in every round: products are their correlations.

    With weighted mean m, u_i = sqrt(w_i) (x_i - m) / sqrt(sum_j w_j (x_j - m)^2).

    Args:
        profiles: [profiles, units], without gaps.
        weights: [rounds, units], not negative.
        ranked: use ranks, made anew in every round, for Spearman's rho.

    Returns:
        float64 [rounds, profiles, units]; NaN where a profile is constant in a round.
    """
    counts = np.asarray(weights, np.float64)
    values = np.asarray(profiles, np.float64)
    found = weighted_mid_ranks(values, counts) if ranked else values[None]
    total = counts.sum(axis=1)[:, None, None]
    each = counts[:, None, :]
    centred = found - (each * found).sum(axis=-1, keepdims=True) / total
    scaled = np.sqrt(each) * centred
    size = np.linalg.norm(scaled, axis=-1, keepdims=True)
    largest = np.abs(found).max(axis=-1, keepdims=True)
    varies = size > CONSTANT * largest * np.sqrt(total)
    return np.asarray(np.divide(scaled, size, out=np.full_like(scaled, np.nan), where=varies))


def partial_correlation(pair: Floats, first: Floats, second: Floats) -> Floats:
    """Correlate two profiles given a third: (r - r_1 r_2) / sqrt((1 - r_1^2)(1 - r_2^2)).

    Yule 1907, Proceedings of the Royal Society A 79, p. 182; of ranks, Kendall 1948, chapter 8.

    Args:
        pair: correlations r of the two.
        first: correlations r_1 of one of them with the third.
        second: correlations r_2 of the other with the third.

    Returns:
        float64; NaN where the third leaves nothing of one of them.
    """
    left = (1 - np.square(first)) * (1 - np.square(second))
    usable = left > CERTAIN
    found = np.divide(
        pair - first * second,
        np.sqrt(left, where=usable, out=np.ones_like(left)),
        out=np.full_like(left, np.nan),
        where=usable,
    )
    return np.asarray(np.clip(found, -1, 1))
