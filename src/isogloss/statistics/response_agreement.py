"""How much alike distinct responses to the same question are: correlations over pairs of responses.

All sums over pairs have closed forms, so that no pairs are ever listed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

CONSTANT = 1e-12
"""Responses whose variance is no larger are all the same."""


class Moments(NamedTuple):
    """What the pairs of responses to each question have on average; float64 [questions].

    Attributes:
        mean_a: of the first responses of the pairs.
        mean_b: of the second ones.
        square_a: mean square of the first ones.
        square_b: mean square of the second ones.
        product: mean product of the two of a pair.
        pairs: how many pairs there are; the others are NaN where there are none.
    """

    mean_a: Floats
    mean_b: Floats
    square_a: Floats
    square_b: Floats
    product: Floats
    pairs: Floats


def distinct_pairs(
    scores: ArrayLike, questions: ArrayLike, units: ArrayLike, n_questions: int
) -> Moments:
    """Take all ordered pairs of responses to the same question that come from different units.

    With S the sum of all m responses x to a question and S_u that of the m_u responses of a unit,
    the products of pairs of different units sum to S^2 - sum_u S_u^2; a response is in m - m_u
    pairs as the first one, and in as many as the second.
    With units of one response each, these are the pairs of distinct responses.

    Args:
        scores: [responses], without gaps.
        questions: [responses], number of each response's question.
        units: [responses], labels, such as the prompt; equal labels at two questions are two units.
        n_questions: how many questions there are.
    """
    x, question = np.asarray(scores, np.float64), np.asarray(questions, np.intp)
    labels = np.unique(np.asarray(units), return_inverse=True)[1]
    _, unit = np.unique(question * (labels.max(initial=0) + 1) + labels, return_inverse=True)
    of_unit = np.zeros(unit.max(initial=-1) + 1, np.intp)
    of_unit[unit] = question
    size = _sum(question, np.ones(len(x)), n_questions)
    partners = size[question] - np.bincount(unit)[unit]
    pairs = _sum(question, partners, n_questions)
    own = _sum(of_unit, np.square(_sum(unit, x, len(of_unit))), n_questions)
    mean = _ratio(_sum(question, partners * x, n_questions), pairs)
    square = _ratio(_sum(question, partners * x * x, n_questions), pairs)
    product = _ratio(np.square(_sum(question, x, n_questions)) - own, pairs)
    return Moments(mean, mean, square, square, product, pairs)


def crossed_pairs(
    first: tuple[ArrayLike, ArrayLike], second: tuple[ArrayLike, ArrayLike], n_questions: int
) -> Moments:
    """Take all pairs of a response of one set with one of another to the same question.

    Args:
        first: scores [responses] and numbers of their questions.
        second: the same of the other set, such as that of another language.
        n_questions: how many questions there are.
    """
    size_a, mean_a, square_a = _means(*first, n_questions)
    size_b, mean_b, square_b = _means(*second, n_questions)
    pairs = size_a * size_b
    gap = np.where(pairs > 0, 0.0, np.nan)
    return Moments(
        mean_a + gap, mean_b + gap, square_a + gap, square_b + gap, mean_a * mean_b, pairs
    )


def pair_correlation(moments: Moments, weights: ArrayLike) -> Floats:
    """Correlate the two responses of a pair (Pearson), each question's pairs weighing alike.

    r = (mean of products - m_a m_b) / sqrt((s_a - m_a^2)(s_b - m_b^2)) with all means over
    questions. For pairs of distinct responses with equal numbers of them, this is the intraclass
    correlation (Fisher 1925, Statistical methods for research workers, section 38).

    Args:
        moments: of the questions, without gaps.
        weights: [rounds, questions], how often each question counts.

    Returns:
        float64 [rounds]; NaN where all responses are the same.
    """
    counts = np.asarray(weights, np.float64)
    shares = counts / counts.sum(axis=1, keepdims=True)
    a, b = shares @ moments.mean_a, shares @ moments.mean_b
    spread = (shares @ moments.square_a - a**2) * (shares @ moments.square_b - b**2)
    varies = spread > CONSTANT**2
    scale = np.sqrt(spread, where=varies, out=np.ones_like(spread))
    found = (shares @ moments.product - a * b) / scale
    return np.where(varies, np.clip(found, -1, 1), np.nan)


def sampled_groups(scores: ArrayLike, variances: ArrayLike) -> Moments:
    """Give what pairs of groups of respondents have who are drawn at random from a country.

    Two groups are independent given the question, so that the mean of their products is p^2, and
    the mean square of one is p^2 + v.

    Args:
        scores: [questions], the country's pro scores p.
        variances: [questions], the sampling variance v of the score of one group.
    """
    p, v = np.asarray(scores, np.float64), np.asarray(variances, np.float64)
    square = np.square(p) + v
    return Moments(p, p, square, square, np.square(p), np.full(p.shape, np.inf))


def _means(scores: ArrayLike, questions: ArrayLike, n: int) -> tuple[Floats, Floats, Floats]:
    """Give the number of responses to each question, their mean and their mean square."""
    x, question = np.asarray(scores, np.float64), np.asarray(questions, np.intp)
    size = _sum(question, np.ones(len(x)), n)
    return size, _ratio(_sum(question, x, n), size), _ratio(_sum(question, x * x, n), size)


def _sum(numbers: NDArray[np.intp], values: Floats, n: int) -> Floats:
    """Add values up by number, float64 [n]."""
    return np.bincount(numbers, values, n).astype(np.float64)


def _ratio(top: Floats, below: Floats) -> Floats:
    found = np.full(top.shape, np.nan)
    np.divide(top, below, out=found, where=below > 0)
    return found
