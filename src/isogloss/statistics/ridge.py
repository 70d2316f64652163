"""Ridge regression whose penalty is chosen by leaving out one row at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Floats = NDArray[np.float64]

PENALTIES = 10.0 ** np.arange(-3, 4)
"""Tried, in units of the mean variance that the features have in a direction."""
_RANK = 1e-10
"""Share of the largest variance up to which a direction has none."""


class Ridge(NamedTuple):
    """Fitted regressions of some targets on the same features.

    Attributes:
        weights: float64 [features, targets].
        intercept: float64 [targets].
        left_out: float64 [rows, targets], what is predicted of each row without it.
        penalty: float64 [targets], in units of the features' variance.
    """

    weights: Floats
    intercept: Floats
    left_out: Floats
    penalty: Floats

    def predict(self, features: ArrayLike) -> Floats:
        """Predict targets, [rows, targets].

        Args:
            features: [rows, features].
        """
        return np.asarray(np.asarray(features, np.float64) @ self.weights + self.intercept)


class RidgeDesign:
    """Features to which several sets of targets are fitted one after another.

    Args:
        features: [rows, features].

    Raises:
        ValueError: with fewer than three rows.
    """

    def __init__(self, features: ArrayLike) -> None:
        x = np.asarray(features, np.float64)
        if len(x) < 3:
            raise ValueError(f"A regression needs at least three rows; there are {len(x)}.")
        self._mean = x.mean(axis=0)
        self._centred = x - self._mean
        self._axes, self._variance = _principal_axes(self._centred)

    def fit(self, targets: ArrayLike) -> Ridge:
        """Regress targets on the features; see `fit_ridge`.

        Args:
            targets: [rows, targets].
        """
        y = np.asarray(targets, np.float64)
        mean, axes = y.mean(axis=0), self._axes
        goal = y - mean
        projected = axes.T @ goal
        best = np.full(y.shape[1], np.inf)
        chosen = np.full(y.shape[1], np.nan)
        left_out = np.tile(mean, (len(y), 1))
        for penalty in PENALTIES * self._variance.sum() / max(len(self._variance), 1):
            kept = self._variance / (self._variance + penalty)
            leverage = np.square(axes) @ kept + 1 / len(y)
            residual = (goal - axes @ (kept[:, None] * projected)) / (1 - leverage)[:, None]
            error = np.square(residual).mean(axis=0)
            better = error < best
            left_out[:, better] = (y - residual)[:, better]
            best, chosen = np.where(better, error, best), np.where(better, penalty, chosen)
        shrunk = projected / (self._variance[:, None] + np.nan_to_num(chosen))
        weights = self._centred.T @ (axes @ shrunk)
        return Ridge(weights, mean - self._mean @ weights, left_out, chosen)


def fit_ridge(features: ArrayLike, targets: ArrayLike) -> Ridge:
    """Regress targets on features with the penalty that predicts rows best which are left out.

    Minimises |y - a - X w|^2 + penalty |w|^2 (Hoerl and Kennard 1970, Technometrics 12, p. 55).
    What is predicted of row i without it is y_i - e_i / (1 - h_ii - 1/n), with e the residuals and
    h the diagonal of the hat matrix of centred features, so that no regression is fitted twice.

    Args:
        features: [rows, features].
        targets: [rows, targets].

    Raises:
        ValueError: with fewer than three rows.
    """
    return RidgeDesign(features).fit(targets)


def _principal_axes(centred: Floats) -> tuple[Floats, Floats]:
    """Give the left singular vectors [rows, axes] of features and their squared values [axes]."""
    rows, columns = centred.shape
    if rows <= columns:
        variance, axes = np.linalg.eigh(centred @ centred.T)
        kept = variance > _RANK * max(variance.max(initial=0), 0)
        return axes[:, kept], variance[kept]
    variance, directions = np.linalg.eigh(centred.T @ centred)
    kept = variance > _RANK * max(variance.max(initial=0), 0)
    return centred @ directions[:, kept] / np.sqrt(variance[kept]), variance[kept]
