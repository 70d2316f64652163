"""Scores of classifiers on one test set, as they are and in every round of a bootstrap."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import scipy
from numpy.typing import NDArray

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Floats = NDArray[np.float64]


class Discordance(NamedTuple):
    """How often one of two classifiers alone is right, and what that says."""

    first_only: int
    second_only: int
    p: float


def macro_f1(predicted: ArrayLike, gold: ArrayLike, weights: ArrayLike) -> Floats:
    """Give the mean over the classes of F1 = 2 TP / (predicted + actual), for weighted items.

    The mean of the classes' F1, not the F1 of mean precision and recall (Opitz and Burst 2019,
    arXiv:1911.03347). Classes that no item has are left out: nothing can be found of them.

    Args:
        predicted: [classifiers, items], class of each item.
        gold: [items], its right class, 0 or more.
        weights: [rounds, items], how much each item counts.

    Returns:
        float64 [classifiers, rounds]; NaN in rounds in which no item counts.
    """
    answers, right = np.asarray(predicted), np.asarray(gold)
    parts = np.asarray(weights, np.float64)
    classes = np.unique(right)
    is_gold = (right[:, None] == classes).astype(np.float64)
    actual = parts @ is_gold
    there = actual > 0
    found = np.full((len(answers), len(parts)), np.nan)
    for row, own in enumerate(answers):
        is_predicted = (own[:, None] == classes).astype(np.float64)
        hits, total = parts @ (is_gold * is_predicted), parts @ is_predicted + actual
        f1 = np.divide(2 * hits, total, out=np.zeros_like(hits), where=there)
        np.divide(f1.sum(axis=1), there.sum(axis=1), out=found[row], where=there.any(axis=1))
    return found


def compare_right_answers(first: ArrayLike, second: ArrayLike) -> Discordance:
    """Test whether two classifiers are right equally often (McNemar's test, exact, two-sided).

    Of the items on which only one of them is right, each is as likely to be (McNemar 1947,
    Psychometrika 12, p. 153): a binomial test of 1/2.

    Args:
        first: [items], whether the first is right.
        second: [items], whether the second is.
    """
    one, two = np.asarray(first, bool), np.asarray(second, bool)
    alone, other = int((one & ~two).sum()), int((two & ~one).sum())
    p = float(scipy.stats.binomtest(alone, alone + other).pvalue) if alone + other else 1.0
    return Discordance(alone, other, p)
