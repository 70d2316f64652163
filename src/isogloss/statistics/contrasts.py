"""Many differences at once, such as one a language, tested as one family; and their mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

from isogloss.statistics.clustered import resampled_scores
from isogloss.statistics.studentised import stand_among_draws

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from isogloss.statistics.clustered import ItemResampling

Floats = NDArray[np.float64]

_UNSEEN = 3.0
"""Added to sums of squares: so many items that differ may be missed; see `assess_contrasts`."""


class Contrasts(NamedTuple):
    """Differences with standard errors, intervals that hold for all at once, and p-values.

    All are float64 [differences].
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
    outcomes: Sequence[ArrayLike], drawn: Sequence[ItemResampling], confidence: float = 0.95
) -> Contrasts:
    """Test mean differences of outcomes against zero, each for itself and as one family.

    With x the differences of a contrast on its n items, and d their mean, t = d / e, where
    e^2 = (sum (x - d)^2 + 3) / (n (n - 1)). Each round draws the items again and gives
    t* = (d* - d) / e*, with e* of the items drawn. p is the share of rounds with |t*| >= |t|;
    adjusted, the share whose largest |t*| of the family reaches |t| (single step max-T, Westfall
    and Young 1993, Resampling-based multiple testing, section 2.6; studentised: Romano and Wolf
    2005, Econometrica 73, p. 1237). Neither is less than Student's p with n - 1 degrees. The
    quantile of the largest |t*|, no less than Student's, times e gives intervals that cover all
    differences at once, and leave 0 out where adjusted is below 1 - confidence.

    The 3 allows for items that only one side is right on, but that no item shows (the rule of
    three: Hanley and Lippman-Hand 1983, JAMA 249, p. 1743). Where outcomes rarely differ, their own
    variation says too little, and a round without any difference would have no error at all.

    Args:
        outcomes: [items] in -1..1 of each contrast, such as 1 where only the first is right.
        drawn: of these items, none in clusters; with shared draws, as by `take_items`, so that what
            contrasts have in common is in common here.
        confidence: coverage asked for, of all differences at once.

    Raises:
        ValueError: if items come in clusters.
    """
    rows = [
        _studentise(np.asarray(own, np.float64), draws)
        for own, draws in zip(outcomes, drawn, strict=True)
    ]
    difference, error = (np.array([row[part] for row in rows]) for part in (0, 1))
    freedom = np.array([max(len(draws.shares) - 1, 1) for draws in drawn])
    seen = np.abs(difference) / error
    standing = stand_among_draws(seen, np.stack([row[2] for row in rows], axis=1), confidence)
    least = 2 * scipy.stats.t.sf(seen, freedom)
    quantile = np.maximum(standing.joint_quantile, scipy.stats.t.ppf((1 + confidence) / 2, freedom))
    return Contrasts(
        difference,
        error,
        np.clip(difference - quantile * error, -1, 1),
        np.clip(difference + quantile * error, -1, 1),
        np.maximum(standing.p, least),
        np.maximum(standing.adjusted, least),
    )


def _studentise(outcomes: Floats, drawn: ItemResampling) -> tuple[float, float, Floats]:
    """Give the mean, its error, and |t*| of every round."""
    n = len(outcomes)
    if drawn.clusters < n:
        raise ValueError(f"{n} items of a contrast lie in {drawn.clusters} clusters.")
    mean = float(outcomes.mean())
    centred = outcomes - mean
    squares = np.square(centred)
    error = float(np.sqrt((squares.sum() + _UNSEEN) / (n * max(n - 1, 1))))
    # a round draws one item less than there are
    taken = max(n - 1, 1)
    # each by itself: a matrix times a vector takes half as long a column as times two
    moved, second = (resampled_scores(own[None], drawn)[0] for own in (centred, squares))
    variance = np.maximum(second - np.square(moved), 0)
    return mean, error, np.abs(moved) / np.sqrt((variance + _UNSEEN / taken) / max(taken - 1, 1))


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
