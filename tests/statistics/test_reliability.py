from __future__ import annotations

import numpy as np
import pytest

from isogloss.statistics.reliability import error_of_interval, measure_reliability


def test_error_of_an_interval_undoes_the_interval() -> None:
    # t with 9 degrees of freedom: 2.262 at 95%, 3.250 at 99%
    errors = error_of_interval([0.5 - 0.2262, 0.0], [0.5 + 0.2262, 0.6500], [10, 10], [0.95, 0.99])
    assert errors == pytest.approx([0.1, 0.1], abs=1e-3)


def test_an_unknown_or_endless_interval_has_no_error() -> None:
    errors = error_of_interval([np.nan, -np.inf], [1.0, np.inf], [10, 10], 0.95)
    assert np.isnan(errors).all()


def test_reliability_by_hand() -> None:
    # variance of 0, 1, 2 is 1; the mean squared error 0.25
    assert measure_reliability([0, 1, 2], [0.5, 0.5, 0.5]) == pytest.approx(0.75)


def test_reliability_may_be_negative() -> None:
    assert measure_reliability([0, 1, 2], [2, 2, 2]) == pytest.approx(-3)


def test_reliability_takes_three_scores_that_differ() -> None:
    assert np.isnan(measure_reliability([0, 1], [0.1, 0.1]))
    assert np.isnan(measure_reliability([0, 1, 2], [0.1, np.nan, 0.1]))
    assert np.isnan(measure_reliability([1, 1, 1], [0.1, 0.1, 0.1]))


def test_reliability_is_the_share_of_true_variance() -> None:
    generator = np.random.default_rng(0)
    true = generator.normal(0, 2, 20_000)
    seen = true + generator.normal(0, 1, 20_000)
    assert measure_reliability(seen, np.ones(20_000)) == pytest.approx(0.8, abs=0.01)


def test_means_that_were_taken_off_cost_degrees_of_freedom() -> None:
    values = np.array([[1.0, 2, 3, 4], [11, 13, 12, 10]])
    centred = values - values.mean(axis=1, keepdims=True)
    found = measure_reliability(centred.ravel(), np.full(8, 0.5), means=2)
    # the mean of the two variances, 5/3 each
    assert found == pytest.approx(1 - 0.25 / (5 / 3))
    assert np.isnan(measure_reliability([1.0, 2, 3], [0.1] * 3, means=2))
