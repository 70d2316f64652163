"""Many differences at once, such as one a language, tested as one family; and their mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Floats = NDArray[np.float64]

_ROUNDING = 1e-9
"""Differences and standard errors up to here are none."""


class Contrasts(NamedTuple):
    """Differences with standard errors, intervals that hold for all at once, and p-values.

    All are float64 [differences]; NaN where nothing varies although there is a difference.
    """

    difference: Floats
    error: Floats
    low: Floats
    high: Floats
    p: Floats
    adjusted: Floats


class Mean(NamedTuple):
    """A mean over groups with its standard error and interval; NaN where it is unknown."""

    score: float
    error: float
    low: float
    high: float


def assess_contrasts(
    differences: ArrayLike, draws: ArrayLike, confidence: float = 0.95
) -> Contrasts:
    """Test differences against zero, each for itself and as one family.

    With d* the differences of one round, t* = (d* - d) / error is how far chance takes them, and
    t = d / error is what was found. p is the share of rounds with |t*| >= |t|; adjusted, the share
    of rounds whose largest |t*| of the family is so large (single step max-T, Westfall and Young
    1993, Resampling-based multiple testing, section 2.6). The quantile of the largest gives
    intervals that cover all differences at once. The rounds include what was found (Phipson and
    Smyth 2010).

    Args:
        differences: [differences], as found.
        draws: [differences, rounds], the same in every round of one bootstrap of the items, so that
            what they have in common is in common here.
        confidence: coverage asked for, of all differences at once.
    """
    found = np.asarray(differences, np.float64)
    moved = np.asarray(draws, np.float64) - found[:, None]
    error = moved.std(axis=1, ddof=1)
    varies = error > _ROUNDING
    scale = np.where(varies, error, np.nan)
    chance = np.abs(moved / scale[:, None])
    # What does not vary and is zero is certainly no difference.
    nothing = ~varies & (np.abs(found) <= _ROUNDING)
    seen = np.where(nothing, 0.0, np.abs(found) / scale)
    largest = np.sort(np.nan_to_num(chance).max(axis=0, initial=0.0))
    reach = np.where(nothing, 0.0, scale * np.quantile(largest, confidence))
    return Contrasts(
        found,
        error,
        found - reach,
        found + reach,
        np.array([_share(np.sort(own), value) for own, value in zip(chance, seen, strict=True)]),
        np.array([_share(largest, value) for value in seen]),
    )


def _share(ordered: Floats, value: float) -> float:
    """Give the share of rounds that reach a value, with what was found as one round more."""
    if np.isnan(value):
        return float("nan")
    if value == 0:
        return 1.0
    reached = len(ordered) - int(np.searchsorted(ordered, value - _ROUNDING))
    return (1 + reached) / (1 + len(ordered))


def mean_over_groups(
    scores: ArrayLike,
    draws: ArrayLike,
    *,
    confidence: float = 0.95,
    generator: np.random.Generator,
) -> Mean:
    """Average scores over groups, such as languages, of which there might have been others.

    Each round draws the groups again too (the pigeonhole bootstrap: Owen 2007, Annals of Applied
    Statistics 1, p. 386): k - 1 of k with replacement (Rao and Wu 1988, JASA 83, p. 231). The
    interval has Student's t with k - 1 degrees, since few groups show little of their variance.

    Args:
        scores: [groups].
        draws: [groups, rounds], of one bootstrap of the items that the groups have in common.
        confidence: coverage asked for.
        generator: the source of randomness.
    """
    own, moved = np.asarray(scores, np.float64), np.asarray(draws, np.float64)
    groups, rounds = moved.shape
    score = float(own.mean()) if groups else float("nan")
    if groups < 2:
        return Mean(score, float("nan"), float("nan"), float("nan"))
    counts = generator.multinomial(groups - 1, np.full(groups, 1 / groups), size=rounds)
    means = np.einsum("rg,gr->r", counts / (groups - 1), moved)
    error = float(means.std(ddof=1))
    reach = float(scipy.stats.t.ppf((1 + confidence) / 2, groups - 1)) * error
    return Mean(score, error, score - reach, score + reach)
