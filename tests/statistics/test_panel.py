from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import optimize

from isogloss.statistics.panel import (
    Panel,
    Variances,
    coefficients_without_families,
    fit_mixed,
    gain_without_families,
    permute_jointly,
    standardise,
)
from isogloss.statistics.permutation import label_permutations

Floats = NDArray[np.float64]


def plant(
    slope: float, models: int = 4, languages: int = 24, seed: int = 0, families: int = 8
) -> Panel:
    generator = np.random.default_rng(seed)
    family = np.arange(languages) % families
    covariates = generator.normal(size=(2, 1, languages)) + 0.4 * generator.normal(
        size=(2, models, languages)
    )
    shared = generator.normal(size=languages)
    predictor = standardise(shared + 0.5 * generator.normal(size=(models, languages)))
    outcome = (
        slope * predictor
        + 0.6 * covariates[0]
        - 0.3 * covariates[1]
        + generator.normal(size=(models, 1))
        + 0.5 * generator.normal(size=languages)
        + 0.4 * generator.normal(size=families)[family]
        + 0.4 * generator.normal(size=(models, languages))
    )
    return Panel(outcome, predictor, covariates, np.array([f"f{one}" for one in family], object))


def restricted_likelihood(panel: Panel) -> Floats:
    """Maximise the restricted likelihood with full covariance matrices; gives the coefficients."""
    y, x = panel.outcome.ravel(), panel.design
    models, languages = panel.outcome.shape
    language = np.tile(np.eye(languages), (models, 1))
    names = np.unique(panel.families)
    family = np.tile((panel.families[:, None] == names).astype(float), (models, 1))

    def covariance(logarithms: Floats) -> Floats:
        within, between, above = np.exp(logarithms).tolist()
        full = within * np.eye(len(y)) + between * language @ language.T
        return np.asarray(full + above * family @ family.T, np.float64)

    def coefficients(inverse: Floats) -> Floats:
        return np.asarray(np.linalg.solve(x.T @ inverse @ x, x.T @ inverse @ y), np.float64)

    def loss(logarithms: Floats) -> float:
        v = covariance(logarithms)
        inverse = np.asarray(np.linalg.inv(v), np.float64)
        rest = y - x @ coefficients(inverse)
        determinants = np.linalg.slogdet(v)[1] + np.linalg.slogdet(x.T @ inverse @ x)[1]
        return float(determinants + rest @ inverse @ rest)

    best = optimize.minimize(loss, np.log([0.2, 0.2, 0.2]), method="Nelder-Mead",
                             options={"xatol": 1e-4, "fatol": 1e-6, "maxiter": 800})  # fmt: skip
    inverse = np.linalg.inv(covariance(np.asarray(best.x, np.float64)))
    return coefficients(np.asarray(inverse, np.float64))


def brute_force(panel: Panel, orders: NDArray[np.integer]) -> float:
    """Freedman and Lane, one permutation at a time, by least squares."""
    design = panel.nuisance

    def rest(values: Floats) -> Floats:
        found: Floats = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
        return found

    across = rest(panel.predictor.ravel())
    left = rest(panel.outcome.ravel()).reshape(panel.outcome.shape)
    found = [abs(np.corrcoef(across, rest(left[:, order].ravel()))[0, 1]) for order in orders]
    return float((np.array(found) >= found[0] - 1e-9).mean())


@pytest.mark.parametrize("slope", [0.0, 0.6])
def test_coefficient_is_that_of_the_restricted_likelihood(slope: float) -> None:
    panel = plant(slope)
    found = fit_mixed(panel)
    assert found.value == pytest.approx(restricted_likelihood(panel)[0], abs=2e-3)
    assert found.low < slope < found.high
    narrow = fit_mixed(panel, confidence=0.5)
    assert found.low < narrow.low < narrow.high < found.high


@pytest.mark.parametrize("slope", [0.0, 0.3])
def test_p_is_that_of_single_permutations(slope: float) -> None:
    panel = plant(slope)
    orders = label_permutations(24, 8, 300, np.random.default_rng(1))
    assert permute_jointly(panel, orders) == pytest.approx(brute_force(panel, orders))


def test_p_of_five_languages_is_that_of_all_orders() -> None:
    panel = plant(0.0, languages=5, families=2)
    short = Panel(panel.outcome, panel.predictor, panel.covariates[:1], panel.families)
    orders = label_permutations(5, 8, 0, np.random.default_rng(0))
    assert len(orders) == 120
    everything = np.array(list(permutations(range(5))))
    assert permute_jointly(short, orders) == pytest.approx(brute_force(short, everything))


def test_a_strong_slope_is_found_and_none_is_not() -> None:
    orders = label_permutations(24, 8, 999, np.random.default_rng(2))
    assert permute_jointly(plant(0.8), orders) == pytest.approx(1 / 1000)
    p = [permute_jointly(plant(0.0, seed=seed), orders) for seed in range(200)]
    # Three binomial standard errors beyond .05; languages of a family are alike here.
    assert np.mean(np.array(p) <= 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_gain_by_single_families() -> None:
    panel = plant(0.8)
    families = np.tile(panel.families, 4)
    y = panel.outcome.ravel()
    sums = []
    for design in (panel.nuisance, panel.design):
        predicted = np.empty_like(y)
        for name in set(families):
            own = families == name
            predicted[own] = design[own] @ np.linalg.pinv(design[~own]) @ y[~own]
        sums.append(np.square(y - predicted).sum())
    means = panel.outcome.mean(axis=1, keepdims=True)
    expected = (sums[0] - sums[1]) / np.square(panel.outcome - means).sum()
    assert gain_without_families(panel) == pytest.approx(expected)
    assert expected > 0.1
    assert gain_without_families(plant(0.0)) < 0.05


def generalised(panel: Panel, variances: Variances) -> float:
    """Give the coefficient by generalised least squares with full covariance matrices."""
    models, languages = panel.outcome.shape
    same = np.tile(np.eye(languages), (models, 1))
    names = np.unique(panel.families)
    family = np.tile((panel.families[:, None] == names).astype(float), (models, 1))
    covariance = variances.residual * np.eye(models * languages)
    covariance += variances.language * same @ same.T + variances.family * family @ family.T
    inverse, x = np.linalg.inv(covariance), panel.design
    return float(np.linalg.solve(x.T @ inverse @ x, x.T @ inverse @ panel.outcome.ravel())[0])


def test_range_without_families_has_the_variances_of_the_fit_to_all() -> None:
    panel = plant(0.5, families=3)
    fitted = fit_mixed(panel)
    # The variances are those that give the coefficient itself.
    assert generalised(panel, fitted.variances) == pytest.approx(fitted.value, abs=1e-6)
    rests = [panel.without(name) for name in sorted(set(panel.families))]
    found = [generalised(rest, fitted.variances) for rest in rests]
    low, high = coefficients_without_families(panel, fitted.variances)
    assert (low, high) == pytest.approx((min(found), max(found)))
    assert low < high
    # New variances hardly move them.
    anew = [fit_mixed(rest).value for rest in rests]
    assert (low, high) == pytest.approx((min(anew), max(anew)), abs=0.02)


def test_permutations_in_parts_are_those_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    panel = plant(0.2)
    orders = label_permutations(24, 8, 300, np.random.default_rng(1))
    whole = permute_jointly(panel, orders)
    monkeypatch.setattr("isogloss.statistics.panel.CHUNK", 7 * 96)
    assert permute_jointly(panel, orders) == whole


def test_one_family_cannot_be_left_out() -> None:
    panel = plant(0.5, families=1)
    assert np.isnan(gain_without_families(panel))
    assert np.isnan(coefficients_without_families(panel, fit_mixed(panel).variances)).all()
    assert np.isnan(coefficients_without_families(plant(0.5), Variances(*[np.nan] * 3))).all()


def test_a_covariate_that_is_the_same_everywhere_determines_nothing() -> None:
    panel = plant(0.5)
    assert panel.is_determined
    flat = Panel(panel.outcome, panel.predictor, np.ones((1, 4, 24)), panel.families)
    assert not flat.is_determined
    orders = label_permutations(24, 8, 9, np.random.default_rng(0))
    assert np.isnan(permute_jointly(flat, orders))


def test_standardised_rows() -> None:
    found = standardise(np.array([[1.0, 2, 3], [4, 4, 4]]))
    assert found.tolist() == [[-1, 0, 1], [0, 0, 0]]
