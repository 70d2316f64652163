from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from isogloss.statistics.centred_slope import (
    label_orders,
    permuted_slope_p,
    slope_within_groups,
    unit_orders,
)

GENERATOR = np.random.default_rng(2)
X = GENERATOR.random((6, 3))
Z = 0.5 * X + GENERATOR.random((6, 3))
Y = 0.7 * X + 0.4 * Z + 0.3 * GENERATOR.normal(size=(6, 3)) + np.array([0.0, 1, 2])


def regress(y: np.ndarray, *columns: np.ndarray) -> np.ndarray:
    """Regress on columns and a dummy for each group."""
    dummies = [np.tile(np.arange(y.shape[1]) == group, (len(y), 1)) for group in range(y.shape[1])]
    design = np.column_stack([column.ravel() for column in (*columns, *dummies)])
    found, *_ = np.linalg.lstsq(design.astype(float), y.ravel(), rcond=None)
    return np.asarray(found)


def test_slopes_are_those_of_a_regression_with_dummies() -> None:
    assert slope_within_groups(Y, X).slope == pytest.approx(regress(Y, X)[0])
    found = slope_within_groups(Y, X, Z)
    assert found.slope == pytest.approx(regress(Y, X, Z)[0])
    assert (found.weights * Y).sum() == pytest.approx(found.slope)


def test_units_may_lack_groups() -> None:
    y = Y.copy()
    y[2, 1] = np.nan
    kept = ~np.isnan(y.ravel())
    dummies = [np.tile(np.arange(3) == group, 6) for group in range(3)]
    design = np.column_stack([X.ravel(), *dummies])[kept]
    expected = np.linalg.lstsq(design, y.ravel()[kept], rcond=None)[0][0]
    assert slope_within_groups(y, X).slope == pytest.approx(expected)


def test_a_predictor_that_does_not_vary_within_groups_has_no_slope() -> None:
    assert np.isnan(slope_within_groups(Y, np.tile([1.0, 2, 3], (6, 1))).slope)
    assert np.isnan(permuted_slope_p(Y, np.ones((6, 3)), unit_orders(6, 6, 1, GENERATOR)))


def test_all_orders_are_taken_for_few_units() -> None:
    assert label_orders(4).tolist() == [list(order) for order in permutations(range(4))]
    found = unit_orders(5, 5, 0, GENERATOR, ["a", "b", "a", "b", "b"])
    assert len({tuple(order) for order in found}) == 2 * 6
    assert found[0].tolist() == list(range(5))
    assert all(set(order[[0, 2]]) == {0, 2} for order in found)


def test_many_units_are_permuted_at_random_within_families() -> None:
    families = list("aabbbc")
    found = unit_orders(6, 3, 500, np.random.default_rng(0), families)
    assert len(found) == 501
    assert found[0].tolist() == list(range(6))
    assert (np.sort(found[:, :2], axis=1) == [0, 1]).all()
    assert (found[:, 5] == 5).all()
    assert 0.4 < (found[:, 0] == 0).mean() < 0.6


def test_p_is_the_share_of_orders_with_at_least_that_slope() -> None:
    orders = unit_orders(6, 6, 0, GENERATOR)
    slopes = [abs(regress(Y[order], X)[0]) for order in orders]
    expected = np.mean(np.array(slopes) >= slopes[0] - 1e-9)
    assert permuted_slope_p(Y, X, orders) == pytest.approx(expected)


def test_with_a_covariate_its_residuals_are_permuted() -> None:
    orders = unit_orders(6, 6, 0, GENERATOR)[::17]
    centred = [v - v.mean(axis=0) for v in (Y, X, Z)]
    y, x, z = centred
    rest = y - z * (y * z).sum() / (z * z).sum()
    found = []
    for order in orders:
        coefficients = regress(rest[order], x, z)
        left = rest[order] - x * coefficients[0] - z * coefficients[1]
        # t of the slope, but for constants that are the same in every order
        found.append(abs(coefficients[0]) / np.sqrt((left**2).sum()))
    expected = np.mean(np.array(found) >= found[0] - 1e-9)
    assert permuted_slope_p(Y, X, orders, Z) == pytest.approx(expected)


def test_noise_is_seldom_told_to_follow() -> None:
    orders = unit_orders(7, 7, 0, GENERATOR)
    found = []
    for seed in range(300):
        generator = np.random.default_rng(seed)
        # models differ alike in all languages: cells are no independent observations
        y = generator.normal(size=(7, 1)) + 0.3 * generator.normal(size=(7, 4))
        x = generator.normal(size=(7, 1)) + 0.3 * generator.normal(size=(7, 4))
        found.append(permuted_slope_p(y, x, orders))
    assert 0.02 < np.mean(np.array(found) <= 0.05) < 0.08
