"""Confidence intervals of scores that are means over sentences, or nearly so.

Every interval here follows from *influences*: numbers, one a sentence, with mean zero, such that
the score moves like their mean when sentences are exchanged. The influences of a plain mean are the
centred values; those of other scores come from the delete-one jackknife
(Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 11).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]

_NOISE = 1e-14
"""Squared standard errors up to here are rounding, as of influences that cancel."""
_PERFECT = 1e-9
"""How far from 1 a correlation is perfect still, but for rounding."""
_FEW = 10
"""Sentences that must hit before their variation says how certain a share is."""
_MOST = 100
"""Times n: an effective number beyond that comes from influences that cancel."""


def jackknife_influence(leave_one_out: NDArray[np.floating]) -> Floats:
    """Turn the scores that remain when one sentence is deleted into influences.

    I_j = (n - 1) (mean_k theta_(-k) - theta_(-j)), so that the jackknife variance
    (n - 1)/n sum_j (theta_(-j) - mean_k theta_(-k))^2 equals sum_j I_j^2 / (n (n - 1))
    (Efron and Tibshirani 1993, equation 11.5).

    Args:
        leave_one_out: [..., n], the score without sentence j.

    Returns:
        float64 [..., n] with mean zero over the last axis.
    """
    scores = np.asarray(leave_one_out, dtype=np.float64)
    return np.asarray((scores.shape[-1] - 1) * (scores.mean(axis=-1, keepdims=True) - scores))


def mean_influence(outcomes: NDArray[np.generic]) -> Floats:
    """Give the influences of a mean over sentences: its centred values.

    Args:
        outcomes: [..., n], one value a sentence.
    """
    values = np.asarray(outcomes, dtype=np.float64)
    return np.asarray(values - values.mean(axis=-1, keepdims=True))


def two_way_influence(outcomes: NDArray[np.generic]) -> Floats:
    """Give the influences of a mean over ordered pairs i != j of sentences.

    Let w_j be the mean of all terms in which sentence j takes part, as first or as second member.
    The score is theta = mean_j w_j, and without sentence j it is (n theta - 2 w_j) / (n - 2); the
    influence of the jackknife is therefore 2 (n - 1)/(n - 2) (w_j - theta).

    Args:
        outcomes: [..., n] the w_j; n > 2.
    """
    n = outcomes.shape[-1]
    return np.asarray(2 * (n - 1) / (n - 2) * mean_influence(outcomes))


def hit_influence(hits: NDArray[np.generic], rescues: NDArray[np.generic]) -> Floats:
    """Give the influences of a strict retrieval score when a deleted sentence also leaves the pool.

    With H hits among n sentences and r_j sentences that miss only because of sentence j, the score
    without sentence j is (H - h_j + r_j) / (n - 1); the influence of the jackknife is h_j - r_j,
    centred. A bootstrap would draw duplicates, which tie with each other and count as misses.

    Args:
        hits: [..., n] 0 or 1.
        rescues: [..., n] the r_j.
    """
    return mean_influence(np.asarray(hits, np.float64) - np.asarray(rescues, np.float64))


def standard_error(
    influence: NDArray[np.floating], excess: NDArray[np.floating] | float = 0.0
) -> Floats:
    """Give the standard error sqrt((sum_j I_j^2 / (n - 1) - excess) / n) of a score.

    The jackknife counts that part of the variance twice which belongs to pairs of sentences and
    not to single ones (Efron and Stein 1981, The jackknife estimate of variance, section 3). In a
    strict retrieval score these are the sentences that a single other one keeps from a hit: their
    share is what is counted too much. At least a quarter of the variance is kept.

    Args:
        influence: [..., n], centred.
        excess: [...], the part of the influences' variance that is counted too much.

    Returns:
        float64 [...]; NaN for fewer than two sentences.
    """
    values = np.asarray(influence, dtype=np.float64)
    n = values.shape[-1]
    if n < 2:
        return np.full(values.shape[:-1], np.nan)
    variance = np.einsum("...j,...j->...", values, values) / (n - 1)
    return np.asarray(np.sqrt(np.maximum(variance - excess, variance / 4) / n))


def student_interval(
    estimate: Floats, error: Floats, n: int, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Give estimate -/+ t standard errors, t from Student's distribution with n - 1 degrees.

    Args:
        estimate: any shape.
        error: standard errors, the same shape.
        n: sentences.
        confidence: coverage asked for.
    """
    if n < 2:
        missing = np.full(np.shape(estimate), np.nan)
        return missing, missing.copy()
    reach = float(scipy.stats.t.ppf((1 + confidence) / 2, n - 1)) * error
    return estimate - reach, estimate + reach


def p_of_interval(
    estimate: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    n: ArrayLike,
    confidence: ArrayLike = 0.95,
    null: float = 0.0,
) -> Floats:
    """Give the p that goes with intervals of `student_interval`: two-sided, against a value.

    It is at most 1 - confidence exactly where the interval excludes the value.

    Args:
        estimate: [estimates].
        low: [estimates], lower limits.
        high: [estimates], upper limits; the wider side counts where an end was cut off.
        n: [estimates], units, one more than the degrees of freedom.
        confidence: of the intervals.
        null: the value.

    Returns:
        float64 [estimates]; NaN without an interval, or of one without width.
    """
    value = np.asarray(estimate, np.float64)
    reach = np.maximum(value - np.asarray(low, np.float64), np.asarray(high, np.float64) - value)
    degrees = np.maximum(np.asarray(n, np.float64) - 1, 1)
    error = reach / scipy.stats.t.ppf((1 + np.asarray(confidence, np.float64)) / 2, degrees)
    known = np.isfinite(error) & (error > 0)
    ratio = np.abs(value - null) / np.where(known, error, 1.0)
    return np.asarray(np.where(known, 2 * scipy.stats.t.sf(ratio, degrees), np.nan))


def wilson_interval(
    proportion: Floats, n: Floats | int, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Give the score interval of a proportion (Wilson 1927, JASA 22, p. 209).

    (p + z^2/2n -/+ z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n)

    Args:
        proportion: any shape, 0..1.
        n: number of trials.
        confidence: coverage asked for.
    """
    return _score_interval(proportion, n, float(scipy.stats.norm.ppf((1 + confidence) / 2)))


def distinct_hits(outcomes: NDArray[np.floating]) -> Floats:
    """Count how many sentences a share of hits, or of misses, really rests on.

    (sum x)^2 / sum x^2 of the outcomes x, or of 1 - x where that is less: k if k sentences hit
    equally often and all others never.

    Args:
        outcomes: [..., n] in 0..1.

    Returns:
        float64 [...]; 0 where all sentences agree.
    """
    found = []
    for values in (outcomes, 1 - outcomes):
        total, squares = values.sum(axis=-1), np.square(values).sum(axis=-1)
        found.append(np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0))
    return np.asarray(np.minimum(*found))


def proportion_interval(
    estimate: Floats,
    error: Floats,
    n: int,
    confidence: float = 0.95,
    hitting: Floats | None = None,
    few: int = _FEW,
) -> tuple[Floats, Floats]:
    """Give the interval of a score in 0..1: Wilson's with the effective number of sentences.

    That number is p (1 - p) / error^2, so that the interval has the standard error asked for, stays
    within 0 and 1 and is lopsided near them (Korn and Graubard 1998, Survey Methodology 24, p. 193,
    with Wilson's interval, and Student's t with n - 1 degrees for z). At 0 and 1, where all
    sentences agree and no jackknife can see how much they might differ, it is n.

    A share of hits that rests on a few sentences is no better known: of the advantage over n, as of
    a mean over many layers, only the part (k - few)/k is granted for k hitting sentences, and none
    for `few` or less. So one hit does not make a score more certain than none.

    Args:
        estimate: any shape, 0..1.
        error: standard errors, the same shape.
        n: sentences.
        confidence: coverage asked for.
        hitting: the k, from `distinct_hits`; None for scores that are no shares of hits.
        few: sentences that must hit before their variation says how certain a share is.
    """
    if n < 2:
        return student_interval(estimate, error, n, confidence)
    p = np.clip(np.asarray(estimate, dtype=np.float64), 0, 1)
    spread, variance = p * (1 - p), np.square(error)
    effective = np.divide(spread, variance, out=np.full(p.shape, np.inf), where=variance > _NOISE)
    if hitting is not None:
        granted = np.clip(1 - few / np.maximum(hitting, few), 0, 1)
        advantage = np.minimum(effective, _MOST * n) - n
        effective = n + np.where(advantage > 0, granted * advantage, advantage)
    effective = np.where(spread > 0, effective, n)
    effective[np.isnan(error)] = np.nan
    return _score_interval(p, effective, float(scipy.stats.t.ppf((1 + confidence) / 2, n - 1)))


def fisher_interval(
    estimate: Floats, error: Floats, n: int, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Give the interval of a score in -1..1, such as a cosine: Student's on Fisher's scale.

    tanh(atanh(r) -/+ t error / (1 - r^2)) (Fisher 1921, Metron 1, with the standard error carried
    over by the delta method), which stays within -1 and 1. At these ends the interval is a point.

    Args:
        estimate: any shape, -1..1.
        error: standard errors, the same shape.
        n: sentences.
        confidence: coverage asked for.
    """
    inside = np.square(estimate) < 1
    within = np.where(inside, estimate, 0.0)
    low, high = student_interval(np.arctanh(within), error / (1 - np.square(within)), n, confidence)
    ends = np.clip(estimate, -1, 1)
    return np.where(inside, np.tanh(low), ends), np.where(inside, np.tanh(high), ends)


def correlation_interval(
    estimate: Floats, error: Floats, n: int, confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Give Fisher's interval of a correlation; NaN where it is perfect.

    Few pairs can be in a line by chance, and a perfect correlation shows no error: the point 1 to 1
    would promise a certainty that nothing supports.

    Args:
        estimate: any shape, -1..1.
        error: standard errors, the same shape.
        n: units.
        confidence: coverage asked for.
    """
    seen = np.where(np.abs(estimate) < 1 - _PERFECT, estimate, np.nan)
    return fisher_interval(seen, error, n, confidence)


def pool_influences(parts: Sequence[tuple[Sequence[str], Floats]]) -> Floats:
    """Put influences of several samples together, sentence by sentence.

    The score is the mean over samples. A sentence that is in several samples moves all of them, so
    with S samples of n_s sentences among N different ones its influence is
    N/S sum_s I_s / n_s over the samples that hold it; for one sample this is I itself.

    Args:
        parts: for each sample the ids of its sentences and the influences [cells, n_s].

    Returns:
        float64 [cells, N], sentences in order of first appearance.
    """
    place: dict[str, int] = {}
    for identifiers, _ in parts:
        for identifier in identifiers:
            place.setdefault(identifier, len(place))
    total = np.zeros((parts[0][1].shape[0], len(place)))
    for identifiers, influence in parts:
        columns = [place[identifier] for identifier in identifiers]
        total[:, columns] += influence / len(identifiers)
    return total * len(place) / len(parts)


def _score_interval(proportion: Floats, n: Floats | int, quantile: float) -> tuple[Floats, Floats]:
    p, share = np.asarray(proportion, dtype=np.float64), quantile**2 / np.asarray(n, np.float64)
    centre = (p + share / 2) / (1 + share)
    reach = np.sqrt(p * (1 - p) * share + share**2 / 4) / (1 + share)
    return np.clip(centre - reach, 0, p), np.clip(centre + reach, p, 1)
