from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from isogloss.pipelines.counting.count_differences import Difference, subtract_outcomes
from isogloss.statistics.clustered import resample_items


def subtract(one: Any, two: Any, clusters: Any, *, shares: bool = True) -> Difference:
    drawn = resample_items(np.asarray(clusters), rounds=400, generator=np.random.default_rng(0))
    first, second = (np.asarray(values, np.float64) for values in (one, two))
    return subtract_outcomes(first, second, drawn, 0.95, shares=shares)


def test_interval_and_p_never_contradict_each_other() -> None:
    generator = np.random.default_rng(1)
    clusters = np.repeat(np.arange(14), 3)
    told = 0
    for share in np.linspace(0.1, 0.9, 150):
        one = generator.random(42) < share
        two = generator.random(42) < 0.3
        found = subtract(one, two, clusters)
        assert (found.p < 0.05) == (found.low > 0 or found.high < 0)
        assert -1 <= found.low <= found.value <= found.high <= 1
        assert found.p == pytest.approx(2 * min(found.p_above, 1 - found.p_above))
        told += found.p < 0.05
    assert 30 < told < 140


def test_the_same_gain_everywhere_is_as_sure_as_there_are_clusters() -> None:
    few, many = (subtract([1.0] * k, [0.0] * k, range(k)) for k in (2, 14))
    assert few.error == many.error == 0
    assert few.low < few.value == 1
    assert many.low > few.low
    assert 0 < many.p < 0.001 < few.p
    for found in (few, many):
        assert (found.p < 0.05) == (found.low > 0)
        assert found.p_above == pytest.approx(found.p / 2)
    loss = subtract([0.0] * 14, [1.0] * 14, range(14))
    assert loss.p == pytest.approx(many.p)
    assert loss.p_above > 0.999


def test_without_a_difference_or_clusters_nothing_is_told() -> None:
    same = subtract([1.0, 0, 1], [1.0, 0, 1], range(3))
    assert (same.value, same.p, same.p_above) == (0, 1, 1)
    assert same.low < 0 < same.high
    assert np.isnan(subtract([1.0, 0, 1], [0.0, 0, 1], [0, 0, 0]).p)
    steady = subtract([2.0, 3, 4], [1.0, 2, 3], range(3), shares=False)
    assert steady.value == 1
    assert np.isnan([steady.low, steady.p]).all()
