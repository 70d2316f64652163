"""Spearman's correlations in many cells at once, from how often pairs of values are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isogloss.statistics.profile_agreement import in_chunks

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]


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
    by_cell = np.argsort(cell, kind="stable")
    starts = np.flatnonzero(np.diff(cell[by_cell], prepend=-1))

    def total(values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values[:, by_cell], starts, axis=1))

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


def paired_spearman(
    cells: ArrayLike, questions: ArrayLike, values: ArrayLike, counts: ArrayLike
) -> Floats:
    """Give Spearman's rho over all ordered pairs of drawn observations of the same question.

    An observation that is drawn twice makes a pair with itself, as in a self-join of drawn rows. A
    value stands in the pairs of its question m_q - 1 times as often as it is drawn, m_q being the
    draws of the question. With mid-ranks r of these, their mean taken off, and
    W = sum_q m_q (m_q - 1): cov = sum_q ((sum r)^2 - sum r^2) / W and var = sum (m_q - 1) r^2 / W.

    Args:
        cells: [observations], number of each one's cell, from 0 without gaps.
        questions: [observations], number of each one's question, from 0 without gaps; no question
            belongs to two cells.
        values: [observations].
        counts: [rounds, observations], how often each is drawn.

    Returns:
        float64 [rounds, cells]; NaN where no question has two draws, or all values are the same.
    """
    cell, question = np.asarray(cells, np.intp), np.asarray(questions, np.intp)
    ranked = GroupedValues.of(cell, values)
    by_question = np.argsort(question, kind="stable")
    starts = np.flatnonzero(np.diff(question[by_question], prepend=-1))
    cell_of = cell[by_question][starts]
    by_cell = np.argsort(cell_of, kind="stable")
    cell_starts = np.flatnonzero(np.diff(cell_of[by_cell], prepend=-1))

    def per_question(weights: Floats) -> Floats:
        return np.asarray(np.add.reduceat(weights[:, by_question], starts, axis=1))

    def per_cell(weights: Floats) -> Floats:
        return np.asarray(np.add.reduceat(weights[:, by_cell], cell_starts, axis=1))

    def correlate(drawn: NDArray[np.generic]) -> tuple[Floats]:
        times = drawn.astype(np.float64)
        size = per_question(times)
        partners = np.maximum(size - 1, 0)[:, question]
        weights = times * partners
        total = per_cell(size * np.maximum(size - 1, 0))
        rank = ranked.mid_ranks(weights) - (total / 2)[:, cell]
        products = per_cell(np.square(per_question(times * rank)) - per_question(times * rank**2))
        squares = per_cell(per_question(weights * rank**2))
        varies = squares > 0
        return (np.divide(products, squares, out=np.full_like(squares, np.nan), where=varies),)

    return in_chunks(correlate, np.asarray(counts), 6 * len(cell))[0]
