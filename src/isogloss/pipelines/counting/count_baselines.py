"""What can be scored without counting the members of the category that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

MODEL, UNIFORM, CONSTANT, LENGTH = "model", "uniform", "constant", "length"
LARGEST_GROUP = "largest_group"
ACCURACY, WITHIN_1, MAE, BIAS, BRIER = "accuracy", "within_1", "mae", "bias", "brier"
Outcomes = dict[str, Floats]
"""Metric -> value of every list; NaN where a list has none."""


def compare_answers(answers: Floats, counts: Integers, largest: int) -> Outcomes:
    """Compare answers with counts.

    Args:
        answers: [lists]; NaN where there is none, which is not right, and has no distance.
        counts: [lists], the right ones.
        largest: answers beyond it are as far off as it is, so that one of 100 does not decide all.
    """
    missing = np.isnan(answers)
    apart = np.abs(answers - counts)
    distance = np.minimum(answers, largest) - counts
    return {
        ACCURACY: np.where(missing, 0.0, apart == 0).astype(np.float64),
        WITHIN_1: np.where(missing, 0.0, apart <= 1).astype(np.float64),
        MAE: np.abs(distance),
        BIAS: distance,
    }


def guess_uniformly(counts: Integers) -> Outcomes:
    """Give what guessing scores on average, if every count that occurs is equally likely.

    That is who knows which counts there are, and no list. Its probabilities are even, so that
    their Brier score is 1 - 1/k of k counts.

    Args:
        counts: [lists], the right ones.
    """
    present = np.unique(counts)
    every = [_answer_all(counts, int(number), int(present.max())) for number in present]
    means = {metric: np.mean([one[metric] for one in every], axis=0) for metric in every[0]}
    return {**means, BRIER: np.full(len(counts), 1 - 1 / len(present))}


def answer_constantly(counts: Integers, largest: int) -> Outcomes:
    """Give what the best constant answer scores, chosen anew for each metric on these very lists.

    That is an oracle: nobody who has to choose beforehand does better. Of equally good numbers the
    smallest is taken. No constant is best for the bias, which is left out.

    Args:
        counts: [lists], the right ones.
        largest: of the numbers.
    """
    every = [_answer_all(counts, number, largest) for number in range(largest + 1)]
    return {
        ACCURACY: max((one[ACCURACY] for one in every), key=np.mean),
        WITHIN_1: max((one[WITHIN_1] for one in every), key=np.mean),
        MAE: min((one[MAE] for one in every), key=np.mean),
    }


def answer_by_length(
    counts: Integers, lengths: Integers, categories: NDArray[np.str_], largest: int
) -> Outcomes:
    """Give what rounding a straight line through the lengths of lists scores.

    The line is fitted by least squares to the lists of all other categories; with one category
    there is nothing to fit it to.

    Args:
        counts: [lists], the right ones.
        lengths: [lists], numbers of words.
        categories: [lists], that are asked for.
        largest: that is answered.
    """
    answers = np.full(len(counts), np.nan)
    for category in np.unique(categories):
        own = categories == category
        if (~own).sum() > 1:
            answers[own] = _line(lengths[~own], counts[~own], lengths[own])
    found = np.clip(np.round(answers), 0, largest)
    return {} if np.isnan(found).any() else compare_answers(found, counts, largest)


def _line(x: Integers, y: Integers, asked: Integers) -> Floats:
    centred = x - x.mean()
    spread = float(centred @ centred)
    slope = float(centred @ y) / spread if spread else 0.0
    return np.asarray(y.mean() + slope * (asked - x.mean()), np.float64)


def _answer_all(counts: Integers, number: int, largest: int) -> Outcomes:
    return compare_answers(np.full(len(counts), float(number)), counts, largest)


def list_baselines(
    counts: Integers,
    lengths: Integers,
    categories: NDArray[np.str_],
    groups: Floats,
    largest: int,
) -> Mapping[str, Outcomes]:
    """Give all baselines by name: uniform, constant, length and largest_group.

    The last one answers with the size of the largest group of words of one kind, whichever
    category is asked for; it is left out unless all lists say which kinds their words are of.

    Args:
        counts: [lists], the right ones.
        lengths: [lists], numbers of words.
        categories: [lists], that are asked for.
        groups: [lists], words of the largest group; NaN where that is not known.
        largest: of the numbers that may be answered.
    """
    unknown = np.isnan(groups).any()
    return {
        UNIFORM: guess_uniformly(counts),
        CONSTANT: answer_constantly(counts, largest),
        LENGTH: answer_by_length(counts, lengths, categories, largest),
        LARGEST_GROUP: {} if unknown else compare_answers(groups, counts, largest),
    }
