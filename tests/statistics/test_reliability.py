from __future__ import annotations

import numpy as np
import pytest

from isogloss.statistics.reliability import errors_of_intervals, reliability


def test_by_hand() -> None:
    # Variance of 1, 2, 3 is 1; mean of the squared errors is (.01 + .04 + .25) / 3 = .1.
    assert reliability([1.0, 2.0, 3.0], [0.1, 0.2, 0.5]) == pytest.approx(0.9)
    assert reliability([1.0, 2.0, 3.0], [2.0, 2.0, 2.0]) == pytest.approx(-3)


def test_rows_share_their_variance_but_not_their_levels() -> None:
    values = np.array([[1.0, 2, 3], [11, 13, 15]])
    assert reliability(values, np.full((2, 3), 0.5)) == pytest.approx(1 - 0.25 / 2.5)


def test_nothing_is_said_of_too_little() -> None:
    assert np.isnan(reliability([1.0, 2.0], [0.1, 0.1]))
    assert np.isnan(reliability([1.0, 1.0, 1.0], [0.1, 0.1, 0.1]))
    assert np.isnan(reliability([1.0, 2.0, 3.0], [0.1, np.nan, 0.1]))


def test_it_is_the_correlation_of_two_measurements() -> None:
    generator = np.random.default_rng(0)
    true = generator.normal(size=20_000)
    first, second = true + 0.7 * generator.normal(size=(2, 20_000))
    expected = np.corrcoef(first, second)[0, 1]
    assert reliability(first, np.full(20_000, 0.7)) == pytest.approx(expected, abs=0.02)


def test_errors_are_half_widths_in_quantiles() -> None:
    found = errors_of_intervals([0.0, np.nan], [2 * 1.959964, 1.0], 0.95)
    assert found[0] == pytest.approx(1, abs=1e-6)
    assert np.isnan(found[1])
