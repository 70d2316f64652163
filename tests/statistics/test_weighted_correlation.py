from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from isogloss.statistics.weighted_correlation import (
    partial_correlation,
    unit_profiles,
    weighted_mid_ranks,
)

GENERATOR = np.random.default_rng(3)
# Ties within profiles, and units that are drawn never, once and several times.
PROFILES = GENERATOR.integers(0, 6, size=(4, 15)) / 5
COUNTS = GENERATOR.multinomial(15, np.full(15, 1 / 15), size=8)


def test_ranks_are_those_of_a_sample_in_which_units_are_repeated() -> None:
    found = weighted_mid_ranks(PROFILES, COUNTS)
    for round_, counts in enumerate(COUNTS):
        for number, profile in enumerate(PROFILES):
            repeated = stats.rankdata(np.repeat(profile, counts)) - 0.5
            assert np.repeat(found[round_, number], counts) == pytest.approx(repeated)


@pytest.mark.parametrize("ranked", [False, True])
def test_products_are_the_correlations_of_repeated_units(ranked: bool) -> None:
    unit = unit_profiles(PROFILES, COUNTS, ranked=ranked)
    found = unit @ np.swapaxes(unit, 1, 2)
    for round_, counts in enumerate(COUNTS):
        for a in range(4):
            for b in range(4):
                pair = [np.repeat(PROFILES[one], counts) for one in (a, b)]
                values = [stats.rankdata(one) for one in pair] if ranked else pair
                expected = np.corrcoef(np.stack(values))[0, 1]
                assert found[round_, a, b] == pytest.approx(expected)


def test_constant_profiles_have_no_correlation() -> None:
    weights = np.array([[1.0, 1, 1, 1], [1, 1, 0, 0]])
    found = unit_profiles([[0.3, 0.3, 0.3, 0.7]], weights, ranked=True)
    assert not np.isnan(found[0]).any()
    assert np.isnan(found[1]).all()


def test_partial_correlation_is_that_of_residuals() -> None:
    x, y, z = GENERATOR.normal(size=(3, 20)) + GENERATOR.normal(size=20)
    design = np.column_stack([np.ones(20), z])
    left = [v - design @ np.linalg.lstsq(design, v, rcond=None)[0] for v in (x, y)]
    r = np.corrcoef([x, y, z])
    found = partial_correlation(r[:1, 1], r[:1, 2], r[1:2, 2])
    assert found[0] == pytest.approx(np.corrcoef(*left)[0, 1])


def test_nothing_is_left_of_what_the_third_profile_explains() -> None:
    assert np.isnan(partial_correlation(np.array([0.5]), np.array([1.0]), np.array([0.5]))).all()
