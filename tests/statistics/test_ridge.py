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
def test_weights_and_left_out_rows_are_those_of_the_textbook(features: int) -> None:
    generator = np.random.default_rng(features)
    x = generator.normal(size=(40, features)) + 3
    y = x[:, :3] @ [1.0, -2.0, 0.5] + generator.normal(size=40)
    found = fit_ridge(x, y[:, None])
    weights, intercept = plain(x, y, found.penalty[0])
    np.testing.assert_allclose(found.weights[:, 0], weights, atol=1e-8)
    assert found.intercept[0] == pytest.approx(intercept)
    for row in (0, 17):
        rest = np.arange(40) != row
        own, constant = plain(x[rest], y[rest], found.penalty[0])
        assert found.left_out[row, 0] == pytest.approx(x[row] @ own + constant, abs=1e-8)


def test_penalty_is_the_one_that_predicts_best() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(60, 200))
    signal = x @ generator.normal(size=200) / 14
    noise = generator.normal(size=60)
    found = fit_ridge(x, np.stack([signal, noise], axis=1))
    assert found.penalty[0] < found.penalty[1], "noise is best predicted by its mean"
    error = np.square(found.left_out[:, 1] - noise).mean()
    assert error < 1.3 * noise.var()


def test_features_without_variance_predict_the_mean() -> None:
    y = np.array([[1.0], [2.0], [6.0], [3.0]])
    found = fit_ridge(np.ones((4, 3)), y)
    assert found.predict(np.ones((2, 3)))[:, 0].tolist() == [3.0, 3.0]
    with pytest.raises(ValueError, match="at least three rows"):
        fit_ridge(np.ones((2, 1)), np.ones((2, 1)))
