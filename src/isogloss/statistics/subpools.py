"""Strict retrieval scores at a common pool size, exactly and without drawing.

A strict score falls as the pool grows, so that scores from pools of different size cannot be
compared. The expected score in a random sub-pool follows from the number of competitors that beat
each item in the whole pool.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from math import comb

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@cache
def subpool_hit_probability(pool: int, subpool: int) -> Floats:
    """Give the probability that an item beaten by k of its competitors hits in a random sub-pool.

    C(n - 1 - k, m - 1) / C(n - 1, m - 1): the m - 1 other members of the sub-pool, drawn without
    replacement from the n - 1 competitors, must avoid the k that beat the item.

    Args:
        pool: n, the size of the whole pool, the item included.
        subpool: m, at most n.

    Returns:
        float64 [n], indexed by k = 0..n-1; not to be written to.

    Raises:
        ValueError: if m is not in 1..n.
    """
    if not 1 <= subpool <= pool:
        raise ValueError(f"A sub-pool of {subpool} cannot be drawn from a pool of {pool}.")
    whole = comb(pool - 1, subpool - 1)
    table = np.array([float(Fraction(comb(pool - 1 - k, subpool - 1), whole)) for k in range(pool)])
    table.flags.writeable = False  # it is shared by all callers
    return table


def expected_hits(beaten: NDArray[np.integer], subpool: int) -> Floats:
    """Give each item's expected hit in a random sub-pool that holds it.

    Args:
        beaten: [..., n] the k_i; n is the size of the pool.
        subpool: m, at most n.
    """
    return np.asarray(subpool_hit_probability(beaten.shape[-1], subpool)[beaten])


def deletion_gain(pool: int, subpool: int) -> tuple[Floats, Floats]:
    """Give what the jackknife of an expected sub-pool score needs.

    Deleting sentence j leaves a pool of n - 1 in which an item is beaten by k_i - A[i, j]
    competitors, where A[i, j] = 1 if j beats i. With g(k) the hit probability in that pool,
    theta_(-j) = 1/(n - 1) sum_{i != j} (g(k_i) + A[i, j] (g(k_i - 1) - g(k_i))).

    Args:
        pool: n.
        subpool: m < n.

    Returns:
        g(k) and g(k - 1) - g(k), float64 [n] each, indexed by k = 0..n-1. g(n - 1) is 0, since in
        the smaller pool nobody is beaten by so many; the gain at k = 0 is 0.
    """
    remaining = np.append(subpool_hit_probability(pool - 1, subpool), 0.0)
    return remaining, np.concatenate([[0.0], -np.diff(remaining)])
