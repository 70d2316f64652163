from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.reporting.merge_means import Mean, average_means, count_intervals
from tests.pipelines.reporting.merge_pages import AVERAGE, make_summary


def gain(*tables: pd.DataFrame) -> Mean:
    return average_means(pd.concat(tables))[AVERAGE, "own"]


def test_one_seed_is_taken_as_it_is() -> None:
    found = gain(make_summary(low=0.02))
    assert (found.value, found.low, found.high) == pytest.approx((0.12, 0.02, 0.22))
    assert found.locales == 3
    assert average_means(make_summary())["pivot", ""].locales == 2


def test_seeds_are_averaged_and_all_must_tell() -> None:
    both = gain(make_summary(low=0.05), make_summary(seed=1, low=0.01))
    assert (both.value, both.low, both.high) == pytest.approx((0.13, 0.03, 0.23))
    assert both.told
    assert gain(make_summary(low=-0.3), make_summary(seed=1, low=-0.21)).told, "losses are too"
    for other in (-0.05, -0.3):
        assert not gain(make_summary(low=0.3), make_summary(seed=1, low=other)).told


def test_what_touches_0_or_has_no_interval_is_not_told() -> None:
    assert not gain(make_summary(low=0.0)).told
    unknown = make_summary(low=0.1).assign(ci_low=np.nan, ci_high=np.nan)
    assert not gain(unknown).told
    assert not gain(make_summary(low=0.1), unknown.assign(seed=1)).told
    assert np.isnan(gain(make_summary(low=0.1), unknown.assign(seed=1)).low)
    assert gain(unknown).as_score() == ".20"
    assert count_intervals(average_means(unknown)) == 0
    assert count_intervals(average_means(make_summary())) == 4 * 6


def test_no_rows_have_no_means() -> None:
    assert average_means(make_summary().iloc[:0]) == {}


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.084, "+.08"), (-0.3, "-.30"), (0.001, ".00"), (-1e-9, ".00"), (1, "+1.00")],
)
def test_signs(value: float, text: str) -> None:
    assert Mean(value, 0, 1, 3, told=False, spread=0.1).as_gain() == text
