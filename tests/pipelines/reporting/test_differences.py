from __future__ import annotations

import numpy as np
import pytest

from isogloss.pipelines.reporting.differences import compare_all


def compare(values: np.ndarray, *, seed: int = 0, rounds: int = 400) -> np.ndarray:
    """Whether scores that are means of values are tied."""
    score = values.mean(axis=1)
    influence = values - score[:, None]
    generator = np.random.default_rng(seed)
    return compare_all(score, influence, generator, rounds=rounds, resolution=1.0).tied()


def test_differences_are_paired_and_antisymmetric() -> None:
    rng = np.random.default_rng(1)
    common = rng.normal(size=80)
    values = np.stack([common, common + 0.2 + 0.05 * rng.normal(size=80), rng.normal(size=80)])
    score = values.mean(axis=1)
    found = compare_all(score, values - score[:, None], np.random.default_rng(0))
    np.testing.assert_allclose(found.difference, -found.difference.T)
    np.testing.assert_allclose(found.low, -found.high.T)
    assert found.difference[1, 0] == pytest.approx(score[1] - score[0])
    # The common part cancels: .2 is told from 0 only because the difference is paired.
    assert not found.tied()[0, 1]
    assert found.tied()[0, 2]
    assert found.tied().diagonal().all()


def test_one_pair_has_students_interval() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(size=(2, 50))
    score = values.mean(axis=1)
    found = compare_all(score, values - score[:, None], np.random.default_rng(0))
    difference = values[0] - values[1]
    error = difference.std(ddof=1) / np.sqrt(50)
    reach = (found.high - found.difference)[0, 1]
    assert 2.0095 * error <= reach + 1e-9
    assert reach <= 2.3 * error


@pytest.mark.parametrize(("discordant", "tied"), [(0, True), (2, True), (4, True), (12, False)])
def test_few_differing_hits_tell_nothing(discordant: int, tied: bool) -> None:
    values = np.ones((2, 60))
    values[1, :discordant] = 0
    assert bool(compare(values)[0, 1]) is tied


def test_p_values_agree_with_the_intervals() -> None:
    rng = np.random.default_rng(5)
    below = above = 0
    for seed in range(60):
        values = rng.normal(size=(4, 40)) + np.array([[0.0], [0.0], [0.3], [0.6]])
        score = values.mean(axis=1)
        influence = values - score[:, None]
        found = compare_all(score, influence, np.random.default_rng(seed), rounds=400)
        np.testing.assert_allclose(found.p, found.p.T)
        assert (found.p.diagonal() == 1).all()
        tied = found.tied()
        below += int((found.p[~tied] > 0.05 + 0.01).sum())
        above += int((found.p[tied] < 0.05 - 0.01).sum())
    assert below == above == 0


def test_planted_differences_are_found() -> None:
    rng = np.random.default_rng(3)
    ability = np.array([0.95, 0.94, 0.5, 0.1])
    values = (rng.random((1, 100)) < ability[:, None]).astype(float)
    tied = compare(values)
    assert tied[0, 1]
    assert not tied[0, 2]
    assert not tied[2, 3]


@pytest.mark.parametrize("share", [0.1, 0.7])
def test_exchangeable_languages_are_rarely_told_apart(share: float) -> None:
    """The false-claim test: labels shuffled, at most 5 % of studies may contain any difference."""
    rng = np.random.default_rng(4)
    claims = 0
    for round_ in range(300):
        hard = rng.normal(size=60)
        noise = rng.normal(size=(8, 60))
        threshold = np.quantile(hard, 1 - share)
        values = (hard + noise > threshold).astype(float)
        claims += not compare(values, seed=round_, rounds=200).all()
    assert claims / 300 <= 0.08  # 5 % and two standard errors of 300 rounds


def test_one_sentence_tells_nothing() -> None:
    found = compare_all(np.array([1.0, 0.0]), np.zeros((2, 1)), np.random.default_rng(0))
    assert np.isnan(found.low).all()
    assert np.isnan(found.p).all()
    assert found.tied().all()


def test_an_average_over_layers_resolves_finer_differences() -> None:
    rng = np.random.default_rng(5)
    values = np.stack([0.65 + 0.05 * rng.normal(size=60), 0.56 + 0.05 * rng.normal(size=60)])
    score = values.mean(axis=1)
    influence = values - score[:, None]
    coarse = compare_all(score, influence, np.random.default_rng(0), resolution=1.0)
    fine = compare_all(score, influence, np.random.default_rng(0), resolution=1 / 17)
    plain = compare_all(score, influence, np.random.default_rng(0))
    widths = [(found.high - found.low)[0, 1] for found in (coarse, fine, plain)]
    assert widths[0] > widths[1] > widths[2]
    assert not fine.tied()[0, 1]
