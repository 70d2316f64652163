"""How much of what differs between scores is more than their own uncertainty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

LEAST = 3
"""Scores that a reliability takes."""


def error_of_interval(
    low: ArrayLike, high: ArrayLike, n: ArrayLike, confidence: ArrayLike
) -> NDArray[np.float64]:
    """Give the standard errors that symmetric intervals with Student's t would have.

    Half of high - low, divided by the quantile of t with n - 1 degrees. Of intervals that are not
    symmetric, such as Wilson's, it is the mean of both sides.

    Args:
        low: [scores], lower limits; NaN where there are none.
        high: [scores], upper limits.
        n: [scores], units that were drawn again.
        confidence: of the intervals.
    """
    half = (np.asarray(high, np.float64) - np.asarray(low, np.float64)) / 2
    degrees = np.maximum(np.asarray(n, np.float64) - 1, 1)
    quantile = scipy.stats.t.ppf((1 + np.asarray(confidence, np.float64)) / 2, degrees)
    return np.asarray(np.where(np.isfinite(half), half, np.nan) / quantile)


def measure_reliability(scores: ArrayLike, errors: ArrayLike, *, means: int = 1) -> float:
    """Give the share of the variance of scores that is no error: 1 - mean(error^2) / variance.

    The reliability of a score with a known error of measurement (Lord and Novick 1968, Statistical
    theories of mental test scores, section 3.4). It is below 0 where scores differ less than their
    errors alone would have them differ: then they cannot be ranked at all.

    Args:
        scores: [scores]; those without an error do not count.
        errors: [scores], standard errors; NaN where unknown.
        means: that the variance is about: the groups, if scores are centred within several.

    Returns:
        NaN with fewer than three scores (two more than means), or if they are all equal.
    """
    values, own = np.asarray(scores, np.float64), np.asarray(errors, np.float64)
    known = np.isfinite(values) & np.isfinite(own)
    if known.sum() < LEAST - 1 + means:
        return float("nan")
    variance = float(values[known].var(ddof=means))
    if variance <= 0:
        return float("nan")
    return 1 - float(np.square(own[known]).mean()) / variance
