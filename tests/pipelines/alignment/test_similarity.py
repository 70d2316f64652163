from __future__ import annotations

import numpy as np
import pytest

from isogloss.pipelines.alignment.similarity import similarities, working
from isogloss.pipelines.alignment.ties import TIE_TOLERANCE
from isogloss.pipelines.alignment.vectors import unit
from tests.pipelines.alignment.conftest import make_vectors

N = 70


@pytest.mark.parametrize("matrix_bytes", [0, 2.0**30])
@pytest.mark.parametrize("threads", [1, 2])
def test_blocks_are_cosines(matrix_bytes: float, threads: int) -> None:
    directions = unit(make_vectors(8, N, 33))  # 560 sentences: more than one tile
    expected = np.einsum("aid,bjd->aibj", *[directions.astype(float)] * 2)
    with working(threads) as workers:
        found = similarities(directions.copy(), workers, matrix_bytes)
        assert (found.whole is None) == (matrix_bytes == 0)
        for language in range(8):
            block = found.block(language, np.empty((N, 8, N), np.float32))
            np.testing.assert_allclose(block, expected[language], atol=3e-7)


@pytest.mark.parametrize("matrix_bytes", [0, 2.0**30])
@pytest.mark.parametrize(("hidden", "shift"), [(640, 0), (640, 30), (2048, 3), (4096, 30)])
def test_equal_vectors_have_equal_similarities_in_anisotropic_spaces(
    matrix_bytes: float, hidden: int, shift: float
) -> None:
    generator = np.random.default_rng(hidden)
    vectors = make_vectors(3, N, hidden, noise=0.3, shift=0)
    vectors += (shift * generator.standard_normal(hidden)).astype(np.float32)
    vectors[:, ::7] = vectors[:, :1]
    with working(1) as workers:
        found = similarities(unit(vectors), workers, matrix_bytes)
        blocks = np.stack([found.block(a, np.empty((N, 3, N), np.float32)) for a in range(3)])
    queries = blocks[:, :, :, ::7]
    assert (queries.max(axis=3) - queries.min(axis=3)).max() <= TIE_TOLERANCE
    candidates = blocks[:, ::7]
    assert (candidates.max(axis=1) - candidates.min(axis=1)).max() <= TIE_TOLERANCE


def test_workers_keep_their_memory_and_the_order_of_results() -> None:
    with working(3) as workers:
        assert workers.map(lambda number: number**2, range(20)) == [n**2 for n in range(20)]
        assert workers.array("a", 4, 5) is workers.array("a", 4, 5)
        assert workers.array("a", 5, 4).shape == (5, 4)
        assert workers.scratch(3, 12) is workers.scratch(3, 12)
        assert workers.scratch(3, 12) is not workers.scratch(3, 9)
