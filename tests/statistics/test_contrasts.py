from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from isogloss.statistics.clustered import resample_items, resampled_scores
from isogloss.statistics.contrasts import assess_contrasts, mean_over_groups

ROUNDS = 999


def draw_differences(
    gaps: NDArray[np.float64], items: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give differences of two classifiers with 0/1 outcomes in some languages, and their draws."""
    generator = np.random.default_rng(seed)
    common = generator.normal(size=items)
    noise = generator.normal(size=(2, len(gaps), items))
    right = (common + noise[0] > 0).astype(float)
    better = (common + noise[1] + gaps[:, None] > 0).astype(float)
    drawn = resample_items(np.arange(items), rounds=ROUNDS, generator=generator)
    outcomes = better - right
    return outcomes.mean(axis=1), resampled_scores(outcomes, drawn)


def test_hand_computed() -> None:
    draws = np.array([[0.1, 0.3, 0.2, 0.2], [-0.2, 0.2, 0.0, 0.0]])
    found = assess_contrasts([0.2, 0.0], draws, 0.95)
    error = np.sqrt(0.02 / 3)
    assert found.error == pytest.approx([error, 2 * error])
    # |t*| of the first: 1.22 1.22 0 0, the same of the second; its |t| is 2.45
    assert found.p == pytest.approx([1 / 5, 1.0])
    assert found.adjusted == pytest.approx([1 / 5, 1.0])
    reach = np.quantile([0, 0, 0.1, 0.1], 0.95)
    assert found.low == pytest.approx([0.2 - reach, -2 * reach])


def test_a_single_difference_has_the_p_of_a_normal_test() -> None:
    difference, draws = draw_differences(np.array([0.35]), 400, 3)
    found = assess_contrasts(difference, draws)
    expected = 2 * stats.norm.sf(difference[0] / found.error[0])
    assert found.p[0] == pytest.approx(expected, abs=0.02)
    assert found.adjusted == pytest.approx(found.p)


@pytest.mark.slow
def test_a_family_without_differences_is_seldom_told_to_differ() -> None:
    rejected, single, covered = [], [], []
    for seed in range(300):
        difference, draws = draw_differences(np.zeros(8), 200, seed)
        found = assess_contrasts(difference, draws)
        rejected.append((found.adjusted < 0.05).any())
        single.append((found.p < 0.05).any())
        covered.append(((found.low <= 0) & (found.high >= 0)).all())
    assert 0.01 < np.mean(rejected) < 0.1
    assert np.mean(single) > 0.15
    assert 0.9 < np.mean(covered) < 0.99


def test_a_planted_difference_is_found_among_many() -> None:
    gaps = np.zeros(8)
    gaps[2] = 0.8
    found = assess_contrasts(*draw_differences(gaps, 400, 1))
    assert found.adjusted[2] == 1 / (1 + ROUNDS)
    assert found.low[2] > 0
    assert (np.delete(found.adjusted, 2) > 0.05).all()
    assert (found.adjusted >= found.p).all()


def test_what_does_not_vary() -> None:
    found = assess_contrasts([0.0, 0.1], [[0.0, 0.0, 0.0], [0.1, 0.1, 0.1]])
    assert (found.low[0], found.high[0], found.p[0], found.adjusted[0]) == (0, 0, 1, 1)
    assert np.isnan([found.low[1], found.p[1], found.adjusted[1]]).all()


def test_the_mean_over_groups_varies_with_groups_and_items() -> None:
    generator = np.random.default_rng(0)
    scores = np.array([0.5, 0.6, 0.7, 0.8, 0.6, 0.7])
    still = np.repeat(scores[:, None], 4000, axis=1)
    found = mean_over_groups(scores, still, generator=generator)
    assert found.score == pytest.approx(0.65)
    assert found.error == pytest.approx(scores.std(ddof=1) / np.sqrt(6), rel=0.05)
    reach = stats.t.ppf(0.975, 5) * found.error
    assert (found.low, found.high) == pytest.approx((0.65 - reach, 0.65 + reach))
    shaken = still + generator.normal(scale=0.05, size=(1, 4000))
    wider = mean_over_groups(scores, shaken, generator=generator)
    assert wider.error == pytest.approx(np.hypot(found.error, 0.05), rel=0.06)


def test_one_group_has_no_interval() -> None:
    found = mean_over_groups([0.4], np.full((1, 9), 0.4), generator=np.random.default_rng(0))
    assert found.score == 0.4
    assert np.isnan([found.error, found.low, found.high]).all()


@pytest.mark.slow
def test_intervals_of_means_cover() -> None:
    covered = []
    for seed in range(400):
        generator = np.random.default_rng(seed)
        skill = generator.normal(0.6, 0.1, size=8).clip(0.05, 0.95)
        outcomes = (generator.random((8, 150)) < skill[:, None]).astype(float)
        drawn = resample_items(np.arange(150), rounds=400, generator=generator)
        found = mean_over_groups(
            outcomes.mean(axis=1), resampled_scores(outcomes, drawn), generator=generator
        )
        covered.append(found.low <= 0.6 <= found.high)
    assert 0.92 <= np.mean(covered) <= 0.985
