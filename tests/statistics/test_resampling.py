from __future__ import annotations

import numpy as np
import pytest

from isogloss.statistics.resampling import bootstrap_weights, percentile_interval, resampled_means


def test_weights_are_shares_of_n_draws_and_reproducible() -> None:
    weights = bootstrap_weights(20, 50, np.random.default_rng(3))
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(weights * 20, np.round(weights * 20), atol=1e-5)
    np.testing.assert_array_equal(weights, bootstrap_weights(20, 50, np.random.default_rng(3)))


def test_resampled_means_have_the_standard_error_of_the_mean() -> None:
    values = np.random.default_rng(0).normal(size=(2, 80)) + 5
    weights = bootstrap_weights(80, 4000, np.random.default_rng(1))
    draws = resampled_means(values, weights)
    assert draws.shape == (4000, 2)
    np.testing.assert_allclose(draws.mean(axis=0), values.mean(axis=1), atol=0.01)
    np.testing.assert_allclose(draws.std(axis=0), values.std(axis=1) / np.sqrt(80), rtol=0.05)


def test_percentile_interval() -> None:
    low, high = percentile_interval(np.arange(101.0)[:, None], 0.9)
    assert (low[0], high[0]) == pytest.approx((5, 95))
