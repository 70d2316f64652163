from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from isogloss.pipelines.counting.flatness import evenness, independence, place_evenness


def test_evenness_is_pearsons_chi_square() -> None:
    found = evenness(["a"] * 30 + ["b"] * 10 + ["c"] * 20, ["a", "b", "c"])
    assert found.p == pytest.approx(stats.chi2.sf(10, 2))
    assert found.effect == pytest.approx(np.sqrt(10 / 60))
    assert found.n == 60
    assert evenness([1, 2, 1, 2], [1, 2]) == (1, 0, 4)


def test_level_that_never_occurs_counts() -> None:
    assert evenness([1] * 10 + [2] * 10, [0, 1, 2]).p == pytest.approx(stats.chi2.sf(10, 2))


def test_independence_is_cramers_v() -> None:
    one, two = [0] * 50 + [1] * 50, [0] * 40 + [1] * 10 + [0] * 10 + [1] * 40
    found = independence(one, two)
    assert found.effect == pytest.approx(0.6)
    assert found.p == pytest.approx(stats.chi2.sf(36, 1))
    assert independence([0, 0, 1, 1], [0, 1, 0, 1]) == (1, 0, 4)


def test_nothing_can_be_said_of_a_single_level() -> None:
    for found in (evenness([1, 1], [1]), independence([1, 1], [0, 1]), place_evenness([[True]])):
        assert np.isnan(found.p)
        assert np.isnan(found.effect)


def test_places_follow_cochrans_q() -> None:
    # Statsmodels: cochrans_q(table) -> 8.0, 2 degrees.
    table = [[1, 0, 0]] * 6 + [[0, 1, 0]] * 1 + [[1, 1, 0]] * 2
    from statsmodels.stats.contingency_tables import cochrans_q

    reference = cochrans_q(np.array(table))
    found = place_evenness([np.array(row, bool) for row in table])
    assert found.p == pytest.approx(reference.pvalue)
    assert found.effect == pytest.approx((8 - 11 / 3) / 9)
    assert found.n == 9


def test_lists_of_several_lengths_are_taken_together() -> None:
    short, long = [[True, False], [False, True]] * 5, [[True, False, False]] * 9
    together = place_evenness([*short, *long])
    assert together.p == pytest.approx(stats.chi2.sf(18, 3))
    assert together.effect == pytest.approx(2 / 3)


def test_p_values_of_chance_are_uniform() -> None:
    generator = np.random.default_rng(0)

    def lists() -> list[np.ndarray]:
        rows = []
        for _ in range(60):
            row = np.zeros(8, bool)
            row[generator.permutation(8)[: generator.integers(1, 8)]] = True
            rows.append(row)
        return rows

    values = [place_evenness(lists()).p for _ in range(300)]
    assert stats.kstest(values, "uniform").pvalue > 0.01


def test_full_and_empty_lists_say_nothing_of_places() -> None:
    assert np.isnan(place_evenness([[True, True], [False, False]]).p)
