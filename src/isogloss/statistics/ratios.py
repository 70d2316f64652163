"""Ratios of two means that were measured on the same clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Floats = NDArray[np.float64]


class Ratios(NamedTuple):
    """Ratios with their intervals; float64 [cells]."""

    ratio: Floats
    low: Floats
    high: Floats


def fieller_interval(
    numerator: ArrayLike, denominator: ArrayLike, confidence: float = 0.95
) -> Ratios:
    """Divide mean numerators by mean denominators, with Fieller's interval.

    The interval holds all r for which mean(a - r b) = 0 is not rejected by a t-test over clusters:
    those with (b^2 - t^2 s_bb) r^2 - 2 (a b - t^2 s_ab) r + (a^2 - t^2 s_aa) <= 0, where s are the
    (co)variances of the means (Fieller 1954, Journal of the Royal Statistical Society B 16,
    p. 175). Where the denominator itself does not differ from 0 the interval would have no end.

    Args:
        numerator: [cells, clusters]; NaN where a cell lacks a cluster.
        denominator: [clusters], or [cells, clusters] where each cell has its own.
        confidence: coverage asked for.

    Returns:
        ratios; NaN with fewer than two clusters; limits are NaN where there is no bounded interval.
    """
    a = np.asarray(numerator, np.float64)
    known = ~np.isnan(a) & ~np.isnan(np.asarray(denominator, np.float64))
    b = np.broadcast_to(np.asarray(denominator, np.float64), a.shape)
    n = known.sum(axis=1)
    enough = n >= 2
    count = np.where(enough, n, np.nan)
    mean_a, mean_b = (np.where(known, one, 0).sum(axis=1) / count for one in (a, b))
    off_a = np.where(known, a - mean_a[:, None], 0)
    off_b = np.where(known, b - mean_b[:, None], 0)
    scale = np.square(scipy.stats.t.ppf((1 + confidence) / 2, np.maximum(n - 1, 1))) / (
        count * np.maximum(n - 1, 1)
    )
    s_aa, s_bb, s_ab = (
        scale * (one * two).sum(axis=1)
        for one, two in ((off_a, off_a), (off_b, off_b), (off_a, off_b))
    )
    lead = np.square(mean_b) - s_bb
    middle = mean_a * mean_b - s_ab
    root = np.sqrt(np.maximum(np.square(middle) - lead * (np.square(mean_a) - s_aa), 0))
    bounded = enough & (lead > 0)
    below = np.where(bounded, lead, np.nan)
    whole = np.where(mean_b != 0, mean_b, np.nan)
    return Ratios(mean_a / whole, (middle - root) / below, (middle + root) / below)
