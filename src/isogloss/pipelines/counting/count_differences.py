"""A difference of two means over the same lists: its interval and p agree with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import scipy

from isogloss.statistics.clustered import (
    ItemResampling,
    clustered_error,
    compare_items,
)
from isogloss.statistics.intervals import student_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_LEAST = 2
"""Clusters that an error needs."""
_SURE = 1 - 1e-9
"""The largest confidence of an interval that is looked at."""
_NOISE = 1e-7
"""Standard errors up to here are rounding: draws are in single precision."""


class Difference(NamedTuple):
    """A difference, its standard error, interval, and the p of it (two-sided), or above 0."""

    value: float
    error: float
    low: float
    high: float
    p: float
    p_above: float


def subtract_outcomes(
    one: Floats, two: Floats, drawn: ItemResampling, confidence: float, *, shares: bool
) -> Difference:
    """Subtract the mean of some outcomes from that of others, list by list.

    Interval and p are both Student's, with the clusters less one as degrees of freedom: where p is
    below 1 - confidence, and only there, 0 is outside of the interval, which is clipped at -1 and
    1 if outcomes are shares. An error of 0 (the same difference in every cluster) says nothing of
    how certain it is. The interval of shares is then Newcombe's, with Wilson's for both means, and
    p is 1 less the confidence at which it reaches 0; other outcomes have neither, unless they are
    the same.

    Args:
        one: [lists].
        two: [lists], to be subtracted.
        drawn: of these lists.
        confidence: of the interval.
        shares: whether outcomes lie in 0..1.
    """
    value = float(one.mean() - two.mean())
    error = float(clustered_error((one - two)[None], drawn)[0])
    degrees = drawn.independent - 1
    missing = Difference(value, error, np.nan, np.nan, np.nan, np.nan)
    if np.isnan(error) or degrees < _LEAST - 1:
        return missing
    if error <= _NOISE and shares:
        return _same_everywhere(missing, one, two, drawn, confidence)
    if error <= _NOISE:
        same = abs(value) <= _NOISE
        return missing._replace(low=0.0, high=0.0, p=1.0, p_above=1.0) if same else missing
    limits = student_interval(np.array(value), np.array(error), degrees + 1, confidence)
    low, high = (float(np.clip(limit, -1, 1) if shares else limit) for limit in limits)
    above = float(scipy.stats.t.sf(value / error, degrees))
    return Difference(value, error, low, high, 2 * min(above, 1 - above), above)


def _same_everywhere(
    found: Difference, one: Floats, two: Floats, drawn: ItemResampling, confidence: float
) -> Difference:
    """Give interval and p of a difference of shares that is the same in every cluster."""

    def reach(level: float) -> tuple[float, float]:
        limits = compare_items(one[None], two, drawn, level)
        return float(limits.low[0]), float(limits.high[0])

    def nearest(level: float) -> float:
        low, high = reach(level)
        return low if found.value > 0 else -high

    low, high = reach(confidence)
    if abs(found.value) <= _NOISE or nearest(1 - _SURE) <= 0:
        p = 1.0
    elif nearest(_SURE) > 0:
        p = 1 - _SURE
    else:
        p = 1 - float(scipy.optimize.brentq(nearest, 1 - _SURE, _SURE))
    above = p / 2 if found.value > _NOISE else 1 - p / 2
    return found._replace(low=low, high=high, p=p, p_above=1.0 if p >= 1 else above)
