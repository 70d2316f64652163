"""How large a correlation must be to be told from none."""

from __future__ import annotations

from functools import cache
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import scipy

if TYPE_CHECKING:
    from numpy.typing import NDArray

EXACT_UP_TO = 8
TOLERANCE = 1e-9


def needed_r(n: int, level: float) -> float:
    """Give the smallest |r| that Student's test takes for one, t / sqrt(t^2 + n - 2).

    Args:
        n: units.
        level: the largest p-value that passes.

    Returns:
        NaN with fewer than three units.
    """
    if n < 3:
        return float("nan")
    t = float(scipy.stats.t.isf(level / 2, n - 2))
    return t / float(np.sqrt(t * t + n - 2))


def needed_rho(n: int, level: float) -> float:
    """Give the smallest |rho| of ranks without ties that passes the permutation test.

    Up to eight units it is found among all permutations, beyond as `needed_r`.

    Args:
        n: units.
        level: the largest p-value that passes.

    Returns:
        NaN where not even the same order on both sides passes.
    """
    if n > EXACT_UP_TO:
        return needed_r(n, level)
    sizes = _sizes(n)
    p = 1 - np.searchsorted(sizes, sizes - TOLERANCE) / max(len(sizes), 1)
    passing = sizes[p <= level + TOLERANCE]
    return float(passing[0]) if len(passing) else float("nan")


@cache
def _sizes(n: int) -> NDArray[np.float64]:
    """List |rho| of every order of n ranks, ascending."""
    if n < 3:
        return np.empty(0)
    ranks = np.arange(n, dtype=np.float64)
    orders = np.array(list(permutations(range(n))), np.float64)
    squares = np.square(orders - ranks).sum(axis=1)
    return np.sort(np.abs(1 - 6 * squares / (n * (n * n - 1))))
