"""Ridge regression whose penalty is chosen by leaving out one group of rows at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Floats = NDArray[np.float64]

PENALTIES = np.append(10.0 ** np.arange(-2, 5), np.inf)
"""Tried, in units of the mean variance that the features have in a direction; the last one predicts
the mean, whatever the features."""
_RANK = 1e-10
"""Share of the largest variance up to which a direction has none."""


class Ridge(NamedTuple):
    """Fitted regressions of some targets on the same features.

    Attributes:
        weights: float64 [features, targets].
        intercept: float64 [targets].
        left_out: float64 [rows, targets], what is predicted of each row without its group.
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
        groups: [rows], labels of rows that are left out together: those that are alike.

    Raises:
        ValueError: with fewer than three rows or two groups.
    """

    def __init__(self, features: ArrayLike, groups: ArrayLike) -> None:
        x = np.asarray(features, np.float64)
        labels, group_of = np.unique(np.asarray(groups), return_inverse=True)
        if len(x) < 3 or len(labels) < 2:
            raise ValueError(
                "A regression needs at least three rows of two groups; there are "
                f"{len(x)} rows of {len(labels)}."
            )
        self._groups = [np.flatnonzero(group_of == number) for number in range(len(labels))]
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
        chosen = np.full(y.shape[1], np.inf)
        left_out = np.tile(mean, (len(y), 1))
        unit = float(self._variance.mean()) if len(self._variance) else 1.0
        for penalty in unit * PENALTIES[::-1]:
            kept = self._variance / (self._variance + penalty)
            residual = self._without_group(goal - axes @ (kept[:, None] * projected), kept)
            error = np.square(residual).mean(axis=0)
            better = error < best
            left_out[:, better] = (y - residual)[:, better]
            best, chosen = np.where(better, error, best), np.where(better, penalty, chosen)
        shrunk = projected / (self._variance[:, None] + chosen)
        weights = self._centred.T @ (axes @ shrunk)
        return Ridge(weights, mean - self._mean @ weights, left_out, chosen)

    def _without_group(self, residual: Floats, kept: Floats) -> Floats:
        """Turn residuals [rows, targets] into those of each row without its group."""
        found = np.empty_like(residual)
        for rows in self._groups:
            axes = self._axes[rows]
            hat = (axes * kept) @ axes.T + 1 / len(residual)
            found[rows] = np.linalg.solve(np.eye(len(rows)) - hat, residual[rows])
        return found


def fit_ridge(features: ArrayLike, targets: ArrayLike, groups: ArrayLike) -> Ridge:
    """Regress targets on features with the penalty that predicts groups best which are left out.

    Minimises |y - a - X w|^2 + penalty |w|^2 (Hoerl and Kennard 1970, Technometrics 12, p. 55).
    What is predicted of the rows g without them is y_g - (I - H_gg)^-1 e_g, with e the residuals
    and H the hat matrix of centred features and constant, so that no regression is fitted twice.

    Args:
        features: [rows, features].
        targets: [rows, targets].
        groups: [rows], labels of rows that are left out together: those that are alike.

    Raises:
        ValueError: with fewer than three rows or two groups.
    """
    return RidgeDesign(features, groups).fit(targets)


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
