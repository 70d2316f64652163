"""How much of what sets scores apart would be found again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy
from numpy.typing import NDArray

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Floats = NDArray[np.float64]

LEAST = 3
"""Scores that a reliability takes."""


def errors_of_intervals(low: ArrayLike, high: ArrayLike, confidence: ArrayLike) -> Floats:
    """Read standard errors off intervals: half their width, divided by the normal quantile.

    Args:
        low: lower limits, any shape; NaN where there is none.
        high: upper limits.
        confidence: coverage, one number or one a limit.
    """
    width = np.asarray(high, np.float64) - np.asarray(low, np.float64)
    quantile = scipy.stats.norm.ppf((1 + np.asarray(confidence, np.float64)) / 2)
    return np.asarray(width / (2 * quantile), np.float64)


def reliability(values: ArrayLike, errors: ArrayLike) -> float:
    """Give 1 - mean(error^2) / variance of some scores: the share that is no noise.

    Of several rows, such as models, the mean variance within rows is taken. It is below 0 where
    the errors are larger than the differences, and is left so.

    Args:
        values: [n] or [rows, n].
        errors: their standard errors, the same shape.

    Returns:
        NaN with fewer than three scores, one that lacks an error, or scores that are all the same.
    """
    scores = np.atleast_2d(np.asarray(values, np.float64))
    if scores.shape[-1] < LEAST:
        return float("nan")
    spread = float(scores.var(axis=-1, ddof=1).mean())
    noise = float(np.square(np.asarray(errors, np.float64)).mean())
    return 1 - noise / spread if spread > 0 else float("nan")
