"""Correlations of cells, with their p-values and what they become without a language family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from isogloss.statistics.correlation import design_basis, directions, rank, student_p
from isogloss.statistics.permutation import (
    NO_FAMILY,
    Block,
    adjust_across_sets,
    compare_with_permutations,
    label_permutations,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from isogloss.pipelines.reporting.correlation_cells import Cells
    from isogloss.pipelines.reporting.parameters import CorrelationParameters

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

LEAST = 3
"""Units that a correlation takes: with two it is always 1 or -1."""
STATISTICS = ("pearson", "spearman")
COVARIATES_USELESS = "a covariate is the same in all {units}, or follows from the others"
ALIGNMENT_CONSTANT = "alignment is the same in all {units}"
SCORES_CONSTANT = "task scores are the same in all {units}"


@dataclass(frozen=True)
class Design:
    """How cells are correlated.

    Attributes:
        families: [cells], number of the family that each cell is tested in.
        least: units that a correlation needs.
        covariates: block -> [k, units]; None if nothing is controlled for.
        language_families: [units], to leave out one at a time; None to leave out none.
        permute: whether p-values come from permutations, or else from Student's t.
    """

    families: Integers
    least: int = LEAST
    covariates: Mapping[str, Floats] | None = None
    language_families: NDArray[np.object_] | None = None
    permute: bool = True

    @property
    def controlled(self) -> int:
        """Number of covariates."""
        return 0 if not self.covariates else len(next(iter(self.covariates.values())))


@dataclass(frozen=True)
class Estimates:
    """What is found for each cell; arrays over cells.

    Attributes:
        r: statistic -> correlations; NaN with a reason.
        p: statistic -> two-sided p-values.
        adjusted: p-values of one statistic, for all of a family at once.
        permutations: that p rests on; 0 if on none.
        without_family: Pearson's r without one family, smallest and largest; [2, cells].
        families: number of families that were left out in turn.
        left: the fewest languages that then remained.
        reason: why there is no r; empty where there is.
    """

    r: dict[str, Floats]
    p: dict[str, Floats]
    adjusted: Floats
    permutations: Integers
    without_family: Floats
    families: Integers
    left: Integers
    reason: NDArray[np.object_]

    @classmethod
    def empty(cls, cells: int) -> Estimates:
        """Start without any."""
        missing = np.full(cells, np.nan)
        return cls(
            {name: missing.copy() for name in STATISTICS},
            {name: missing.copy() for name in STATISTICS},
            missing,
            np.zeros(cells, np.intp),
            np.full((2, cells), np.nan),
            np.zeros(cells, np.intp),
            np.zeros(cells, np.intp),
            np.full(cells, "", object),
        )

    def clear_where_there_is_a_reason(self) -> None:
        """Leave nothing where a reason says that nothing can be said."""
        undefined = self.reason != ""
        for values in (*self.r.values(), *self.p.values(), self.adjusted):
            values[undefined] = np.nan
        self.without_family[:, undefined] = np.nan
        for counts in (self.permutations, self.families, self.left):
            counts[undefined] = 0


def estimate(cells: Cells, design: Design, parameters: CorrelationParameters) -> Estimates:
    """Correlate the two sides of all cells.

    Cells on the same units are tested together with the same permutations; families that span
    several sets of units are adjusted across these (see `statistics.permutation`).

    Args:
        cells: to be correlated; with covariates, only over units that have them.
        design: how.
        parameters: permutations, seed, which statistic is adjusted.
    """
    found = Estimates.empty(len(cells.x))
    few = cells.n < design.least
    found.reason[few] = [
        f"{n} {cells.unit}s have all that it takes; needed are {design.least}" for n in cells.n[few]
    ]
    sets = np.zeros(len(cells.x), np.intp)
    for number, (members, units) in enumerate(cells.sets(design.least)):
        sets[members] = number
        _Set(cells, members, units, design).fill(found, parameters)
    found.clear_where_there_is_a_reason()
    for family in np.unique(design.families):
        tests = np.flatnonzero(design.families == family)
        found.adjusted[tests] = adjust_across_sets(found.adjusted[tests], sets[tests])
    return found


@dataclass(frozen=True)
class _Part:
    """The cells of one block on one set of units, as a matrix of outcomes and predictors."""

    block: str
    members: Integers
    x: Integers
    y: Integers
    at: tuple[Integers, Integers]

    @classmethod
    def of(cls, cells: Cells, block: str, members: Integers) -> _Part:
        x, column = np.unique(cells.x[members], return_inverse=True)
        y, row = np.unique(cells.y[members], return_inverse=True)
        return cls(block, members, x, y, (row.ravel(), column.ravel()))


class _Set:
    """Cells that rest on the same units."""

    def __init__(self, cells: Cells, members: Integers, units: Integers, design: Design) -> None:
        self._cells, self._units, self._design = cells, units, design
        self._parts = [_Part.of(cells, block, own) for block, own in cells.by_block(members)]

    def fill(self, found: Estimates, parameters: CorrelationParameters) -> None:
        """Write what is found for these cells."""
        orders = self._orders(parameters) if self._design.permute else None
        for statistic in STATISTICS:
            blocks = self._blocks(rank if statistic == "spearman" else np.asarray, self._units)
            self._note_reasons(blocks, found)
            self._fill_r(blocks, found, statistic)
            if orders is None:
                self._fill_student(found, statistic)
            else:
                self._fill_p(blocks, orders, found, statistic, parameters)
        if self._design.language_families is not None:
            self._fill_without_families(self._design.language_families, found)

    def _orders(self, parameters: CorrelationParameters) -> NDArray[np.int16]:
        n = len(self._units)
        generator = np.random.default_rng([parameters.seed, n])
        return label_permutations(n, parameters.exact_up_to, parameters.permutations, generator)

    def _fill_r(self, blocks: Sequence[Block], found: Estimates, statistic: str) -> None:
        for part, block in zip(self._parts, blocks, strict=True):
            r = block.outcomes @ block.predictors.T
            found.r[statistic][part.members] = np.clip(r[part.at], -1, 1)

    def _fill_student(self, found: Estimates, statistic: str) -> None:
        for part in self._parts:
            r = found.r[statistic][part.members]
            found.p[statistic][part.members] = student_p(r, len(self._units))

    def _fill_p(
        self,
        blocks: Sequence[Block],
        orders: NDArray[np.int16],
        found: Estimates,
        statistic: str,
        parameters: CorrelationParameters,
    ) -> None:
        tests = compare_with_permutations(blocks, orders)
        for part, test in zip(self._parts, tests, strict=True):
            found.p[statistic][part.members] = test.p[part.at]
            found.permutations[part.members] = len(orders)
            if statistic == parameters.adjusted_statistic:
                found.adjusted[part.members] = test.adjusted[part.at]

    def _blocks(self, view: Callable[[Floats], Floats], units: Integers) -> list[Block]:
        return [self._block(part, view, units) for part in self._parts]

    def _block(self, part: _Part, view: Callable[[Floats], Floats], units: Integers) -> Block:
        covariates = self._design.covariates
        given = view(covariates[part.block][:, units]) if covariates else None
        basis = design_basis(len(units), given)
        families = np.full((len(part.y), len(part.x)), NO_FAMILY)
        families[part.at] = self._design.families[part.members]
        if basis is None:
            basis = np.full((len(units), 1), np.nan)
        predictors = view(self._cells.predictors.values[part.x][:, units])
        outcomes = view(self._cells.outcomes.values[part.y][:, units])
        return Block(directions(predictors, basis), directions(outcomes, basis), basis, families)

    def _note_reasons(self, blocks: Sequence[Block], found: Estimates) -> None:
        for part, block in zip(self._parts, blocks, strict=True):
            row, column = part.at
            useless = np.full(len(row), bool(np.isnan(block.basis).any()))
            for text, where in (
                (COVARIATES_USELESS, useless),
                (ALIGNMENT_CONSTANT, np.isnan(block.predictors[:, 0])[column]),
                (SCORES_CONSTANT, np.isnan(block.outcomes[:, 0])[row]),
            ):
                cells = part.members[where]
                unexplained = cells[found.reason[cells] == ""]
                found.reason[unexplained] = text.format(units=f"{self._cells.unit}s")

    def _fill_without_families(self, names: NDArray[np.object_], found: Estimates) -> None:
        """Leave out one language family at a time, as long as enough languages are left."""
        own = names[self._units]
        least = LEAST + self._design.controlled
        remaining = [self._units[own != family] for family in sorted(set(own))]
        remaining = [units for units in remaining if len(units) >= least]
        if not remaining:
            return
        blocks = [self._blocks(np.asarray, units) for units in remaining]
        for number, part in enumerate(self._parts):
            each = [left[number] for left in blocks]
            r = np.stack([(block.outcomes @ block.predictors.T)[part.at] for block in each])
            defined = ~np.isnan(r).all(axis=0)
            cells = part.members[defined]
            found.without_family[:, cells] = np.stack(
                [np.nanmin(r[:, defined], axis=0), np.nanmax(r[:, defined], axis=0)]
            )
            found.families[cells] = len(remaining)
            found.left[cells] = min(len(units) for units in remaining)
