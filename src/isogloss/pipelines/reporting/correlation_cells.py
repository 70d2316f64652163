"""Which predictor is correlated with which outcome, and over which units."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]
Booleans = NDArray[np.bool_]

Axis = Literal["model", "language"]
VALUES = ("score", "text_overlap", "above_chance", "selected")


@dataclass(frozen=True)
class Side:
    """Vectors over units, one of the two sides of correlations.

    Attributes:
        keys: one row a vector.
        values: float64 [vectors, units]; NaN where a unit has none.
    """

    keys: pd.DataFrame
    values: Floats


@dataclass(frozen=True)
class Cells:
    """Pairs of a predictor and an outcome of the same block.

    Attributes:
        block: what only things of the same are correlated with: models, or languages.
        unit: what correlations run over: the other of the two.
        names: of the units.
        predictors: alignment.
        outcomes: task scores.
        x: [cells], position of the predictor.
        y: [cells], position of the outcome.
        valid: bool [cells, units], where both sides have a value.
    """

    block: Axis
    unit: Axis
    names: tuple[str, ...]
    predictors: Side
    outcomes: Side
    x: Integers
    y: Integers
    valid: Booleans

    @classmethod
    def of_tables(cls, alignment: pd.DataFrame, scores: pd.DataFrame, block: Axis) -> Cells:
        """Pair every predictor with every outcome of its block.

        Args:
            alignment: from `correlation_inputs`.
            scores: likewise.
            block: `model` to correlate over languages, `language` to correlate over models.
        """
        unit: Axis = "language" if block == "model" else "model"
        names = tuple(sorted({*alignment[unit], *scores[unit]}))
        predictors, outcomes = (_widen(table, unit, names) for table in (alignment, scores))
        left, right = (
            side.keys[[block]].assign(**{name: np.arange(len(side.keys))})
            for side, name in ((predictors, "x"), (outcomes, "y"))
        )
        pairs = left.merge(right, on=block)
        x, y = (pairs[name].to_numpy(np.intp) for name in ("x", "y"))
        valid = ~np.isnan(predictors.values[x]) & ~np.isnan(outcomes.values[y])
        return cls(block, unit, names, predictors, outcomes, x, y, valid)

    @property
    def n(self) -> Integers:
        """Units of each cell."""
        count: Integers = self.valid.sum(axis=1)
        return count

    @property
    def keys(self) -> pd.DataFrame:
        """One row a cell: the keys of both sides."""
        left = self.predictors.keys.iloc[self.x].reset_index(drop=True)
        right = self.outcomes.keys.iloc[self.y].reset_index(drop=True)
        return pd.concat([left, right.drop(columns=self.block)], axis=1)

    @property
    def blocks(self) -> NDArray[np.object_]:
        """Block of each cell."""
        return self.predictors.keys[self.block].to_numpy(object)[self.x]

    def controlled(self, covariates: Mapping[str, Floats]) -> Cells:
        """Drop the units that lack a covariate.

        Args:
            covariates: block -> [k, units].
        """
        known = {block: ~np.isnan(values).any(axis=0) for block, values in covariates.items()}
        usable = np.stack([known[block] for block in self.blocks]) if len(self.x) else self.valid
        return replace(self, valid=self.valid & usable)

    def sets(self, least: int) -> Iterator[tuple[Integers, Integers]]:
        """Group the cells that rest on the same units.

        Args:
            least: units that a group needs.

        Yields:
            The positions of the cells and those of their units.
        """
        if not len(self.x):
            return
        packed = np.packbits(self.valid, axis=1)
        _, first, members = np.unique(packed, axis=0, return_index=True, return_inverse=True)
        order = np.argsort(members.ravel(), kind="stable")
        parts = np.split(order, np.cumsum(np.bincount(members.ravel()))[:-1])
        for start, part in zip(first, parts, strict=True):
            units = np.flatnonzero(self.valid[start])
            if len(units) >= least:
                yield part, units

    def by_block(self, members: Integers) -> Iterator[tuple[str, Integers]]:
        """Split some cells by their block."""
        blocks = self.blocks[members]
        for block in pd.unique(blocks):
            yield str(block), members[blocks == block]

    def average(self, table: pd.DataFrame, column: str) -> Floats:
        """Average a column of the scores over the units of each cell; NaN where it is not told."""
        if column not in table:
            return np.full(len(self.x), np.nan)
        values = _fill(table, self.unit, self.names, self.outcomes.keys, column)[self.y]
        known = self.valid & ~np.isnan(values)
        counts = known.sum(axis=1)
        sums = np.where(known, values, 0.0).sum(axis=1)
        means = np.full(len(counts), np.nan)
        np.divide(sums, counts, out=means, where=counts > 0)
        return means

    def listed(self) -> list[str]:
        """Name the units of each cell, separated by blanks."""
        names = np.array(self.names, object)
        known: dict[bytes, str] = {}
        for row in self.valid:
            known.setdefault(row.tobytes(), " ".join(names[row]))
        return [known[row.tobytes()] for row in self.valid]


def _widen(table: pd.DataFrame, unit: Axis, names: Sequence[str]) -> Side:
    columns = [name for name in table if name not in {*VALUES, unit}]
    keys = table[columns].drop_duplicates(ignore_index=True)
    return Side(keys, _fill(table, unit, names, keys, "score"))


def _fill(
    table: pd.DataFrame, unit: Axis, names: Sequence[str], keys: pd.DataFrame, column: str
) -> Floats:
    """Put the values of a long table in rows by key and columns by unit."""
    numbered = keys.assign(row=np.arange(len(keys)))
    rows = table[list(keys)].merge(numbered, on=list(keys), how="left")["row"].to_numpy(np.intp)
    columns = pd.Index(names).get_indexer(pd.Index(table[unit]))
    values = np.full((len(keys), len(names)), np.nan)
    values[rows, columns] = table[column].to_numpy(np.float64, na_value=np.nan)
    return values
