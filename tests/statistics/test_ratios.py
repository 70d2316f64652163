from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from isogloss.statistics.ratios import fieller_interval


def test_limits_are_where_the_t_test_turns() -> None:
    generator = np.random.default_rng(0)
    b = generator.normal(2, 0.5, size=10)
    a = 0.6 * b + generator.normal(0, 0.3, size=10)
    found = fieller_interval(a[None], b)
    assert found.ratio[0] == pytest.approx(a.mean() / b.mean())
    for limit in (found.low[0], found.high[0]):
        assert stats.ttest_1samp(a - limit * b, 0).pvalue == pytest.approx(0.05)
    assert found.low[0] < found.ratio[0] < found.high[0]


def test_denominator_that_may_be_zero_has_no_bounded_interval() -> None:
    generator = np.random.default_rng(1)
    b = generator.normal(0.1, 1, size=9)
    found = fieller_interval(generator.normal(1, 0.1, size=(1, 9)), b)
    assert np.isfinite(found.ratio[0])
    assert np.isnan(found.low[0])
    assert np.isnan(found.high[0])


def test_clusters_that_a_cell_lacks_are_left_out_of_both_means() -> None:
    a = np.array([[1.0, 1.2, 1.1, np.nan], [1.0, 1.2, 1.1, 0.9]])
    b = np.array([2.0, 2.1, 2.2, 1.9])
    found = fieller_interval(a, b)
    alone = fieller_interval(a[:1, :3], b[:3])
    assert found.ratio[0] == alone.ratio[0]
    assert found.low[0] == alone.low[0]
    assert found.ratio[1] == pytest.approx(4.2 / 8.2)
    assert np.isnan(fieller_interval([[1.0]], [2.0]).ratio[0])


def test_intervals_cover_the_ratio_of_few_clusters() -> None:
    generator = np.random.default_rng(2)
    rounds, covered = 1500, 0
    for _ in range(rounds):
        shared = generator.normal(size=9)
        b = 1.5 + 0.5 * shared
        a = 0.4 * 1.5 + 0.3 * shared + 0.4 * generator.normal(size=9)
        found = fieller_interval(a[None], b)
        covered += bool(found.low[0] <= 0.4 <= found.high[0])
    assert 0.935 < covered / rounds < 0.965
