"""Correlations of many pairs of vectors at once, their intervals and their classical p-values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy
from numpy.typing import NDArray

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Floats = NDArray[np.float64]

_PERFECT = 1e-9
"""How far from 1 a correlation is perfect still, but for rounding."""
CONSTANT = 1e-10
"""What remains of a vector is rounding up to so many times its largest value."""


def rank(vectors: ArrayLike) -> Floats:
    """Replace values by their ranks, ties by their mean rank, as Spearman's rho needs them.

    Args:
        vectors: [vectors, n].
    """
    ranks: Floats = scipy.stats.rankdata(np.asarray(vectors, np.float64), axis=-1).astype(
        np.float64
    )
    return ranks


def design_basis(n: int, covariates: Floats | None = None) -> Floats | None:
    """Give an orthonormal basis of the constant and the covariates.

    Args:
        n: units.
        covariates: [k, n]; None means none.

    Returns:
        float64 [n, 1 + k], the constant first; None if a covariate is constant, or a sum of
        multiples of the others, so that it controls for nothing of its own.
    """
    basis = [np.full(n, n**-0.5)]
    for covariate in np.empty((0, n)) if covariates is None else covariates:
        rest = covariate - np.column_stack(basis) @ (np.stack(basis) @ covariate)
        rest -= np.column_stack(basis) @ (np.stack(basis) @ rest)
        size = np.linalg.norm(rest)
        if size <= CONSTANT * np.abs(covariate).max() * np.sqrt(n):
            return None
        basis.append(rest / size)
    return np.column_stack(basis)


def directions(vectors: ArrayLike, basis: Floats) -> Floats:
    """Bring what the basis leaves of vectors to length 1: products are (partial) correlations.

    Args:
        vectors: [vectors, n].
        basis: [n, 1 + k] from `design_basis`.

    Returns:
        float64 [vectors, n]; NaN where nothing but rounding is left, as of constant vectors.
    """
    given = np.asarray(vectors, np.float64)
    rest = given - (given @ basis) @ basis.T
    size = np.linalg.norm(rest, axis=-1, keepdims=True)
    largest = np.abs(given).max(axis=-1, keepdims=True)
    left = size > CONSTANT * largest * np.sqrt(given.shape[-1])
    found = np.full_like(rest, np.nan)
    np.divide(rest, size, out=found, where=left)
    return found


def fisher_z_interval(
    correlation: ArrayLike, n: ArrayLike, confidence: float, *, covariates: int = 0
) -> tuple[Floats, Floats]:
    """Give Fisher's interval of Pearson's r: tanh(artanh r -/+ q / sqrt(n - 3 - k)).

    It takes both variables as normal; a partial correlation loses k units to its k covariates
    (Fisher 1924, Metron 3, p. 329).

    Args:
        correlation: [cells].
        n: units, [cells] or one number.
        confidence: coverage asked for.
        covariates: number k of covariates.

    Returns:
        lower and upper limits, float64 [cells]; NaN where n - k < 4, and of perfect correlations,
        which show no error: [1, 1] would promise a certainty that nothing supports.
    """
    return _z_interval(correlation, np.ones(np.shape(correlation)), n, confidence, covariates)


def spearman_interval(
    correlation: ArrayLike, n: ArrayLike, confidence: float, *, covariates: int = 0
) -> tuple[Floats, Floats]:
    """Give the interval of Spearman's rho on Fisher's scale, SE = sqrt((1 + rho^2 / 2) / (n - 3)).

    Bonett and Wright 2000, Psychometrika 65, p. 25. Arguments and result as of
    `fisher_z_interval`, but for a perfect order: its scale has no end, and few units can come in
    the same order by chance. Its inner limit is that of the next less perfect order, in which two
    neighbours have changed places; so no perfect order looks certain, and none looks like nothing.
    """
    given = np.clip(np.asarray(correlation, np.float64), -1, 1)
    units = np.asarray(n, np.float64)
    step = 12 / np.maximum(units * (np.square(units) - 1), 12)
    perfect = np.abs(given) > 1 - _PERFECT
    seen = np.where(perfect, np.sign(given) * (1 - step), given)
    low, high = _z_interval(seen, 1 + np.square(seen) / 2, n, confidence, covariates)
    known = np.isfinite(low)
    return (
        np.where(perfect & known & (given < 0), -1.0, low),
        np.where(perfect & known & (given > 0), 1.0, high),
    )


def _z_interval(
    correlation: ArrayLike, variance: Floats, n: ArrayLike, confidence: float, covariates: int
) -> tuple[Floats, Floats]:
    given = np.clip(np.asarray(correlation, np.float64), -1, 1)
    weight = np.asarray(n, np.float64) - 3 - covariates
    usable = np.where(weight >= 1, weight, np.nan)
    reach = scipy.stats.norm.ppf((1 + confidence) / 2) * np.sqrt(variance / usable)
    middle = np.arctanh(np.where(np.abs(given) > 1 - _PERFECT, np.nan, given))
    return np.tanh(middle - reach), np.tanh(middle + reach)


def student_p(correlation: ArrayLike, n: ArrayLike) -> Floats:
    """Give the classical two-sided p-value: t = r sqrt((n - 2) / (1 - r^2)) with n - 2 degrees.

    Exact for Pearson's r of normal variables, an approximation for Spearman's rho.

    Args:
        correlation: [cells].
        n: units, [cells] or one number; at least 3.

    Returns:
        float64 [cells]; NaN where the correlation is.
    """
    given = np.clip(np.asarray(correlation, np.float64), -1, 1)
    degrees = np.asarray(n, np.float64) - 2
    with np.errstate(divide="ignore"):
        ratio = np.abs(given) * np.sqrt(degrees / (1 - np.square(given)))
    p: Floats = np.asarray(2 * scipy.stats.t.sf(ratio, degrees), np.float64)
    return p
