from __future__ import annotations

import numpy as np
import pytest

from isogloss.statistics.ridge import fit_ridge


def plain(x: np.ndarray, y: np.ndarray, penalty: float) -> tuple[np.ndarray, float]:
    mean_x, mean_y = x.mean(axis=0), y.mean()
    centred = x - mean_x
    weights = np.linalg.solve(
        centred.T @ centred + penalty * np.eye(x.shape[1]), centred.T @ (y - mean_y)
    )
    return weights, mean_y - mean_x @ weights


@pytest.mark.parametrize("features", [5, 60])
@pytest.mark.parametrize("size", [1, 4])
def test_weights_and_left_out_groups_are_those_of_the_textbook(features: int, size: int) -> None:
    generator = np.random.default_rng(features)
    groups = np.arange(40) % (40 // size)
    x = generator.normal(size=(40, features)) + 3
    y = x[:, :3] @ [1.0, -2.0, 0.5] + generator.normal(size=40) / 2
    found = fit_ridge(x, y[:, None], groups)
    assert np.isfinite(found.penalty[0])
    weights, intercept = plain(x, y, found.penalty[0])
    np.testing.assert_allclose(found.weights[:, 0], weights, atol=1e-8)
    assert found.intercept[0] == pytest.approx(intercept)
    for group in (0, 7):
        rest, left_out = groups != group, groups == group
        own, constant = plain(x[rest], y[rest], found.penalty[0])
        expected = x[left_out] @ own + constant
        np.testing.assert_allclose(found.left_out[left_out, 0], expected, atol=1e-8)


def test_penalty_is_the_one_that_predicts_best() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(60, 200))
    signal = x @ generator.normal(size=200) / 14
    noise = generator.normal(size=60)
    found = fit_ridge(x, np.stack([signal, noise], axis=1), np.arange(60))
    assert found.penalty[0] < found.penalty[1], "noise is best predicted by its mean"
    error = np.square(found.left_out[:, 1] - noise).mean()
    assert error < 1.1 * noise.var()


def test_rows_that_are_near_copies_do_not_choose_the_penalty() -> None:
    generator = np.random.default_rng(1)
    groups = np.repeat(np.arange(12), 10)
    x = np.repeat(generator.normal(size=(12, 50)), 10, axis=0)
    x += 0.05 * generator.normal(size=x.shape)
    y = np.repeat(generator.normal(size=12), 10)[:, None]
    single, grouped = fit_ridge(x, y, np.arange(120)), fit_ridge(x, y, groups)
    assert np.square(single.left_out - y).mean() < 0.1 * y.var(), "copies of a row tell it"
    assert np.square(grouped.left_out - y).mean() > 0.7 * y.var(), "other groups tell little"
    assert grouped.penalty[0] > 5 * single.penalty[0]


def test_features_that_mislead_are_left_alone() -> None:
    groups = np.repeat(np.arange(4), 5)
    x = (np.tile(np.arange(5.0), 4) * np.repeat([1, -1, 1, -1], 5))[:, None]
    found = fit_ridge(x, np.tile(np.arange(5.0), 4)[:, None], groups)
    assert np.isinf(found.penalty[0])
    assert found.weights.tolist() == [[0.0]]
    assert found.predict([[9.0]])[0, 0] == 2.0
    np.testing.assert_allclose(found.left_out, 2.0)


def test_features_without_variance_predict_the_mean() -> None:
    y = np.array([[1.0], [2.0], [6.0], [3.0]])
    found = fit_ridge(np.ones((4, 3)), y, np.arange(4))
    assert found.predict(np.ones((2, 3)))[:, 0].tolist() == [3.0, 3.0]
    with pytest.raises(ValueError, match="at least three rows"):
        fit_ridge(np.ones((2, 1)), np.ones((2, 1)), [0, 1])
    with pytest.raises(ValueError, match="4 rows of 1"):
        fit_ridge(np.ones((4, 1)), np.ones((4, 1)), [0, 0, 0, 0])
