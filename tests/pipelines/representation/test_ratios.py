from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from isogloss.pipelines.representation.ratios import mean, ratio_of_sums


def test_a_ratio_of_sums_and_its_jackknife_by_hand() -> None:
    x, y = [4.0, 6.0, 11.0], [2.0, 4.0, 5.0]
    estimate = ratio_of_sums(x, y)
    left_out = np.log([17 / 9, 15 / 7, 10 / 6])
    error = np.sqrt(2 / 3 * np.sum((left_out - left_out.mean()) ** 2))
    reach = stats.t.ppf(0.975, 2) * error
    assert estimate.value == pytest.approx(21 / 11)
    assert estimate.ci_low == pytest.approx(21 / 11 * np.exp(-reach))
    assert estimate.ci_high == pytest.approx(21 / 11 * np.exp(reach))
    inverse = ratio_of_sums(y, x)
    assert inverse.ci_low == pytest.approx(1 / estimate.ci_high)


def test_a_constant_ratio_is_certain_and_few_sentences_give_no_interval() -> None:
    assert ratio_of_sums([2, 4, 6], [1, 2, 3]) == pytest.approx((2.0, 2.0, 2.0))
    assert ratio_of_sums([3], [2]) == pytest.approx((1.5, np.nan, np.nan), nan_ok=True)
    assert ratio_of_sums([], []) == pytest.approx((np.nan,) * 3, nan_ok=True)
    assert mean([]) == pytest.approx((np.nan,) * 3, nan_ok=True)
    assert mean([3.0]) == pytest.approx((3.0, np.nan, np.nan), nan_ok=True)


def test_a_mean_has_the_interval_of_student() -> None:
    values = np.array([1.0, 2.0, 4.0, 9.0])
    low, high = stats.t.interval(0.95, 3, values.mean(), values.std(ddof=1) / 2)
    assert mean(values) == pytest.approx((4.0, low, high))
