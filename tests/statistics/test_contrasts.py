from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from isogloss.statistics.clustered import (
    ItemResampling,
    resample_items,
    resampled_scores,
    take_items,
)
from isogloss.statistics.contrasts import Contrasts, assess_contrasts, mean_over_groups

ROUNDS = 999
Floats = NDArray[np.float64]


def plant(gaps: Floats, items: int, generator: np.random.Generator, sources: int = 1) -> Floats:
    """Give differences [languages, items] of a classifier and the mean of some others.

    They are right equally often, but for the gaps, and items are easy or hard in all languages.
    """
    ease = generator.normal(0.5, 1, size=items)
    noise = generator.normal(size=(1 + sources, len(gaps), items))
    right = ease + noise > 0
    better = ease + noise[0] + gaps[:, None] > 0
    return np.asarray(better - right[1:].mean(axis=0), np.float64)


def assess(outcomes: Floats, generator: np.random.Generator) -> Contrasts:
    drawn = resample_items(np.arange(outcomes.shape[1]), rounds=ROUNDS, generator=generator)
    return assess_contrasts(list(outcomes), [drawn] * len(outcomes))


def slow_ratios(values: Floats, drawn: ItemResampling) -> tuple[float, Floats]:
    """Give |t| and |t*| of every round from the items drawn in it, one round after the other."""

    def error(items: Floats) -> float:
        """That of a mean, with three whole items more that differ."""
        n = len(items)
        return float(np.sqrt((((items - items.mean()) ** 2).sum() + 3) / n / (n - 1)))

    found = []
    for weights in drawn.weights:
        times = np.rint(weights * (len(values) - 1)).astype(int)
        items = np.repeat(values, times)
        assert len(items) == len(values) - 1
        found.append(abs(items.mean() - values.mean()) / error(items))
    return float(abs(values.mean()) / error(values)), np.array(found)


def test_the_family_is_tested_by_the_largest_ratio_of_every_round() -> None:
    generator = np.random.default_rng(8)
    outcomes = plant(np.array([0.9, 0.0, 0.3, 0.2]), 60, generator, sources=3)
    drawn = resample_items(np.arange(60), rounds=ROUNDS, generator=generator)
    found = assess_contrasts(list(outcomes), [drawn] * 4)
    seen, ratios = zip(*(slow_ratios(values, drawn) for values in outcomes), strict=True)
    largest = np.max(ratios, axis=0)
    student = 2 * stats.t.sf(seen, 59)
    single = [(1 + (own >= t).sum()) / 1000 for own, t in zip(ratios, seen, strict=True)]
    joint = [(1 + (largest >= t).sum()) / 1000 for t in seen]
    assert found.difference == pytest.approx(outcomes.mean(axis=1))
    assert found.p == pytest.approx(np.maximum(single, student))
    assert found.adjusted == pytest.approx(np.maximum(joint, student))
    assert found.adjusted[0] < 0.05 < found.adjusted[1]
    quantile = np.quantile(largest, 0.95, method="higher")
    assert quantile > stats.t.ppf(0.975, 59)
    assert (found.high - found.difference) / found.error == pytest.approx([quantile] * 4, rel=1e-5)


def test_one_planted_item_computed_by_hand() -> None:
    outcomes = np.zeros(20)
    outcomes[3] = 1.0
    found = assess(outcomes[None], np.random.default_rng(0))
    # sum (x - 0.05)^2 = 1 - 20 / 400
    error = np.sqrt((0.95 + 3) / 20 / 19)
    assert found.error == pytest.approx([error])
    # the same in every round that draws the item once, so that Student's p is the larger
    assert found.p == pytest.approx([2 * stats.t.sf(0.05 / error, 19)])
    reach = stats.t.ppf(0.975, 19) * error
    assert (found.low[0], found.high[0]) == pytest.approx((0.05 - reach, 0.05 + reach))


def test_a_single_difference_has_the_p_of_students_test() -> None:
    generator = np.random.default_rng(3)
    found = assess(plant(np.array([0.35]), 400, generator), generator)
    expected = 2 * stats.t.sf(found.difference[0] / found.error[0], 399)
    assert found.p[0] == pytest.approx(expected, abs=0.02)
    assert found.adjusted == pytest.approx(found.p)


def test_languages_with_other_items_share_the_draws_of_their_own() -> None:
    generator = np.random.default_rng(5)
    outcomes = plant(np.zeros(2), 60, generator)
    drawn = resample_items(np.arange(60), rounds=ROUNDS, generator=generator)
    kept = np.arange(50)
    same = assess_contrasts([outcomes[0], outcomes[0]], [drawn, drawn])
    assert same.adjusted == pytest.approx(same.p)
    fewer = assess_contrasts([outcomes[0], outcomes[1, kept]], [drawn, take_items(drawn, kept)])
    alone = assess_contrasts([outcomes[1, kept]], [take_items(drawn, kept)])
    assert fewer.p[1] == alone.p[0]
    assert fewer.error[1] == alone.error[0]


@pytest.mark.slow
@pytest.mark.parametrize(("items", "languages", "sources"), [(30, 13, 1), (30, 30, 5), (56, 7, 5)])
def test_families_without_differences_are_seldom_told_to_differ(
    items: int, languages: int, sources: int
) -> None:
    rejected, single, covered, plain = [], [], [], []
    for seed in range(500):
        generator = np.random.default_rng([seed, items])
        outcomes = plant(np.zeros(languages), items, generator, sources)
        found = assess(outcomes, generator)
        rejected.append((found.adjusted < 0.05).any())
        single.append(found.p < 0.05)
        covered.append(((found.low <= 0) & (found.high >= 0)).all())
        plain.append((found.p < 0.05).any())
    assert 0.01 < np.mean(rejected) < 0.07
    assert np.mean(single) < 0.055
    assert 0.93 < np.mean(covered) < 0.99
    assert np.mean(plain) > 0.12


@pytest.mark.slow
def test_rare_and_lopsided_differences_are_seldom_told_from_none() -> None:
    rejected, covered = [], []
    for seed in range(500):
        generator = np.random.default_rng(seed)
        # one wrong answer in 14, against the mean of five classifiers that err as often
        right = generator.random((6, 20, 56)) < 13 / 14
        found = assess(right[0] - right[1:].mean(axis=0), generator)
        rejected.append((found.adjusted < 0.05).any())
        covered.append(((found.low <= 0) & (found.high >= 0)).all())
    assert np.mean(rejected) < 0.07
    assert np.mean(covered) > 0.93


def test_a_language_that_hardly_differs_hides_no_difference_of_another() -> None:
    generator = np.random.default_rng(4)
    outcomes = plant(np.array([0.9, 0.0]), 200, generator)
    outcomes[1] = np.arange(200) < 2
    found = assess(outcomes, generator)
    assert found.adjusted[0] < 0.01
    assert found.low[0] > 0
    assert found.high[0] - found.low[0] < 0.4


def test_a_planted_difference_is_found_among_many() -> None:
    generator = np.random.default_rng(1)
    gaps = np.zeros(8)
    gaps[2] = 0.8
    found = assess(plant(gaps, 400, generator), generator)
    assert found.adjusted[2] == 1 / (1 + ROUNDS)
    assert found.low[2] > 0
    assert (np.delete(found.adjusted, 2) > 0.05).all()
    assert (found.adjusted >= found.p).all()


def test_what_does_not_vary_is_not_certain() -> None:
    outcomes = np.stack([np.zeros(40), np.ones(40)])
    found = assess(outcomes, np.random.default_rng(0))
    reach = stats.t.ppf(0.975, 39) / np.sqrt(40 * 39 / 3)
    assert (found.low[0], found.high[0]) == pytest.approx((-reach, reach))
    assert (found.p[0], found.adjusted[0]) == (1, 1)
    assert (found.low[1], found.high[1]) == pytest.approx((1 - reach, 1))
    assert found.adjusted[1] == 1 / (1 + ROUNDS)


@pytest.mark.parametrize("items", [1, 2])
def test_one_or_two_items_show_nothing(items: int) -> None:
    found = assess(np.ones((1, items)), np.random.default_rng(0))
    assert found.p[0] > 0.3
    assert found.low[0] < 0
    assert found.high[0] == 1


def test_items_in_clusters_are_refused() -> None:
    drawn = resample_items([0, 0, 1, 1], rounds=9, generator=np.random.default_rng(0))
    with pytest.raises(ValueError, match="4 items of a contrast lie in 2 clusters"):
        assess_contrasts([np.ones(4)], [drawn])


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
