"""Agreement of two labellers beyond chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Floats = NDArray[np.float64]


def nominal_alpha(first: ArrayLike, second: ArrayLike, weights: ArrayLike) -> Floats:
    """Give Krippendorff's alpha of two labellers' categories of the same units.

    alpha = 1 - D_o / D_e with D_o the share of units with different labels and
    D_e = 1 - sum_c n_c (n_c - 1) / (n (n - 1)) over the n = 2 N labels of both, n_c of them of
    category c (Krippendorff 2011, Computing Krippendorff's alpha-reliability, section A). 1 is
    agreement in all units, 0 what the labels would do at random.

    Args:
        first: [units], labels of one labeller.
        second: [units], labels of the other.
        weights: [rounds, units], how often each unit counts.

    Returns:
        float64 [rounds]; NaN where all labels are of one category.
    """
    counts = np.asarray(weights, np.float64)
    pair = np.stack([np.asarray(first), np.asarray(second)])
    _, codes = np.unique(pair, return_inverse=True)
    codes = codes.reshape(pair.shape)
    categories = np.arange(codes.max(initial=-1) + 1)
    labels = (codes[:, :, None] == categories).sum(axis=0).astype(np.float64)
    found = counts @ labels
    n = found.sum(axis=1)
    observed = counts @ (codes[0] != codes[1]) / counts.sum(axis=1)
    expected = 1 - (found * (found - 1)).sum(axis=1) / (n * (n - 1))
    return _alpha(observed, expected)


def interval_alpha(first: ArrayLike, second: ArrayLike, weights: ArrayLike) -> Floats:
    """Give Krippendorff's alpha of two labellers' numbers for the same units.

    alpha = 1 - D_o / D_e with D_o the mean of (x - y)^2 over units and D_e that over all pairs of
    the 2 N numbers, 2 (n sum x^2 - (sum x)^2) / (n (n - 1)) (Krippendorff 2011, section D, with the
    interval metric).

    Args:
        first: [units], numbers of one labeller, without gaps.
        second: [units], numbers of the other.
        weights: [rounds, units], how often each unit counts.

    Returns:
        float64 [rounds]; NaN where all numbers are the same.
    """
    counts = np.asarray(weights, np.float64)
    x, y = np.asarray(first, np.float64), np.asarray(second, np.float64)
    middle = (x.mean() + y.mean()) / 2
    x, y = x - middle, y - middle
    n = 2 * counts.sum(axis=1)
    observed = counts @ np.square(x - y) / counts.sum(axis=1)
    squares, sums = counts @ (x * x + y * y), counts @ (x + y)
    return _alpha(observed, 2 * (n * squares - sums**2) / (n * (n - 1)))


def _alpha(observed: Floats, expected: Floats) -> Floats:
    usable = expected > 1e-12
    ratio = np.divide(observed, expected, out=np.full_like(observed, np.nan), where=usable)
    return np.asarray(1 - ratio)
