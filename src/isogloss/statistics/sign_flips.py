"""Means over few clusters, tested against zero by turning the signs of whole clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Floats = NDArray[np.float64]

EXACT_UP_TO = 12
"""Clusters of which all combinations of signs are taken."""
_ROUNDING = 1e-9
_CHUNK = 1 << 22
"""Numbers to hold at a time: 32 MB."""


class FlipTest(NamedTuple):
    """p-values of some means; float64 [cells], NaN where there are fewer than two clusters.

    Attributes:
        p: of each by itself.
        adjusted: of all as one family (max-T).
        least: the smallest p that a cell can have, 2^(1 - clusters) where all signs are taken.
    """

    p: Floats
    adjusted: Floats
    least: Floats


def sign_flips(
    clusters: int,
    draws: int,
    generator: np.random.Generator,
    exact_up_to: int = EXACT_UP_TO,
) -> NDArray[np.int8]:
    """Give signs of clusters; the first row leaves all as they are.

    Two rows that are each other's opposite test the same, so that of all 2^G combinations those
    2^(G - 1) are given in which the first cluster keeps its sign.

    Args:
        clusters: G.
        draws: rows to draw where G is larger than `exact_up_to`.
        generator: the source of randomness.
        exact_up_to: the most clusters of which all combinations are given.

    Returns:
        int8 [rows, G] of -1 and 1.
    """
    if clusters <= exact_up_to:
        numbers = np.arange(1 << max(clusters - 1, 0))
        bits = (numbers[:, None] >> np.arange(max(clusters - 1, 0))) & 1
        rest = 1 - 2 * bits.astype(np.int8)
    else:
        drawn = generator.integers(0, 2, size=(draws, clusters - 1), dtype=np.int8)
        rest = np.concatenate([np.ones((1, clusters - 1), np.int8), 1 - 2 * drawn])
    kept = np.ones((len(rest), min(clusters, 1)), np.int8)
    return np.concatenate([kept, rest], axis=1)


def flip_clusters(means: ArrayLike, flips: NDArray[np.int8]) -> FlipTest:
    """Test means of clusters' means against zero, two-sided.

    If clusters are independent and each is as likely as its opposite, all combinations of their
    signs are equally likely, whatever cells have in common (Canay, Romano and Shaikh 2017,
    Econometrica 85, p. 1013). p is the share of combinations whose |t| is as large as the one
    found; adjusted, the share whose largest |t| of all cells is (single step max-T, Westfall and
    Young 1993, Resampling-based multiple testing, section 2.6). t is studentised, so that cells of
    different spread weigh alike.

    Args:
        means: [cells, clusters], the mean of each cluster; NaN where a cell has none.
        flips: of `sign_flips`.
    """
    values = np.asarray(means, np.float64)
    known = ~np.isnan(values)
    filled, n = np.where(known, values, 0.0), known.sum(axis=1)
    tested = n >= 2
    p, adjusted = np.full(len(values), np.nan), np.full(len(values), np.nan)
    least = np.where(tested, 2.0 ** (1 - np.minimum(n, 1000)), np.nan)
    least = np.maximum(least, 1 / len(flips))
    if tested.any():
        own, number = filled[tested], n[tested]
        seen = _squared_t(own, number, flips[:1])[0] * (1 - _ROUNDING)
        reached, beaten = np.zeros(len(own)), np.zeros(len(own))
        size = max(1, _CHUNK // len(own))
        for start in range(0, len(flips), size):
            drawn = _squared_t(own, number, flips[start : start + size])
            reached += (drawn >= seen).sum(axis=0)
            largest = np.sort(drawn.max(axis=1))
            beaten += len(largest) - np.searchsorted(largest, seen)
        p[tested], adjusted[tested] = reached / len(flips), beaten / len(flips)
    return FlipTest(p, adjusted, least)


def _squared_t(values: Floats, n: NDArray[np.intp], flips: NDArray[np.int8]) -> Floats:
    """Give t^2 of every combination and cell, [rows, cells]; 0 where all values are 0."""
    total = np.square(flips.astype(np.float64) @ values.T)
    squares = n * np.square(values).sum(axis=1)
    share = np.divide(total, squares, out=np.zeros_like(total), where=squares > 0)
    rest = 1 - share
    # Values that are all alike have no spread left: rounding must not decide how little.
    return np.asarray(
        np.divide((n - 1) * share, rest, out=np.full_like(share, np.inf), where=rest > _ROUNDING)
    )
