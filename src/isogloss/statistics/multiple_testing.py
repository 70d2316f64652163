"""Several tests at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def adjust_holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Adjust p-values so that any false finding among them all has the probability of one test.

    Step down: the i-th smallest of m becomes max over j <= i of (m - j + 1) p_(j), at most 1
    (Holm 1979, Scandinavian Journal of Statistics 6, p. 65).

    Args:
        p_values: [tests]; NaN stays NaN and is no test.

    Returns:
        float64 [tests].
    """
    given = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(given.shape, np.nan)
    tests = np.flatnonzero(~np.isnan(given))
    order = tests[np.argsort(given[tests], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * given[order]), 1.0)
    return adjusted
