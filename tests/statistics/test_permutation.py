from __future__ import annotations

from functools import cache
from itertools import permutations
from math import factorial

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from isogloss.statistics.correlation import design_basis, directions
from isogloss.statistics.multiple_testing import adjust_holm
from isogloss.statistics.permutation import (
    NO_FAMILY,
    Block,
    adjust_across_sets,
    compare_with_permutations,
    label_permutations,
)

Floats = NDArray[np.float64]


def block(x: Floats, y: Floats, z: Floats | None = None, families: object = 0) -> Block:
    basis = design_basis(x.shape[-1], z)
    assert basis is not None
    numbers = np.broadcast_to(np.asarray(families), (len(y), len(x)))
    return Block(directions(x, basis), directions(y, basis), basis, numbers)


@cache
def orders(n: int, draws: int = 999, seed: int = 0) -> NDArray[np.int16]:
    return label_permutations(n, 7, draws, np.random.default_rng(seed))


def test_all_permutations_or_some_the_given_order_first() -> None:
    for n in (3, 5):
        found = orders(n)
        assert found[0].tolist() == list(range(n))
        assert {tuple(row) for row in found.tolist()} == set(permutations(range(n)))
        assert len(found) == factorial(n)
    drawn = orders(9, 50)
    assert drawn.shape == (51, 9)
    assert drawn[0].tolist() == list(range(9))
    assert (np.sort(drawn, axis=1) == np.arange(9)).all()


def test_p_by_hand() -> None:
    # Of the 6 orders of 1 2 3 against 1 2 3, |r| = 1 for two, .5 for the other four.
    x = np.array([[1.0, 2, 3]])
    perfect, half = np.array([[10.0, 20, 30]]), np.array([[1.0, 3, 2]])
    found = compare_with_permutations([block(x, np.concatenate([perfect, half]))], orders(3))[0]
    assert found.p.ravel() == pytest.approx([2 / 6, 1])
    # The two that give 1 are others for the second outcome: the larger of both is 1 for four.
    assert found.adjusted.ravel() == pytest.approx([4 / 6, 1])


@pytest.mark.parametrize("n", [5, 7])
def test_as_scipy_permutes(n: int) -> None:
    x, y = np.random.default_rng(n).normal(size=(2, n))
    found = compare_with_permutations([block(x[None], y[None])], orders(n))[0]

    def statistic(values: Floats) -> float:
        return abs(float(np.corrcoef(values, y)[0, 1]))

    reference = stats.permutation_test(
        (x,), statistic, permutation_type="pairings", n_resamples=10_000, alternative="greater"
    )
    assert found.p.item() == pytest.approx(reference.pvalue)


def test_drawn_permutations_come_near_all_of_them() -> None:
    x, y = np.random.default_rng(1).normal(size=(2, 7))
    exact = compare_with_permutations([block(x[None], y[None])], orders(7))[0].p.item()
    drawn = label_permutations(7, 3, 40_000, np.random.default_rng(2))
    near = compare_with_permutations([block(x[None], y[None])], drawn)[0].p.item()
    assert near == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 40_000))


def test_the_largest_of_a_family_by_plain_loops() -> None:
    generator = np.random.default_rng(3)
    data = [(generator.normal(size=(3, 6)), generator.normal(size=(2, 6))) for _ in range(2)]
    families = [np.array([[0, 0, 1], [0, 1, NO_FAMILY]]), np.array([[1, 1, 1], [0, 0, 0]])]
    blocks = [block(x, y, families=own) for (x, y), own in zip(data, families, strict=True)]
    found = compare_with_permutations(blocks, orders(6))
    largest: dict[int, list[float]] = {0: [], 1: []}
    observed: list[tuple[int, int, int, float]] = []
    for order in permutations(range(6)):
        top = {0: 0.0, 1: 0.0}
        for number, (x, y) in enumerate(data):
            for i, j in np.ndindex(2, 3):
                family = int(families[number][i, j])
                r = abs(np.corrcoef(x[j], y[i][list(order)])[0, 1])
                if family != NO_FAMILY:
                    top[family] = max(top[family], r)
                if order == tuple(range(6)):
                    observed.append((number, i, j, r))
        for family, value in top.items():
            largest[family].append(value)
    for number, i, j, r in observed:
        family = int(families[number][i, j])
        if family == NO_FAMILY:
            assert np.isnan(found[number].adjusted[i, j])
            continue
        expected = np.mean(np.array(largest[family]) >= r - 1e-12)
        assert found[number].adjusted[i, j] == pytest.approx(expected)


def test_chunks_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(4)
    one = block(generator.normal(size=(4, 6)), generator.normal(size=(3, 6)))
    whole = compare_with_permutations([one], orders(6))[0]
    monkeypatch.setattr("isogloss.statistics.permutation.CHUNK", 100)
    parts = compare_with_permutations([one], orders(6))[0]
    assert (whole.p == parts.p).all()
    assert (whole.adjusted == parts.adjusted).all()


def test_constant_vectors_are_no_test() -> None:
    x = np.array([[1.0, 2, 4, 8, 9], [3, 3, 3, 3, 3]])
    found = compare_with_permutations([block(x, x[:1])], orders(5))[0]
    alone = compare_with_permutations([block(x[:1], x[:1])], orders(5))[0]
    assert np.isnan([found.p[0, 1], found.adjusted[0, 1]]).all()
    assert found.adjusted[0, 0] == alone.adjusted.item() == pytest.approx(1 / 120)


def test_residuals_are_permuted_as_freedman_and_lane_do() -> None:
    generator = np.random.default_rng(5)
    z = generator.normal(size=(1, 6))
    x, y = generator.normal(size=(2, 6)) + z
    found = compare_with_permutations([block(x[None], y[None], z)], orders(6))[0]
    design = np.column_stack([np.ones(6), z[0]])

    def residuals(values: Floats) -> Floats:
        left: Floats = values - design @ np.linalg.lstsq(design, values, rcond=None)[0]
        return left

    left, fitted = residuals(y), y - residuals(y)
    observed = abs(np.corrcoef(residuals(x), left)[0, 1])
    reached = [
        abs(np.corrcoef(residuals(x), residuals(fitted + left[list(order)]))[0, 1])
        >= observed - 1e-9
        for order in permutations(range(6))
    ]
    assert found.p.item() == pytest.approx(np.mean(reached))


def test_sets_of_one_test_give_holm_and_one_set_gives_nothing_new() -> None:
    p = np.array([0.04, np.nan, 0.01, 0.03, 0.005])
    holm = adjust_across_sets(p, np.arange(5))
    assert holm == pytest.approx(adjust_holm(p), nan_ok=True)
    assert adjust_across_sets(p, np.zeros(5)) == pytest.approx(p, nan_ok=True)
    assert adjust_across_sets([], []).shape == (0,)


def test_a_set_counts_until_its_last_test_is_passed() -> None:
    # In order: .01 (a), .02 (b), .03 (a), .6 (b): both sets are left for the first three, then b.
    p, sets = np.array([0.01, 0.03, 0.02, 0.6]), np.array(["a", "a", "b", "b"])
    assert adjust_across_sets(p, sets) == pytest.approx([0.02, 0.06, 0.04, 0.6])


def skewed(generator: np.random.Generator, *shape: int) -> Floats:
    """Alignment crowds at an end, and accuracies are shares of few items."""
    found: Floats = generator.beta(0.6, 0.4, size=shape)
    return found


def accuracies(generator: np.random.Generator, *shape: int) -> Floats:
    found: Floats = generator.binomial(100, generator.beta(8, 8, size=shape)) / 100
    return found


@pytest.mark.slow
@pytest.mark.parametrize("n", [5, 7, 11, 15])
def test_few_false_findings_where_there_is_nothing(n: int) -> None:
    generator = np.random.default_rng(n)
    rejected = []
    for number in range(40):
        one = block(skewed(generator, 20, n), accuracies(generator, 10, n))
        rejected.append(compare_with_permutations([one], orders(n, 999, number))[0].p <= 0.05)
    assert 0.03 < np.mean(rejected) <= 0.06


@pytest.mark.slow
@pytest.mark.parametrize("planted", [False, True])
def test_few_families_with_a_false_finding(planted: bool) -> None:
    """Two models, correlated metrics, two tasks of which one lacks four of eleven languages."""
    generator = np.random.default_rng(0)
    false = 0
    for number in range(800):
        languages = skewed(generator, 1, 11)
        metrics = [languages + 0.2 * generator.normal(size=(6, 11)) for _ in range(2)]
        reading, knowledge = (accuracies(generator, 2, 1, 11) for _ in range(2))
        if planted:
            knowledge[0] = metrics[0][:1] + 0.02 * generator.normal(size=(1, 11))
        drawn = {7: orders(7), 11: orders(11, 499, number)}
        p = []
        for outcome, units in ((reading, 11), (knowledge, 7)):
            pairs = zip(metrics, outcome, strict=True)
            blocks = [block(x[:, :units], y[:, :units]) for x, y in pairs]
            tests = compare_with_permutations(blocks, drawn[units])
            p.append(np.stack([test.adjusted.ravel() for test in tests]))
        sets = np.repeat([0, 1], 12)
        adjusted = adjust_across_sets(np.stack(p).ravel(), sets).reshape(2, 2, 6)
        if planted:
            assert adjusted[1, 0].min() <= 0.05
            adjusted[1, 0] = 1
        false += adjusted.min() <= 0.05
    assert false / 800 <= 0.06


@pytest.mark.slow
@pytest.mark.parametrize(("n", "covariates"), [(11, 1), (16, 2), (24, 2)])
def test_few_false_partial_correlations_where_covariates_cause_both(
    n: int, covariates: int
) -> None:
    generator = np.random.default_rng(n)
    rejected = []
    for number in range(300):
        z = generator.normal(size=(covariates, n))
        x, y = z.sum(axis=0) + 0.5 * generator.exponential(size=(2, 5, n))
        found = compare_with_permutations([block(x, y, z)], orders(n, 499, number))[0]
        rejected.append(found.p <= 0.05)
    assert np.mean(rejected) <= 0.06
