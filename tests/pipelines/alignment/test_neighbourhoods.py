from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from isogloss.pipelines.alignment.blocks import Scratch
from isogloss.pipelines.alignment.neighbourhoods import (
    csls_hits,
    largest_down,
    strictly_nearest,
)
from tests.pipelines.alignment import reference


def block_of(similarity: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.ascontiguousarray(similarity[:, None, :], np.float32)


def test_largest_are_those_of_a_sort() -> None:
    block = np.random.default_rng(0).normal(size=(9, 3, 9)).astype(np.float32)
    np.testing.assert_array_equal(largest_down(block, 4), np.sort(block, axis=0)[::-1][:4])


def test_places_without_a_sentence_are_empty() -> None:
    found = largest_down(np.zeros((2, 1, 2), np.float32), 4)
    np.testing.assert_array_equal(found[:, 0, 0], [0, 0, -np.inf, -np.inf])


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
