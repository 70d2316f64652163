from __future__ import annotations

import numpy as np
import pytest

from isogloss.statistics.intervals import jackknife_influence, mean_influence
from isogloss.statistics.subpools import deletion_gain, expected_hits, subpool_hit_probability


def test_probabilities_in_closed_form() -> None:
    # Of 4 competitors 2 are drawn: C(4 - k, 2) / C(4, 2).
    np.testing.assert_allclose(subpool_hit_probability(5, 3), [1, 3 / 6, 1 / 6, 0, 0])
    np.testing.assert_allclose(subpool_hit_probability(4, 4), [1, 0, 0, 0])
    np.testing.assert_allclose(subpool_hit_probability(3, 1), [1, 1, 1])


def test_expected_hits_equal_drawn_subpools() -> None:
    generator = np.random.default_rng(0)
    n, m, rounds = 40, 15, 4000
    beats = generator.random((n, n)) < 0.06
    np.fill_diagonal(beats, val=False)
    drawn = []
    for _ in range(rounds):
        pool = generator.choice(n, m, replace=False)
        drawn.append((beats[np.ix_(pool, pool)].sum(1) == 0).mean())
    error = np.std(drawn) / np.sqrt(rounds)
    assert abs(expected_hits(beats.sum(1), m).mean() - np.mean(drawn)) < 4 * error < 0.01


def test_a_pool_of_all_counts_only_the_unbeaten() -> None:
    np.testing.assert_array_equal(expected_hits(np.array([0, 1, 0, 3]), 4), [1, 0, 1, 0])


@pytest.mark.parametrize("m", [2, 5, 8, 9])
def test_deletion_gain_gives_the_jackknife(m: int) -> None:
    n = 10
    beats = np.random.default_rng(m).random((n, n)) < 0.25
    np.fill_diagonal(beats, val=False)
    counts = beats.sum(1)
    remaining, gain = deletion_gain(n, m)
    influence = mean_influence(remaining[counts] - beats.T @ gain[counts])
    left_out = [
        expected_hits(np.delete(np.delete(beats, j, 0), j, 1).sum(1), m).mean() for j in range(n)
    ]
    np.testing.assert_allclose(influence, jackknife_influence(np.array(left_out)), atol=1e-12)


@pytest.mark.parametrize("m", [0, 6])
def test_impossible_pools_are_refused(m: int) -> None:
    with pytest.raises(ValueError, match=f"sub-pool of {m} cannot be drawn from a pool of 5"):
        subpool_hit_probability(5, m)
