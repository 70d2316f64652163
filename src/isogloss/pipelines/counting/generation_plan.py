"""How many lists of which category, length and count are made: a balanced design."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from isogloss.partitions import digest

if TYPE_CHECKING:
    from collections.abc import Sequence

INVENTED = ""
"""Stands for a category that a model is yet to invent."""
INVENTED_PREFIX = "invented_"
"""Of the names of categories that a model has invented."""


@dataclass(frozen=True, order=True)
class Cell:
    """What a list is to be like.

    Attributes:
        category: that is asked for.
        length: words.
        count: members of the category among them.
    """

    category: str
    length: int
    count: int


def in_english(category: str) -> str:
    """Give the English words of which the name of a category is made.

    Args:
        category: its name in tables.
    """
    return category.removeprefix(INVENTED_PREFIX).replace("_", " ")


def generator_for(seed: int, *names: object) -> np.random.Generator:
    """Give the generator of the draws for something, which no other name changes.

    Args:
        seed: of the study.
        *names: for what is drawn.
    """
    return np.random.default_rng(int(digest(seed, *names), 16))


def grid(
    lengths: Sequence[int], counts: Sequence[int], generator: np.random.Generator
) -> list[tuple[int, int]]:
    """Give every length with every count once, so ordered that each stretch is balanced too.

    The i-th pair is (length i mod L, count (i + i div lcm(L, K)) mod K) of lengths and counts in
    random order: along the diagonals of their table, which hold each length and each count as
    often as can be. Counts beyond a length are left out.

    Args:
        lengths: L of them.
        counts: K of them.
        generator: of both orders.
    """
    rows = generator.permutation(sorted(set(lengths)))
    columns = generator.permutation(sorted(set(counts)))
    cycle = math.lcm(len(rows), len(columns))
    pairs = [
        (int(rows[i % len(rows)]), int(columns[(i + i // cycle) % len(columns)]))
        for i in range(len(rows) * len(columns))
    ]
    return [(length, count) for length, count in pairs if count <= length]


def plan_cells(
    categories: Sequence[str],
    lengths: Sequence[int],
    counts: Sequence[int],
    per_category: int,
    generator: np.random.Generator,
) -> list[Cell]:
    """Lay the categories, in random order, along the grid of lengths and counts, again and again.

    So every category has its lengths and counts as even as its number of lists allows, and all
    together have every pair of length and count equally often, but for one where the number of all
    lists is no multiple of the pairs.

    Args:
        categories: to be asked for.
        lengths: of lists.
        counts: of members.
        per_category: lists of each category.
        generator: of the orders.

    Returns:
        the lists to be made, in random order.
    """
    pairs = grid(lengths, counts, generator)
    cells = [
        Cell(str(category), *pairs[(place * per_category + step) % len(pairs)])
        for place, category in enumerate(generator.permutation(sorted(categories)))
        for step in range(per_category)
    ]
    return [cells[place] for place in generator.permutation(len(cells))]
