"""Means and ratios of sums over the same sentences, with jackknife intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from isogloss.statistics.intervals import (
    jackknife_influence,
    mean_influence,
    standard_error,
    student_interval,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class Estimate(NamedTuple):
    """A value with its 95 % interval; NaN where the data do not allow one."""

    value: float
    ci_low: float
    ci_high: float


def ratio_of_sums(numerators: ArrayLike, denominators: ArrayLike) -> Estimate:
    """Estimate R = sum(x) / sum(y) over sentences that pair the two.

    The interval is that of the delete-one jackknife of log R: ratios are positive, and the interval
    of y to x is then the inverse of that of x to y. A sentence leaves both sums together.

    Args:
        numerators: x, one a sentence, positive.
        denominators: y of the same sentences, positive.
    """
    x, y = np.asarray(numerators, np.float64), np.asarray(denominators, np.float64)
    if not x.size:
        return Estimate(np.nan, np.nan, np.nan)
    logarithm = np.log(x.sum() / y.sum())
    if x.size < 2:
        return Estimate(float(np.exp(logarithm)), np.nan, np.nan)
    influence = jackknife_influence(np.log((x.sum() - x) / (y.sum() - y)))
    return Estimate(*(float(np.exp(bound)) for bound in _with_interval(logarithm, influence)))


def mean(values: ArrayLike) -> Estimate:
    """Estimate a mean over sentences.

    Args:
        values: one a sentence.
    """
    x = np.asarray(values, np.float64)
    if not x.size:
        return Estimate(np.nan, np.nan, np.nan)
    return Estimate(*(float(bound) for bound in _with_interval(x.mean(), mean_influence(x))))


def _with_interval(
    value: np.float64, influence: NDArray[np.float64]
) -> tuple[np.float64, NDArray[np.float64], NDArray[np.float64]]:
    estimate = np.asarray(value)
    low, high = student_interval(estimate, standard_error(influence), influence.size)
    return value, low, high
