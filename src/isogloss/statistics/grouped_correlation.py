"""Correlations in many cells at once, from how often observations are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isogloss.statistics.profile_agreement import in_chunks

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

CONSTANT = 1e-12
"""A variance per pair up to here is none."""


@dataclass(frozen=True)
class GroupedValues:
    """Values of observations, sorted by cell: runs of equal values of a cell share their rank.

    Attributes:
        order: int [observations], sorts them by cell and value.
        runs: int [observations], number of each observation's run of equal values.
        starts: int [runs], where each run starts in the sorted observations.
        cells: int [runs], number of each run's cell.
        firsts: int [cells], number of each cell's first run.
    """

    order: Integers
    runs: Integers
    starts: Integers
    cells: Integers
    firsts: Integers

    @classmethod
    def of(cls, cells: ArrayLike, values: ArrayLike) -> GroupedValues:
        """Sort observations [observations] whose cells are numbered from 0 without gaps."""
        cell, value = np.asarray(cells, np.intp), np.asarray(values, np.float64)
        order = np.lexsort((value, cell))
        sorted_cells, sorted_values = cell[order], value[order]
        new_cell = np.diff(sorted_cells, prepend=-1) != 0
        new = new_cell | (np.diff(sorted_values, prepend=np.nan) != 0)
        runs = np.empty(len(order), np.intp)
        runs[order] = np.cumsum(new) - 1
        starts = np.flatnonzero(new)
        return cls(order, runs, starts, sorted_cells[starts], np.flatnonzero(new_cell[starts]))

    def mid_ranks(self, counts: Floats) -> Floats:
        """Rank every observation within its cell, less 1/2, counting it as often as it is drawn.

        Args:
            counts: [rounds, observations].

        Returns:
            float64 [rounds, observations].
        """
        drawn = np.add.reduceat(counts[:, self.order], self.starts, axis=1)
        through = np.cumsum(drawn, axis=1)
        before = np.concatenate([np.zeros((len(counts), 1)), through], axis=1)[:, self.firsts]
        middle = through - drawn / 2 - before[:, self.cells]
        return np.asarray(middle[:, self.runs])


@dataclass(frozen=True)
class Totals:
    """Adds observations up by group, whatever their order; see `of`."""

    order: Integers
    starts: Integers

    @classmethod
    def of(cls, groups: Integers) -> Totals:
        """Sort observations [observations] whose groups are numbered from 0 without gaps."""
        order = np.argsort(groups, kind="stable")
        return cls(order, np.flatnonzero(np.diff(groups[order], prepend=-1)))

    def add(self, values: Floats) -> Floats:
        """Add up [rounds, observations] to [rounds, groups]."""
        return np.asarray(np.add.reduceat(values[:, self.order], self.starts, axis=1))


def grouped_spearman(
    cells: ArrayLike, first: ArrayLike, second: ArrayLike, counts: ArrayLike
) -> Floats:
    """Give Spearman's rho of two variables in every cell and round.

    Pearson's correlation of mid-ranks in which every observation counts as often as it is drawn.

    Args:
        cells: [observations], number of each one's cell, from 0 without gaps.
        first: [observations], one variable.
        second: [observations], the other.
        counts: [rounds, observations], how often each is drawn.

    Returns:
        float64 [rounds, cells]; NaN where a variable is constant.
    """
    cell = np.asarray(cells, np.intp)
    one, two = GroupedValues.of(cell, first), GroupedValues.of(cell, second)
    total = Totals.of(cell).add

    def correlate(drawn: NDArray[np.generic]) -> tuple[Floats]:
        weights = drawn.astype(np.float64)
        n = total(weights)
        middle = (n / 2)[:, cell]
        x, y = one.mid_ranks(weights) - middle, two.mid_ranks(weights) - middle
        spread = total(weights * x * x) * total(weights * y * y)
        varies = spread > 0
        scale = np.sqrt(spread, where=varies, out=np.ones_like(spread))
        return (np.where(varies, total(weights * x * y) / scale, np.nan),)

    return in_chunks(correlate, np.asarray(counts), 6 * len(cell))[0]


def paired_correlation(
    cells: ArrayLike,
    questions: ArrayLike,
    values: ArrayLike,
    counts: ArrayLike,
    *,
    ranked: bool,
) -> Floats:
    """Correlate all ordered pairs of drawn observations of the same question.

    An observation that is drawn twice makes a pair with itself, as in a self-join of drawn rows. A
    value stands in the pairs of its question m_q - 1 times as often as it is drawn, m_q being the
    draws of the question. With values or mid-ranks r of these, their mean taken off, and
    W = sum_q m_q (m_q - 1): cov = sum_q ((sum r)^2 - sum r^2) / W and var = sum (m_q - 1) r^2 / W.

    Args:
        cells: [observations], number of each one's cell, from 0 without gaps.
        questions: [observations], number of each one's question, from 0 without gaps; no question
            belongs to two cells.
        values: [observations].
        counts: [rounds, observations], how often each is drawn.
        ranked: Spearman's rho; else Pearson's r.

    Returns:
        float64 [rounds, cells]; NaN where no question has two draws, or all values are the same.
    """
    cell, question = np.asarray(cells, np.intp), np.asarray(questions, np.intp)
    ranks, value = GroupedValues.of(cell, values), np.asarray(values, np.float64)
    per_question = Totals.of(question)
    per_cell = Totals.of(cell[per_question.order][per_question.starts])

    def correlate(drawn: NDArray[np.generic]) -> tuple[Floats]:
        times = drawn.astype(np.float64)
        size = per_question.add(times)
        partners = np.maximum(size - 1, 0)
        weights = times * partners[:, question]
        total = per_cell.add(size * partners)
        there = total > 0
        score = ranks.mid_ranks(weights) if ranked else np.broadcast_to(value, times.shape)
        sums = per_cell.add(per_question.add(weights * score))
        mean = np.divide(sums, total, out=np.zeros_like(total), where=there)
        centred = score - mean[:, cell]
        own = per_question.add(times * np.square(centred))
        products = per_cell.add(np.square(per_question.add(times * centred)) - own)
        squares = per_cell.add(per_question.add(weights * np.square(centred)))
        varies = squares > CONSTANT * total
        return (np.divide(products, squares, out=np.full_like(squares, np.nan), where=varies),)

    return in_chunks(correlate, np.asarray(counts), 6 * len(cell))[0]
