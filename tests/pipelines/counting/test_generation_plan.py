from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from isogloss.pipelines.counting.generation_plan import (
    Cell,
    generator_for,
    grid,
    in_english,
    plan_cells,
)

CATEGORIES = ["a", "b", "c", "d", "e", "f"]


def spread(values: list[object]) -> int:
    counts = Counter(values).values()
    return max(counts) - min(counts)


@pytest.mark.parametrize(("lengths", "counts"), [(5, 6), (6, 6), (4, 6), (7, 3), (1, 4), (3, 9)])
def test_grid_has_every_pair_once(lengths: int, counts: int) -> None:
    pairs = grid(range(9, 9 + lengths), range(counts), np.random.default_rng(1))
    assert sorted(pairs) == [(9 + one, two) for one in range(lengths) for two in range(counts)]


@pytest.mark.parametrize("stretch", range(1, 31))
def test_every_stretch_of_the_grid_is_balanced(stretch: int) -> None:
    pairs = grid([6, 7, 8, 9, 10], [0, 1, 2, 3, 4, 5], np.random.default_rng(2)) * 2
    for start in range(30):
        own = pairs[start : start + stretch]
        assert spread([*(length for length, _ in own), 6, 7, 8, 9, 10]) <= 1
        assert spread([*(count for _, count in own), 0, 1, 2, 3, 4, 5]) <= 1


def test_counts_beyond_a_length_are_left_out() -> None:
    pairs = grid([2, 3], [1, 2, 3], np.random.default_rng(0))
    assert sorted(pairs) == [(2, 1), (2, 2), (3, 1), (3, 2), (3, 3)]


def test_plan_is_flat_by_construction() -> None:
    cells = plan_cells(CATEGORIES, [6, 7, 8, 9, 10], range(6), 10, np.random.default_rng(3))
    assert len(cells) == 60
    # Two lists of every length and count: count and length do not go together at all.
    assert set(Counter((cell.length, cell.count) for cell in cells).values()) == {2}
    for category in CATEGORIES:
        own = [cell for cell in cells if cell.category == category]
        assert set(Counter(cell.length for cell in own).values()) == {2}
        assert set(Counter(cell.count for cell in own).values()) == {1, 2}


def test_plan_is_as_flat_as_its_number_allows() -> None:
    cells = plan_cells(CATEGORIES, [6, 7, 8, 9, 10], range(6), 7, np.random.default_rng(3))
    assert spread([(cell.length, cell.count) for cell in cells]) == 1
    assert spread([cell.category for cell in cells]) == 0


def test_plan_follows_the_seed_alone() -> None:
    def plan(seed: int) -> list[Cell]:
        return plan_cells(CATEGORIES, [6, 7], [0, 1], 4, generator_for(seed, "plan"))

    assert plan(0) == plan(0)
    assert plan(0) != plan(1)
    assert generator_for(0, "a").random() != generator_for(0, "b").random()


def test_names_of_invented_categories_are_english_words() -> None:
    assert in_english("invented_musical_genres") == "musical genres"
    assert in_english("body_parts") == "body parts"
