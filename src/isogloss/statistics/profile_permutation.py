"""What agreement a profile would have if its own answers stood at other questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from isogloss.statistics.profile_agreement import CHUNK, in_chunks
from isogloss.statistics.weighted_correlation import (
    CERTAIN,
    partial_correlation,
    unit_profiles,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]


class Permuted(NamedTuple):
    """Agreement of permuted profiles; float64 [permutations, profiles, groups].

    Attributes:
        overall: with each group.
        normative: with the mean of the other groups.
        distinctive: given that mean.
        tested: what the distinctive part is compared with in a test.
    """

    overall: Floats
    normative: Floats
    distinctive: Floats
    tested: Floats


def permutation_keys(questions: int, rounds: int, generator: np.random.Generator) -> Floats:
    """Draw one random number a question and permutation; sorting them orders any of the questions.

    So profiles that have other questions still share permutations of those in common.

    Args:
        questions: how many there are in all.
        rounds: permutations to draw, besides the order as it is, which is the first.
        generator: the source of randomness.

    Returns:
        float64 [1 + rounds, questions] in 0..1.
    """
    drawn = generator.random((rounds, questions))
    return np.concatenate([np.arange(questions)[None] / questions, drawn])


def restricted_orders(keys: Floats, strata: ArrayLike | None = None) -> Integers:
    """Turn random numbers into permutations that keep every question within its stratum.

    Args:
        keys: [permutations, questions] of `permutation_keys`, for the questions at hand.
        strata: [questions], labels; None for a single stratum.

    Returns:
        int [permutations, questions]: whose answer is put at each question.
    """
    labels = np.zeros(keys.shape[1], np.intp) if strata is None else np.asarray(strata)
    _, numbers = np.unique(labels, return_inverse=True)
    places = np.argsort(numbers, kind="stable")
    orders = np.empty(keys.shape, np.intp)
    orders[:, places] = np.argsort(2 * numbers + keys, axis=1, kind="stable")
    return orders


def permuted_correlations(
    profiles: ArrayLike,
    groups: ArrayLike,
    others: ArrayLike | None,
    orders: Integers,
    *,
    ranked: bool,
) -> Permuted:
    """Correlate permuted profiles with groups; see `profile_agreement.correlate_profiles`.

    The distinctive part is tested by permuting what the mean of the others leaves of the profile,
    made a residual anew in each permutation: correlations of M e_p with M c (Freedman and Lane
    1983, Journal of Business & Economic Statistics 1, p. 292). Permuting the answers themselves
    would also undo their relation to the mean of the others.

    Args:
        profiles: [profiles, questions], without gaps.
        groups: [groups, questions].
        others: [groups, questions]; None without others.
        orders: [permutations, questions] of `restricted_orders`.
        ranked: Spearman's rho; else Pearson's r.
    """
    once = np.ones((1, orders.shape[1]))
    mine = unit_profiles(profiles, once, ranked=ranked)[0]
    group = unit_profiles(groups, once, ranked=ranked)[0]
    mean = None if others is None else unit_profiles(others, once, ranked=ranked)[0]

    def permute(order: Integers) -> Permuted:
        moved = np.swapaxes(mine[:, order], 0, 1)
        overall = moved @ group.T
        if mean is None:
            none = np.full_like(overall, np.nan)
            return Permuted(overall, none, none, none)
        normative = moved @ mean.T
        shared = np.broadcast_to((group * mean).sum(axis=1), overall.shape)
        raw = partial_correlation(overall, normative, shared)
        tested = _residual_correlations(mine, group, mean, order, overall, normative)
        return Permuted(overall, normative, raw, tested)

    width = mine.size + 4 * len(mine) * len(group)
    return Permuted(*in_chunks(permute, orders, width))


def _residual_correlations(
    mine: Floats, group: Floats, mean: Floats, order: Integers, overall: Floats, normative: Floats
) -> Floats:
    """Correlate permuted residuals given `mean`, made residuals anew, with those of the groups."""
    direct, shared = mine @ mean.T, (group * mean).sum(axis=1)
    theirs = group - shared[:, None] * mean
    size = np.sqrt(np.maximum(1 - np.square(shared), 0))
    moved_mean = mean[:, order]
    crossed = (moved_mean * theirs[:, None]).sum(axis=-1).T[:, None, :]
    turned = (moved_mean * mean[:, None]).sum(axis=-1).T[:, None, :]
    product = (overall - shared * normative) - direct * crossed
    left = 1 - np.square(direct) - np.square(normative - direct * turned)
    usable = (left > CERTAIN) & (size > CERTAIN)
    scale = np.sqrt(left, where=usable, out=np.ones_like(left)) * size
    found: Floats = np.full_like(product, np.nan)
    np.divide(product, scale, out=found, where=usable)
    return found


def permuted_similarities(pairs: Floats, orders: Integers) -> Floats:
    """Average similarity over questions with a profile's answers permuted.

    Args:
        pairs: [groups, questions, questions], similarity of the profile's answer to the first
            question and the group's to the second.
        orders: [permutations, questions].

    Returns:
        float64 [permutations, groups].
    """
    questions = np.arange(orders.shape[1])
    found = np.empty((len(orders), len(pairs)))
    size = max(1, CHUNK // max(pairs.shape[0] * pairs.shape[1], 1))
    for start in range(0, len(orders), size):
        order = orders[start : start + size]
        found[start : start + size] = pairs[:, order, questions].mean(axis=-1).T
    return found
