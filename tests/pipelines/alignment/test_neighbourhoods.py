from __future__ import annotations

from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from isogloss.pipelines.alignment.blocks import Scratch
from isogloss.pipelines.alignment.neighbourhoods import (
    csls_hits,
    largest_down,
    mutual_share,
    strictly_nearest,
)
from tests.pipelines.alignment import reference


def block_of(similarity: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.ascontiguousarray(similarity[:, None, :], np.float32)


def floor(similarity: NDArray[np.floating]) -> float:
    n = len(similarity)
    nearest = []
    for matrix in (similarity, similarity.T):
        block = block_of(matrix)
        nearest.append(strictly_nearest(block, largest_down(block, 2), Scratch(n, n)))
    # The columns of the matrix are the queries: theirs is the way back.
    return float(mutual_share(nearest[1], nearest[0])[0])


def test_largest_are_those_of_a_sort() -> None:
    block = np.random.default_rng(0).normal(size=(9, 3, 9)).astype(np.float32)
    np.testing.assert_array_equal(largest_down(block, 4), np.sort(block, axis=0)[::-1][:4])


def test_places_without_a_sentence_are_empty() -> None:
    found = largest_down(np.zeros((2, 1, 2), np.float32), 4)
    np.testing.assert_array_equal(found[:, 0, 0], [0, 0, -np.inf, -np.inf])


def test_floor_is_the_mean_over_all_pairings() -> None:
    generator = np.random.default_rng(2)
    similarity = generator.random((6, 6)).astype(np.float32).astype(float)
    similarity[4] = similarity[2]  # a row twice
    scores = [reference.official_mexa(similarity[:, order]) for order in permutations(range(6))]
    assert np.mean(scores) > 0
    np.testing.assert_allclose(floor(similarity), np.mean(scores))


def test_floor_agrees_with_drawn_pairings() -> None:
    generator = np.random.default_rng(3)
    hubs = 0.1 * generator.normal(size=40)
    similarity = (0.5 + 0.1 * generator.random((40, 40)) + hubs).astype(np.float32).astype(float)
    drawn = [reference.official_mexa(similarity[:, generator.permutation(40)]) for _ in range(3000)]
    error = np.std(drawn) / np.sqrt(len(drawn))
    assert abs(floor(similarity) - np.mean(drawn)) < 4 * error


def test_floor_of_unrelated_cells_is_the_chance_of_mexa() -> None:
    generator = np.random.default_rng(4)
    floors = [floor(generator.random((20, 20))) for _ in range(400)]
    error = np.std(floors) / np.sqrt(len(floors))
    assert abs(np.mean(floors) - 1 / 39) < 4 * error


def test_tied_neighbours_are_no_nearest() -> None:
    similarity = np.array([[0.9, 0.2, 0.5], [0.9 - 1e-7, 0.6, 0.1], [0.1, 0.2, 0.8]])
    block = block_of(similarity)
    nearest = strictly_nearest(block, largest_down(block, 2), Scratch(3, 3))
    np.testing.assert_array_equal(nearest, [[-1, 1, 2]])


def test_csls_takes_hubs_out() -> None:
    # Every query is nearest to the hub 0, but the hub is near to everybody.
    similarity = np.full((6, 6), 0.1)
    similarity[:, 0] = 0.8
    np.fill_diagonal(similarity, 0.7)
    similarity[0, 0] = 0.9
    assert reference.recall(similarity) == 1 / 6
    block = block_of(similarity)
    hits = csls_hits(block, largest_down(block, 4), Scratch(6, 6))
    assert hits.all()
    assert reference.csls_mexa(similarity, 4) == 1
