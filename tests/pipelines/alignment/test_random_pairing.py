from __future__ import annotations

from itertools import combinations, permutations
from math import comb

import numpy as np
import pytest
from numpy.typing import NDArray

from isogloss.pipelines.alignment.blocks import Scratch
from isogloss.pipelines.alignment.neighbourhoods import largest_down, strictly_nearest
from isogloss.pipelines.alignment.random_pairing import (
    floor_size,
    mutual_partners,
    mutual_share,
    subpool_floor,
)
from isogloss.statistics.subpools import expected_hits
from tests.pipelines.alignment import reference


def block_of(*similarities: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.ascontiguousarray(np.stack(similarities, axis=1), np.float32)


def floor(similarity: NDArray[np.floating]) -> float:
    n = len(similarity)
    nearest = []
    for matrix in (similarity, similarity.T):
        block = block_of(matrix)
        nearest.append(strictly_nearest(block, largest_down(block, 2), Scratch(n, n)))
    # The columns of the matrix are the queries: theirs is the way back.
    return float(mutual_share(mutual_partners(nearest[1], nearest[0]))[0])


def derangements(n: int) -> list[tuple[int, ...]]:
    return [order for order in permutations(range(n)) if all(i != j for i, j in enumerate(order))]


def test_partners_are_the_strict_maxima_of_row_and_column() -> None:
    similarity = np.array([[0.1, 0.9, 0.2], [0.8, 0.3, 0.1], [0.2, 0.1, 0.1]])
    forward, backward = np.array([[1, 0, 0]], np.int32), np.array([[1, 0, 0]], np.int32)
    np.testing.assert_array_equal(mutual_partners(forward, backward), [[1, 0, -1]])
    assert floor(similarity) == 2 / 6


def test_floor_is_the_mean_over_all_pairings_without_a_translation() -> None:
    generator = np.random.default_rng(2)
    similarity = generator.random((6, 6)).astype(np.float32).astype(float)
    similarity[4] = similarity[2]  # a row twice
    scores = [reference.official_mexa(similarity[:, order]) for order in derangements(6)]
    assert np.mean(scores) > 0
    np.testing.assert_allclose(floor(similarity), np.mean(scores))


def test_floor_of_unrelated_cells_is_the_chance_of_mexa() -> None:
    generator = np.random.default_rng(4)
    floors = [floor(generator.random((20, 20))) for _ in range(400)]
    error = np.std(floors) / np.sqrt(len(floors))
    assert abs(np.mean(floors) - 1 / 39) < 4 * error


def test_floor_of_a_smaller_pool_is_the_mean_over_all_pairings_and_pools() -> None:
    generator = np.random.default_rng(5)
    similarity = generator.random((6, 6)).astype(np.float32).astype(float)
    similarity[4] = similarity[2]  # a row twice
    hits, trials = 0.0, 0
    for order in permutations(range(6)):
        for pool in combinations(range(6), 4):
            paired = similarity[np.ix_(pool, [order[row] for row in pool])]
            others = np.array([order[row] != row for row in pool])
            hits += (np.array(reference.beaten(paired)) == 0)[others].sum()
            trials += others.sum()
    found = subpool_floor(block_of(similarity, similarity.T), 4)
    np.testing.assert_allclose(found, [hits / trials] * 2)


def test_floor_of_a_smaller_pool_agrees_with_drawn_pairings() -> None:
    generator = np.random.default_rng(6)
    hubs = 0.1 * generator.normal(size=70)
    similarity = (0.5 + 0.1 * generator.random((70, 70)) + hubs).astype(np.float32).astype(float)
    drawn = []
    for _ in range(400):
        order = generator.permutation(70)
        hits = expected_hits(np.array([reference.beaten(similarity[:, order])]), 30)[0]
        drawn.append(float(hits[order != np.arange(70)].mean()))
    error = np.std(drawn) / np.sqrt(len(drawn))
    found = float(subpool_floor(block_of(similarity), 30)[0])
    assert abs(found - np.mean(drawn)) < 4 * error


def test_what_is_left_out_is_below_half_a_percent() -> None:
    n, size = 90, 20
    similarity = np.random.default_rng(7).random((n, n)).astype(np.float32)
    ranks = [
        np.argsort(np.argsort(-matrix, axis=1), axis=1) for matrix in (similarity, similarity.T)
    ]
    table = np.array([comb(n - 1 - k, size - 1) / comb(n - 1, size - 1) for k in range(n)])
    exact = (table[ranks[0]] * table[ranks[1].T])[~np.eye(n, dtype=bool)].mean()
    found = float(subpool_floor(block_of(similarity), size)[0])
    assert 0.995 * exact < found <= exact


def test_sentences_that_cannot_be_told_apart_have_no_floor() -> None:
    assert subpool_floor(np.full((9, 1, 9), 0.5, np.float32), 4).tolist() == [0.0]


@pytest.mark.parametrize(
    ("sizes", "n", "chosen"),
    [((60, 100), 60, None), ((60, 100), 80, 60), ((60, 100), 1012, 100), ((60,), 20, None)],
)
def test_the_floor_is_that_of_the_largest_common_pool(
    sizes: tuple[int, ...], n: int, chosen: int | None
) -> None:
    assert floor_size(sizes, n) == chosen
