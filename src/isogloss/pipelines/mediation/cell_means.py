"""Means of effects by category: what all statistics of mediation start from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isogloss.pipelines.mediation.effects import CELL, EFFECTS
from isogloss.pipelines.mediation.outcomes import COMPARED
from isogloss.pipelines.mediation.roles import OTHER, SWAPPED

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]
EVERYWHERE = "all"
"""Role of the sum over all roles."""
PLACES = ("first", "middle", "last")
"""Of tokens in a word, each a role of its own."""
NO_CELL = ("", -1, -1, "")


@dataclass(frozen=True)
class CellMeans:
    """Effects of one kind of pairs, aligned and averaged within categories.

    Attributes:
        cells: component, layer, head and role of each cell.
        categories: in alphabetical order.
        total: float64 [categories], of the total effects of all pairs.
        cell_totals: float64 [cells, categories], of those pairs that have the cell: what its effect
            is a share of. Not every pair has every role.
        means: effect -> float64 [cells, categories]; NaN where a category has no such cell.
        pairs: int [cells], of which each is the mean.
        n_pairs: in all.
    """

    cells: Sequence[tuple[str, int, int, str]]
    categories: Sequence[str]
    total: Floats
    cell_totals: Floats
    means: dict[str, Floats]
    pairs: NDArray[np.intp]
    n_pairs: int


def align_effects(effects: pd.DataFrame) -> pd.DataFrame:
    """Turn effects so that carrying the donor's count, or its word, is positive.

    Effects are multiplied by the sign of their pair, which is +1 of every control. Those of
    outcomes that compare runs have no direction and stay.

    Args:
        effects: of one language.
    """
    sign = effects["sign"].where(~effects["outcome"].isin(COMPARED), 1)
    return effects.assign(**{name: effects[name] * sign for name in EFFECTS})


def add_sum_of_roles(effects: pd.DataFrame) -> pd.DataFrame:
    """Add for each pair and site the sum of the effects of all roles, as the role `all`.

    `swapped` and `other`, all tokens of a word, are left out where these have effects of their own.
    Single heads have no sum: they are patched at roles of their own, most often the final one.

    Args:
        effects: of one language, kind and outcome.
    """
    whole = effects[effects["head"] < 0]
    if whole.empty:
        return effects
    twice = pd.Series(False, index=whole.index)
    for word in (SWAPPED, OTHER):
        tokens = whole["role"].isin([f"{word}_{place}" for place in PLACES])
        split = whole["pair_id"].isin(whole.loc[tokens, "pair_id"])
        twice |= (whole["role"] == word) & split
    single = whole[~twice]
    keys = ["pair_id", "component", "layer", "head"]
    sums = single.groupby(keys, sort=False)[list(EFFECTS[1:])].sum(min_count=1).reset_index()
    rest = whole.drop_duplicates(keys).drop(columns=[*EFFECTS[1:], "role"])
    summed = rest.merge(sums, on=keys).assign(role=EVERYWHERE)
    # What goes past all roles; the sum of what goes past each would count it as often as there are.
    past = summed["total"] - summed["denoising"]
    summed["direct"] = past.where(summed["direct"].notna())
    return pd.concat([effects, summed])


def average_cells(effects: pd.DataFrame) -> CellMeans:
    """Average aligned effects over the pairs of each category.

    Args:
        effects: of one language, kind and outcome, aligned.
    """
    names = list(EFFECTS)
    wide = effects.pivot_table(index=list(CELL), columns="category", values=names)
    totals = effects.drop_duplicates("pair_id").groupby("category", sort=True)["total"].mean()
    counts = effects.groupby(list(CELL), sort=True).size().reindex(wide.index)
    return CellMeans(
        [(str(one[0]), int(one[1]), int(one[2]), str(one[3])) for one in wide.index],
        [str(one) for one in totals.index],
        totals.to_numpy(np.float64),
        _of_categories(wide, "total", totals.index),
        {name: _of_categories(wide, name, totals.index) for name in names[1:]},
        np.asarray(counts, np.intp),
        int(effects["pair_id"].nunique()),
    )


def _of_categories(wide: pd.DataFrame, name: str, categories: pd.Index) -> Floats:
    places = pd.MultiIndex.from_product([[name], categories])
    return wide.reindex(columns=places).to_numpy(np.float64)


def without_each(means: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Give the mean over categories without each of them, and which a cell rests on.

    Args:
        means: [cells, categories] with NaN.

    Returns:
        float64 and bool [categories, cells].
    """
    known = ~np.isnan(means)
    total, n = np.where(known, means, 0).sum(axis=1), known.sum(axis=1)
    left = np.where(known, means, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        without = (total[:, None] - left) / (n[:, None] - 1)
    return np.where(known & (n[:, None] > 1), without, np.nan).T, known.T


def mean_over_categories(means: Floats) -> Floats:
    """Average category means, [cells]; NaN where there is none."""
    known = ~np.isnan(means)
    n = known.sum(axis=1)
    total = np.where(known, means, 0).sum(axis=1)
    return np.asarray(np.divide(total, n, out=np.full(len(means), np.nan), where=n > 0))
