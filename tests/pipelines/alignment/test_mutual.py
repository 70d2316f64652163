from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from isogloss.pipelines.alignment.blocks import Scratch
from isogloss.pipelines.alignment.mutual import compete_mutually
from isogloss.statistics.intervals import jackknife_influence
from isogloss.statistics.subpools import expected_hits
from tests.pipelines.alignment import reference


def compete(similarity: NDArray[np.floating], sizes: tuple[int, ...] = ()) -> NDArray[np.integer]:
    block = np.ascontiguousarray(similarity[:, None, :], np.float32)
    n = len(similarity)
    return np.asarray(compete_mutually(block, sizes, Scratch(n, n)).beaten[0])


@pytest.mark.parametrize("ties", [False, True])
def test_the_mexa_rule_on_250_matrices(ties: bool) -> None:
    generator = np.random.default_rng(int(ties))
    scores = []
    for _ in range(250):
        n = int(generator.integers(2, 25))
        similarity = generator.random((n, n))
        if ties:
            similarity = np.round(similarity, 1)
        similarity[np.arange(n), np.arange(n)] += 0.4 * generator.random()
        if ties:
            similarity = np.round(similarity, 1)
        similarity = similarity.astype(np.float32).astype(np.float64)
        found = float((compete(similarity) == 0).mean())
        assert found == reference.official_mexa(similarity)
        scores.append(found)
    assert 0.1 < np.mean(scores) < 0.9


def test_beaten_counts_by_hand() -> None:
    similarity = np.array([[0.9, 0.1, 0.9], [0.2, 0.5, 0.3], [0.1, 0.8, 0.7]])
    # 0: tied in its row by 2; 1: beaten by 2 in its column; 2: beaten by 1 in its row and by 0 in
    # its column.
    np.testing.assert_array_equal(compete(similarity), [1, 1, 2])


def test_a_sentence_that_beats_in_row_and_column_counts_once() -> None:
    similarity = np.array([[0.1, 0.9], [0.8, 0.95]])
    np.testing.assert_array_equal(compete(similarity), [1, 0])


@pytest.mark.parametrize("size", [2, 7, 11])
def test_subpool_influences_equal_deleting_each_sentence(size: int) -> None:
    generator = np.random.default_rng(size)
    n = 12
    similarity = generator.random((n, 3, n)).astype(np.float32)
    similarity[np.arange(n), :, np.arange(n)] += np.float32(0.5)
    found = compete_mutually(similarity, (size,), Scratch(n, 3 * n)).subpool_influence[size]
    for pair in range(3):
        left_out = []
        for j in range(n):
            kept = np.delete(np.delete(similarity[:, pair], j, 0), j, 1)
            left_out.append(expected_hits(compete(kept), size).mean())
        np.testing.assert_allclose(found[pair], jackknife_influence(np.array(left_out)), atol=1e-5)


def test_pools_that_are_too_large_have_no_influence() -> None:
    block = np.random.default_rng(0).random((5, 1, 5)).astype(np.float32)
    assert compete_mutually(block, (4, 5, 6), Scratch(5, 5)).subpool_influence.keys() == {4}
