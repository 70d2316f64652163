from __future__ import annotations

import itertools

import numpy as np
import pytest

from isogloss.statistics.sign_flips import flip_clusters, sign_flips


def brute_force(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Try all 2^G combinations with the t statistic as it is written in books."""

    def t(rows: np.ndarray) -> np.ndarray:
        n = rows.shape[1]
        return np.asarray(np.abs(rows.mean(axis=1)) / (rows.std(axis=1, ddof=1) / np.sqrt(n)))

    seen = t(values)
    drawn = np.array(
        [t(values * signs) for signs in itertools.product((1, -1), repeat=values.shape[1])]
    )
    reached = drawn >= seen - 1e-9
    beaten = drawn.max(axis=1)[:, None] >= seen - 1e-9
    return reached.mean(axis=0), beaten.mean(axis=0)


def test_all_combinations_are_taken_of_few_clusters() -> None:
    values = np.random.default_rng(0).normal(0.4, 1, size=(5, 7))
    flips = sign_flips(7, 99, np.random.default_rng(0))
    assert flips.shape == (64, 7)
    assert len({tuple(row) for row in flips.tolist()}) == 64
    assert (flips[0] == 1).all()
    found = flip_clusters(values, flips)
    p, adjusted = brute_force(values)
    np.testing.assert_allclose(found.p, p)
    np.testing.assert_allclose(found.adjusted, adjusted)


def test_smallest_p_is_two_to_the_one_minus_clusters() -> None:
    values = np.full((1, 8), 2.0) + np.linspace(0, 0.1, 8)
    found = flip_clusters(values, sign_flips(8, 1, np.random.default_rng(0)))
    assert found.p[0] == found.least[0] == 2.0**-7


def test_values_that_are_all_alike_are_as_sure_as_can_be_and_zeros_are_not() -> None:
    values = np.stack([np.full(8, 0.3), np.zeros(8)])
    found = flip_clusters(values, sign_flips(8, 1, np.random.default_rng(0)))
    assert found.p.tolist() == [2.0**-7, 1.0]
    assert found.adjusted.tolist() == [2.0**-7, 1.0]


def test_clusters_that_a_cell_lacks_do_not_count() -> None:
    values = np.random.default_rng(1).normal(1, 1, size=(1, 8))
    more = np.concatenate([values, np.full((1, 2), np.nan)], axis=1)
    own = flip_clusters(values, sign_flips(8, 1, np.random.default_rng(0)))
    padded = flip_clusters(more, sign_flips(10, 1, np.random.default_rng(0)))
    assert padded.p[0] == pytest.approx(own.p[0])
    assert padded.least[0] == own.least[0]
    lone = flip_clusters([[1.0, np.nan]], sign_flips(2, 1, np.random.default_rng(0)))
    assert np.isnan(lone.p[0])


def test_many_clusters_are_drawn_and_what_was_found_counts() -> None:
    flips = sign_flips(20, 999, np.random.default_rng(0))
    assert flips.shape == (1000, 20)
    values = np.random.default_rng(2).normal(3, 0.1, size=(1, 20))
    found = flip_clusters(values, flips)
    assert found.p[0] == found.least[0] == 0.001


@pytest.mark.parametrize("clusters", [8, 12])
def test_levels_hold_for_few_clusters_that_cells_share(clusters: int) -> None:
    generator = np.random.default_rng(clusters)
    flips = sign_flips(clusters, 1, generator)
    alone, together = 0, 0
    rounds = 400
    for _ in range(rounds):
        common = generator.standard_t(4, size=clusters)
        cells = generator.standard_t(4, size=(20, clusters)) + common
        found = flip_clusters(cells, flips)
        alone += found.p[0] <= 0.05
        together += bool((found.adjusted <= 0.05).any())
    assert alone / rounds < 0.08
    assert together / rounds < 0.08
    assert together / rounds > 0.01, "the test must be able to find something"
