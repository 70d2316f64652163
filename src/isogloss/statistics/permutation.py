"""Permutation tests of many correlations at once, with one permutation for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

NO_FAMILY = -1
TOLERANCE = 1e-9
"""Correlations that differ by less are equal: sums in another order differ by rounding."""
CHUNK = 1 << 20
"""Correlations to hold at a time: 8 MB."""


class PermutationTest(NamedTuple):
    """Two-sided p-values of the correlations of a block.

    Attributes:
        p: float64 [outcomes, predictors], each for itself.
        adjusted: float64 [outcomes, predictors], for all of its family (max-T); NaN without one.
    """

    p: Floats
    adjusted: Floats


@dataclass(frozen=True)
class Block:
    """Predictors and outcomes that are correlated each with each, such as those of one model.

    Attributes:
        predictors: float64 [predictors, n] from `correlation.directions`; NaN is no test.
        outcomes: float64 [outcomes, n], likewise.
        basis: float64 [n, 1 + k] from `correlation.design_basis`.
        families: [outcomes, predictors], number of the family that a correlation is adjusted in;
            `NO_FAMILY` for none.
    """

    predictors: Floats
    outcomes: Floats
    basis: Floats
    families: Integers

    def correlations(self, order: NDArray[np.integer]) -> Floats:
        """Correlate predictors with outcomes whose units are permuted.

        With covariates it is the residuals of the outcomes that are permuted and made residuals
        anew: M e_p = e_p - Q Q' e_p (Freedman and Lane 1983, Journal of Business & Economic
        Statistics 1, p. 292), correlated with the residuals of the predictors.

        Args:
            order: [permutations, n].

        Returns:
            float64 [outcomes, permutations, predictors].
        """
        moved = np.take(np.nan_to_num(self.outcomes), order.astype(np.intp), axis=1)
        # laid out along the units, which the matrix product reads twice as fast
        found: Floats = moved @ np.ascontiguousarray(np.nan_to_num(self.predictors).T)
        if self.basis.shape[1] > 1:
            left = 1 - np.square(moved @ self.basis).sum(axis=-1, keepdims=True)
            usable = left > TOLERANCE
            np.divide(found, np.sqrt(left, where=usable, out=np.ones_like(left)), out=found)
            found *= usable
        return found


def label_permutations(
    n: int, exact_up_to: int, draws: int, generator: np.random.Generator
) -> NDArray[np.int16]:
    """Permute n labels: in all n! ways for few of them, else in ways drawn at random.

    The first is always the order as it is. So the share of permutations that do at least as well
    as it is an exact p-value, be they all or drawn (Phipson and Smyth 2010, Statistical
    Applications in Genetics and Molecular Biology 9, article 39).

    Args:
        n: labels.
        exact_up_to: the largest n of which all permutations are taken.
        draws: to take otherwise.
        generator: the source of randomness.

    Returns:
        int16 [n! or 1 + draws, n].
    """
    labels = np.arange(n, dtype=np.int16)
    if n <= exact_up_to:
        return np.array(list(permutations(labels)), np.int16).reshape(-1, n)
    drawn = generator.permuted(np.tile(labels, (draws, 1)), axis=1)
    return np.concatenate([labels[None, :], drawn])


def compare_with_permutations(
    blocks: Sequence[Block], orders: NDArray[np.integer]
) -> list[PermutationTest]:
    """Test all correlations of some blocks on the same units by permuting the units' labels.

    The null hypothesis is that any assignment of outcomes to units would have been as likely. A
    permutation is the same for all blocks, predictors and outcomes, so that what they have in
    common stays. p is the share of permutations in which |r| is at least as large. It is adjusted
    by the largest |r| of the family in each permutation, single step (Westfall and Young 1993,
    Resampling-based multiple testing, section 2.6; all r of n units have the same variance
    1 / (n - 1) under permutation).

    Args:
        blocks: on the same n units.
        orders: [permutations, n] from `label_permutations`.

    Returns:
        One test a block.
    """
    observed = [np.abs(block.correlations(orders[:1]))[:, 0] - TOLERANCE for block in blocks]
    own = [np.zeros(block.families.shape, np.int64) for block in blocks]
    largest = [np.zeros(block.families.shape, np.int64) for block in blocks]
    families = np.unique(np.concatenate([block.families.ravel() for block in blocks]))
    families = families[families != NO_FAMILY]
    for chunk in _chunks(blocks, len(families), len(orders)):
        top = np.zeros((len(families), len(orders[chunk])))
        for number, block in enumerate(blocks):
            found = np.abs(block.correlations(orders[chunk]))
            own[number] += (found >= observed[number][:, None]).sum(axis=1)
            _raise_largest(top, found, block.families, families)
        top.sort(axis=1)
        for block, seen, count in zip(blocks, observed, largest, strict=True):
            _count_reached(count, seen, top, block.families, families)
    return [
        _p_values(block, alone, joint, len(orders))
        for block, alone, joint in zip(blocks, own, largest, strict=True)
    ]


def _chunks(blocks: Sequence[Block], families: int, permutations: int) -> Iterator[slice]:
    widest = max(
        len(block.outcomes) * max(block.outcomes.shape[1], len(block.predictors))
        for block in blocks
    )
    size = max(1, CHUNK // max(widest, families))
    for start in range(0, permutations, size):
        yield slice(start, start + size)


def _raise_largest(top: Floats, found: Floats, families: Integers, numbers: Integers) -> None:
    """Raise the largest correlation of each family in each permutation, in place."""
    for row, number in enumerate(numbers):
        members = families == number
        if members.all():
            np.maximum(top[row], found.max(axis=(0, 2)), out=top[row])
            continue
        for outcome in np.flatnonzero(members.any(axis=1)):
            chosen = found[outcome][:, members[outcome]]
            np.maximum(top[row], chosen.max(axis=1), out=top[row])


def _count_reached(
    count: NDArray[np.int64], seen: Floats, top: Floats, families: Integers, numbers: Integers
) -> None:
    """Count the permutations whose largest correlation reaches the one seen, in place."""
    for row, number in enumerate(numbers):
        members = families == number
        below = np.searchsorted(top[row], seen[members], side="left")
        count[members] += top.shape[1] - below


def _p_values(
    block: Block, own: NDArray[np.int64], largest: NDArray[np.int64], permutations: int
) -> PermutationTest:
    undefined = np.isnan(block.outcomes[:, :1]) | np.isnan(block.predictors[:, :1]).T
    untested = undefined | (block.families == NO_FAMILY)
    return PermutationTest(
        np.where(undefined, np.nan, own / permutations),
        np.where(untested, np.nan, largest / permutations),
    )


def adjust_across_sets(p_values: ArrayLike, sets: ArrayLike) -> Floats:
    """Adjust p-values that are adjusted within sets of tests for there being several sets.

    Holm's step down with sets in place of tests: going up from the smallest p, each is multiplied
    by the number of sets that still have a test left, and never falls below the one before. When a
    true null hypothesis is first rejected, all sets that have one are still there; each errs with
    at most its share of alpha. Sets of one test each give Holm's adjustment, a single set leaves
    p as it is.

    Args:
        p_values: [tests], adjusted within their set; NaN stays NaN and is no test.
        sets: [tests], what set each belongs to.

    Returns:
        float64 [tests].
    """
    given = np.asarray(p_values, np.float64)
    adjusted = np.full(given.shape, np.nan)
    tests = np.flatnonzero(~np.isnan(given))
    order = tests[np.argsort(given[tests], kind="stable")]
    _, members = np.unique(np.asarray(sets)[order], return_inverse=True)
    last = np.zeros(members.max(initial=-1) + 1, np.int64)
    last[members] = np.arange(len(order))
    left = len(last) - np.searchsorted(np.sort(last), np.arange(len(order)), side="left")
    adjusted[order] = np.minimum(np.maximum.accumulate(left * given[order]), 1.0)
    return adjusted
