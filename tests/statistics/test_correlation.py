from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from isogloss.statistics.correlation import (
    design_basis,
    directions,
    fisher_z_interval,
    rank,
    spearman_interval,
    student_p,
)

# x = 1 2 3 4, y = 2 1 4 3: sum of products of deviations 3, of squares 5 and 5, so r = .6.
X, Y = np.array([[1.0, 2, 3, 4]]), np.array([[2.0, 1, 4, 3]])


def plain(n: int) -> np.ndarray:
    basis = design_basis(n)
    assert basis is not None
    return basis


def test_a_correlation_by_hand() -> None:
    found = directions(X, plain(4)) @ directions(Y, plain(4)).T
    assert found.item() == pytest.approx(0.6)


def test_ranks_share_ties() -> None:
    assert rank([[0.1, 0.3, 0.3, 7.0]]).tolist() == [[1, 2.5, 2.5, 4]]


@pytest.mark.parametrize("n", [4, 9, 30])
def test_as_scipy(n: int) -> None:
    generator = np.random.default_rng(n)
    x, y = generator.normal(size=(2, n)).round(1)
    for view, function in ((np.asarray, stats.pearsonr), (rank, stats.spearmanr)):
        r = (directions(view(x[None]), plain(n)) @ directions(view(y[None]), plain(n)).T).item()
        reference = function(x, y)
        assert r == pytest.approx(reference.statistic)
        assert student_p([r], n).item() == pytest.approx(reference.pvalue)
    expected = stats.pearsonr(x, y).confidence_interval(0.9)
    low, high = fisher_z_interval([stats.pearsonr(x, y).statistic], n, 0.9)
    assert (low.item(), high.item()) == pytest.approx((expected.low, expected.high))


def test_intervals_by_hand() -> None:
    # artanh .6 = .6931, 1.96 / sqrt(25) = .392; Spearman's is sqrt(1.18) times as wide
    low, high = fisher_z_interval([0.6], 28, 0.95)
    assert (low.item(), high.item()) == pytest.approx(
        (np.tanh(0.30116), np.tanh(1.08514)), abs=1e-5
    )
    low, _ = spearman_interval([0.6], 28, 0.95)
    assert low.item() == pytest.approx(np.tanh(0.69315 - 0.39199 * np.sqrt(1.18)), abs=1e-5)
    wider, _ = fisher_z_interval([0.6], 28, 0.95, covariates=9)
    assert wider.item() == pytest.approx(np.tanh(0.69315 - 1.95996 / 4), abs=1e-5)


def test_perfect_and_missing_correlations() -> None:
    low, high = fisher_z_interval([1.0, -1.0, np.nan, 0.5], [10, 10, 10, 3], 0.95)
    assert np.isnan([low, high]).all()
    # a perfect order is as certain as one in which two neighbours have changed places
    low, high = spearman_interval([1.0, -1.0, np.nan, 1.0], [10, 10, 10, 3], 0.95)
    nearly, _ = spearman_interval([1 - 12 / 990], 10, 0.95)
    assert (low[0], high[0]) == (nearly.item(), 1)
    assert (low[1], high[1]) == (-1, -nearly.item())
    assert np.isnan([low[2:], high[2:]]).all()
    p = student_p([1.0, np.nan], 5)
    assert p[0] == 0
    assert np.isnan(p[1])


@pytest.mark.parametrize("value", [0.0, 0.3, 1e6])
def test_what_varies_by_rounding_alone_has_no_direction(value: float) -> None:
    noisy = value + np.spacing(value) * np.arange(-2, 3)
    assert np.isnan(directions([noisy, np.arange(5.0)], plain(5)).sum(axis=1)).tolist() == [
        True,
        False,
    ]


def test_a_partial_correlation_is_that_of_regression_residuals() -> None:
    generator = np.random.default_rng(0)
    z = generator.normal(size=(2, 20))
    x, y = generator.normal(size=(2, 20)) + z.sum(axis=0)
    basis = design_basis(20, z)
    assert basis is not None
    design = np.column_stack([np.ones(20), z.T])
    left = [v - design @ np.linalg.lstsq(design, v, rcond=None)[0] for v in (x, y)]
    found = directions([x], basis) @ directions([y], basis).T
    assert found.item() == pytest.approx(np.corrcoef(*left)[0, 1])
    # one covariate: (r_xy - r_xz r_yz) / sqrt((1 - r_xz^2)(1 - r_yz^2))
    basis = design_basis(20, z[:1])
    assert basis is not None
    (_, xy, xz), (_, _, yz), _ = np.corrcoef([x, y, z[0]])
    expected = (xy - xz * yz) / np.sqrt((1 - xz**2) * (1 - yz**2))
    found = directions([x], basis) @ directions([y], basis).T
    assert found.item() == pytest.approx(expected)


def test_covariates_that_control_for_nothing_are_refused() -> None:
    line = np.arange(6.0)
    assert design_basis(6, np.full((1, 6), 0.7)) is None
    assert design_basis(6, np.stack([line, 3 - 2 * line])) is None
    assert design_basis(6, line[None]) is not None
