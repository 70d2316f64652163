"""Intervals and p-values of agreement: against slow computations, and in planted populations."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from isogloss.pipelines.cultural.alignment_profiles import profile_measure
from isogloss.pipelines.cultural.alignment_scores import (
    Resampling,
    adjust_for_family,
    compare_with_permutations,
    measure_block,
)
from isogloss.statistics.profile_agreement import PARTS, correlate_profiles, mean_of_others
from isogloss.statistics.profile_permutation import permutation_keys

Floats = NDArray[np.float64]
ONE_KEY = np.zeros((1, 1))


def draw_world(
    questions: int,
    followed: float,
    generator: np.random.Generator,
    batteries: NDArray[np.intp] | None = None,
) -> tuple[Floats, Floats]:
    """Draw a voice and six countries that have a profile in common; the voice follows the first.

    With batteries, half of the variance of everything is of the battery.
    """

    def draw(*shape: int) -> Floats:
        single: Floats = generator.normal(size=(*shape, questions))
        if batteries is None:
            return single
        whole = generator.normal(size=(*shape, batteries.max() + 1))
        return np.asarray(np.sqrt(0.5) * (single + whole[..., batteries]))

    common, own = draw(), draw(6)
    countries = stats.norm.cdf(0.8 * (0.86 * common + 0.51 * own))
    voice = 0.6 * common + 0.6 * draw(1) + followed * own[0]
    noise = 0.05 * generator.normal(size=(1, questions))
    return np.clip(stats.norm.cdf(0.8 * voice) + noise, 0, 1), countries


def true_parts(metric: str, followed: float) -> dict[str, float]:
    """Give the parts in a population of questions."""
    voices, countries = draw_world(40_000, followed, np.random.default_rng(9))
    others = mean_of_others(countries)
    once = np.ones((1, 40_000))
    if metric == "spearman":  # ranks once, since a matrix of all pairs would not fit
        voices, countries, others = (
            stats.rankdata(one, axis=1) for one in (voices, countries, others)
        )
        found = correlate_profiles(voices, countries, others, once, ranked=False)
    else:
        found = profile_measure(metric, voices, countries, others).parts(once)
    return {part: float(getattr(found, part)[0, 0, 0]) for part in PARTS}


def singles(questions: int) -> Resampling:
    labels = np.array([str(number) for number in range(questions)])
    return Resampling(None, ONE_KEY, labels, 0.95)


@pytest.mark.slow
@pytest.mark.parametrize("questions", [12, 20, 30])
@pytest.mark.parametrize("metric", ["spearman", "pearson", "distance"])
@pytest.mark.parametrize("followed", [0.0, 0.5])
def test_intervals_hold_the_truth_of_planted_populations(
    metric: str, followed: float, questions: int
) -> None:
    truth = true_parts(metric, followed)
    held: dict[str, list[bool]] = {part: [] for part in PARTS}
    for seed in range(500):
        voices, countries = draw_world(
            questions, followed, np.random.default_rng([seed, questions])
        )
        measure = profile_measure(metric, voices, countries[:1], mean_of_others(countries)[:1])
        for part, values in measure_block(measure, singles(questions)).items():
            held[part].append(bool(values.low[0, 0] <= truth[part] <= values.high[0, 0]))
    for part, covered in held.items():
        # a mean of twelve skewed distances is the hardest
        least = 0.9 if questions == 12 else 0.92
        assert least <= np.mean(covered) <= 0.985, part


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["spearman", "distance"])
def test_the_wider_interval_holds_where_batteries_are_alike(metric: str) -> None:
    batteries = np.repeat(np.arange(8), [10, 6, 6, 2, 2, 2, 1, 1])
    truth = true_parts(metric, 0.5)
    over_questions, wider = [], []
    for seed in range(300):
        voices, countries = draw_world(30, 0.5, np.random.default_rng(seed), batteries)
        measure = profile_measure(metric, voices, countries[:1], mean_of_others(countries)[:1])
        resampling = Resampling(None, ONE_KEY, batteries.astype(np.str_), 0.95)
        for part, own in measure_block(measure, resampling).items():
            one = own.low[0, 0] <= truth[part] <= own.high[0, 0]
            other = own.battery_low[0, 0] <= truth[part] <= own.battery_high[0, 0]
            battery_width = own.battery_high[0, 0] - own.battery_low[0, 0]
            over_questions.append(one)
            wider.append(other if battery_width > own.high[0, 0] - own.low[0, 0] else one)
    assert np.mean(over_questions) < 0.93
    assert 0.92 <= np.mean(wider) <= 0.985


def test_errors_are_those_of_questions_left_out_one_at_a_time() -> None:
    voices, countries = draw_world(15, 0.5, np.random.default_rng(1))
    measure = profile_measure("spearman", voices, countries[:2], None)
    found = measure_block(measure, singles(15))["overall"]
    for group in range(2):
        without = [
            stats.spearmanr(
                np.delete(voices[0], question), np.delete(countries[group], question)
            ).statistic
            for question in range(15)
        ]
        error = np.sqrt(14 / 15 * np.square(np.array(without) - np.mean(without)).sum())
        assert found.error[0, group] == pytest.approx(error)
        r = found.value[0, group]
        reach = stats.t.ppf(0.975, 14) * error / (1 - r**2)
        assert found.low[0, group] == pytest.approx(np.tanh(np.arctanh(r) - reach))
        assert found.high[0, group] == pytest.approx(np.tanh(np.arctanh(r) + reach))


def test_batteries_are_left_out_whole() -> None:
    voices, countries = draw_world(12, 0.5, np.random.default_rng(2))
    batteries = np.repeat(["a", "b", "c", "d"], [6, 3, 2, 1])
    measure = profile_measure("distance", voices, countries[:1], None)
    found = measure_block(measure, Resampling(None, ONE_KEY, batteries, 0.95))["overall"]
    near = 1 - np.abs(voices[0] - countries[0])
    without = [near[batteries != one].mean() for one in "abcd"]
    error = np.sqrt(3 / 4 * np.square(np.array(without) - np.mean(without)).sum())
    reach = stats.t.ppf(0.975, 3) * error
    assert found.battery_low[0, 0] == pytest.approx(near.mean() - reach)
    assert found.battery_high[0, 0] == pytest.approx(min(near.mean() + reach, 1))
    assert found.without_low[0, 0] == pytest.approx(min(without))
    assert found.without_high[0, 0] == pytest.approx(max(without))


def test_two_batteries_tell_no_error() -> None:
    voices, countries = draw_world(12, 0.5, np.random.default_rng(2))
    measure = profile_measure("distance", voices, countries[:1], None)
    found = measure_block(measure, Resampling(None, ONE_KEY, np.repeat(["a", "b"], 6), 0.95))
    assert np.isnan(found["overall"].battery_low).all()
    assert not np.isnan(found["overall"].without_low).any()


def test_the_bootstrap_error_of_a_mean_is_known() -> None:
    generator = np.random.default_rng(3)
    voices, countries = draw_world(20, 0.5, generator)
    measure = profile_measure("distance", voices, countries[:1], None)
    counts = generator.multinomial(20, np.full(20, 0.05), size=20_000).astype(np.float64)
    resampling = Resampling(counts, ONE_KEY, np.arange(20).astype(np.str_), 0.95)
    found = measure_block(measure, resampling)["overall"].error[0, 0]
    expected = np.abs(voices[0] - countries[0]).std() / np.sqrt(20)
    assert found == pytest.approx(expected, rel=0.02)


def test_a_bootstrap_that_leaves_nothing_to_measure_has_no_error() -> None:
    voices, countries = draw_world(6, 0.5, np.random.default_rng(4))
    measure = profile_measure("spearman", voices, countries[:1], mean_of_others(countries)[:1])
    counts = np.eye(6)[np.arange(600) % 6] * 6
    resampling = Resampling(counts, ONE_KEY, np.arange(6).astype(np.str_), 0.95)
    assert np.isnan(measure_block(measure, resampling)["distinctive"].error).all()


def test_a_perfect_correlation_has_no_interval() -> None:
    countries = np.arange(10.0)[None] / 10
    found = measure_block(profile_measure("spearman", countries, countries, None), singles(10))
    assert found["overall"].value[0, 0] == pytest.approx(1)
    assert np.isnan(found["overall"].low).all()


def test_p_is_the_share_of_permutations_that_agree_as_well() -> None:
    generator = np.random.default_rng(5)
    voices, countries = draw_world(10, 0.5, generator)
    keys = permutation_keys(10, 400, generator)
    measure = profile_measure("pearson", voices, countries, None)
    permuted = measure.permuted(keys)
    found = compare_with_permutations(permuted)["overall"]
    values = permuted.overall[:, 0]
    assert found.p[0] == pytest.approx((values >= values[0] - 1e-9).mean(axis=0))
    assert found.floor[0] == pytest.approx(values[1:].mean(axis=0))
    ratios = (values - values[1:].mean(axis=0)) / values[1:].std(axis=0, ddof=1)
    assert found.largest == pytest.approx(ratios.max(axis=1))
    expected = [(found.largest >= ratio - 1e-9).mean() for ratio in ratios[0]]
    assert adjust_for_family(found.ratio, found.largest)[0] == pytest.approx(expected)


def test_following_the_mean_of_the_others_is_seldom_told_to_be_distinctive() -> None:
    single = []
    for seed in range(400):
        generator = np.random.default_rng(seed)
        _, countries = draw_world(20, 0.0, generator)
        others = mean_of_others(countries)[:1]
        voices = others + 0.2 * generator.normal(size=(3, 20))
        keys = permutation_keys(20, 199, generator)
        measure = profile_measure("spearman", voices, countries[:1], others)
        found = compare_with_permutations(measure.permuted(keys))["distinctive"]
        single.append(found.p < 0.05)
    assert 0.02 < np.mean(single) < 0.07


def test_following_the_country_is_told() -> None:
    generator = np.random.default_rng(3)
    voices, countries = draw_world(30, 1.0, generator)
    keys = permutation_keys(30, 999, generator)
    measure = profile_measure("spearman", voices, countries, mean_of_others(countries))
    found = compare_with_permutations(measure.permuted(keys))["distinctive"]
    adjusted = adjust_for_family(found.ratio, found.largest)[0]
    assert adjusted[0] < 0.01
    assert adjusted[1:].min() > 0.1
