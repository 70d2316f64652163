"""Many scores that rest on the same questions, tested against zero as one family."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from isogloss.statistics.deletion import deletion_error
from isogloss.statistics.intervals import jackknife_influence

Floats = NDArray[np.float64]

_ROUNDING = 1e-9
"""Scores and standard errors up to here are none."""
_TIE = 1e-6
"""Ratios that differ by less are equal: of right and wrong answers there are few different ones."""
CHUNK = 1 << 22
"""Numbers to hold at a time: 32 MB."""


class JointTest(NamedTuple):
    """Scores with their own intervals, and p-values for each and for all; float64 [scores].

    Attributes:
        found: the scores.
        error: their standard errors, by the jackknife.
        low: lower end of the interval of each by itself.
        high: upper end.
        p: of each by itself.
        adjusted: of the whole family (max-T).
    """

    found: Floats
    error: Floats
    low: Floats
    high: Floats
    p: Floats
    adjusted: Floats


class Standing(NamedTuple):
    """Where ratios of scores to their errors stand among those of the rounds of a bootstrap.

    Attributes:
        p: float64 [scores], of each by itself.
        adjusted: float64 [scores], of the whole family (max-T).
        quantile: float64 [scores], of the rounds' ratios of each score.
        joint_quantile: of the largest ratio of the family in each round.
    """

    p: Floats
    adjusted: Floats
    quantile: Floats
    joint_quantile: float


def stand_among_draws(ratios: Floats, drawn: Floats, confidence: float) -> Standing:
    """Compare |t| of some scores with |t*| of the rounds of a bootstrap.

    p is the share of rounds that reach what was found, which counts as a round more (Phipson and
    Smyth 2010, Statistical Applications in Genetics and Molecular Biology 9, article 39).

    Args:
        ratios: [scores], |t|.
        drawn: [rounds, scores], |t*|.
        confidence: of the quantiles.
    """
    seen, rounds = ratios - _TIE, len(drawn)
    largest = np.sort(drawn.max(axis=1))
    return Standing(
        (1 + (drawn >= seen).sum(axis=0)) / (1 + rounds),
        (1 + rounds - np.searchsorted(largest, seen)) / (1 + rounds),
        np.quantile(drawn, confidence, axis=0, method="higher"),
        float(np.quantile(largest, confidence, method="higher")),
    )


def assess_jointly(
    found: Floats,
    without: Floats,
    rests: NDArray[np.bool_],
    counts: NDArray[np.integer],
    confidence: float = 0.95,
) -> JointTest:
    """Test scores against zero by a bootstrap of the jackknife's influences.

    With I_q = (n - 1)(mean - t_(q)) the influence of question q, a score varies to first order like
    the mean of I over its n questions, and t = score / sqrt(sum I^2 / (n (n - 1))). Each round
    draws the questions again, the same for all scores, and gives t* = mean* / (error of mean*); p
    is the share of rounds with |t*| >= |t|, adjusted the share whose largest |t*| of the family
    reaches |t| (single step max-T, Westfall and Young 1993, Resampling-based multiple testing,
    section 2.6; studentised: Romano and Wolf 2005, Econometrica 73, p. 1237). The interval is
    score -/+ quantile of |t*| times error (the symmetric bootstrap-t: Hall 1988, Journal of the
    Royal Statistical Society B 50, p. 35). Few questions leave the errors uncertain too: this takes
    it into account, a bootstrap that is not studentised does not.

    Args:
        found: [scores].
        without: [questions, scores], the scores without each question.
        rests: [questions, scores], whether the score rests on the question.
        counts: [rounds, questions], how often each question is drawn in each round.
        confidence: of each interval.

    Returns:
        NaN where a score has no error, unless it is zero without one: then it is certainly zero.
    """
    scores = np.asarray(found, np.float64)
    error, influence = _influences(np.asarray(without, np.float64), rests)
    varies = (error > _ROUNDING) & ~np.isnan(scores)
    nothing = (error <= _ROUNDING) & (np.abs(scores) <= _ROUNDING)
    reach = np.where(nothing, 0.0, np.nan)
    p, adjusted = np.where(nothing, 1.0, np.nan), np.where(nothing, 1.0, np.nan)
    if varies.any():
        scale = error[varies]
        drawn = _drawn_ratios(influence[:, varies], rests[:, varies], counts)
        standing = stand_among_draws(np.abs(scores[varies]) / scale, drawn, confidence)
        reach[varies] = scale * standing.quantile
        p[varies], adjusted[varies] = standing.p, standing.adjusted
    return JointTest(scores, error, scores - reach, scores + reach, p, adjusted)


def _influences(without: Floats, rests: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Give errors [scores] and influences [questions, scores], 0 where a score does not rest."""
    error = np.full(without.shape[1], np.nan)
    influence = np.zeros(without.shape)
    for column, kept in enumerate(rests.T):
        own = without[kept, column]
        if len(own) > 1 and not np.isnan(own).any():
            error[column] = deletion_error(own)
            influence[kept, column] = jackknife_influence(own)
    return error, influence


def _drawn_ratios(
    influence: Floats, rests: NDArray[np.bool_], counts: NDArray[np.integer]
) -> Floats:
    """Give |t*| of every round and score, float64 [rounds, scores]; infinite without an error."""
    found = np.empty((len(counts), influence.shape[1]))
    squares, among = np.square(influence), rests.astype(np.float64)
    size = max(1, CHUNK // max(influence.shape))
    for start in range(0, len(counts), size):
        drawn = counts[start : start + size].astype(np.float64)
        n = np.maximum(drawn @ among, 2.0)
        mean = drawn @ influence / n
        variance = np.maximum(drawn @ squares / n - np.square(mean), 0)
        error = np.sqrt(variance / (n - 1))
        ratio = np.divide(
            np.abs(mean), error, out=np.full_like(mean, np.inf), where=error > _ROUNDING
        )
        found[start : start + size] = ratio
    return found
