from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from isogloss.statistics.clustered import (
    ItemResampling,
    clustered_error,
    compare_items,
    count_clusters,
    resample_items,
    resampled_scores,
    score_items,
    take_items,
)
from isogloss.statistics.intervals import wilson_interval

Floats = NDArray[np.float64]


def _resample(
    clusters: Sequence[object], strata: Sequence[object] | None = None, **settings: object
) -> ItemResampling:
    generator = np.random.default_rng(7)
    return resample_items(clusters, strata, generator=generator, **settings)  # type: ignore[arg-type]


def _robust_error(values: Floats, clusters: Sequence[str], strata: Sequence[str]) -> float:
    """Give the analytic error of a stratified ratio mean: sum of k/(k-1) times the variances."""
    items, variance = len(values), 0.0
    for stratum in sorted(set(strata)):
        rows = [row for row in range(items) if strata[row] == stratum]
        mean = np.mean(values[rows])
        names = sorted({clusters[row] for row in rows})
        totals = [
            sum(values[row] - mean for row in rows if clusters[row] == name) for name in names
        ]
        k = len(names)
        variance += k / (k - 1) * float(np.square(totals).sum()) / items**2
    return float(np.sqrt(variance))


def test_a_round_holds_whole_clusters_and_keeps_the_shares_of_strata() -> None:
    clusters = ["p", "p", "q", "r", "r", "r", "s", "t"]
    strata = ["a", "a", "a", "a", "a", "a", "b", "b"]
    drawn = _resample(clusters, strata, rounds=300)
    assert (drawn.clusters, drawn.strata, drawn.independent) == (5, 2, 4)
    assert drawn.weights.dtype == np.float32
    np.testing.assert_allclose(drawn.shares, 1 / 8)
    np.testing.assert_allclose(drawn.weights.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(drawn.weights[:, :6].sum(axis=1), 6 / 8, rtol=1e-6)
    np.testing.assert_array_equal(drawn.weights[:, 3], drawn.weights[:, 5])
    # Of three clusters two are drawn: all p, all q, all r, or two of them.
    found = {tuple(np.round(row[[0, 2, 3]] * 8, 4)) for row in drawn.weights}
    expected = {(3, 0, 0), (0, 6, 0), (0, 0, 2), (2, 2, 0), (1.2, 0, 1.2), (0, 1.5, 1.5)}
    assert found == {tuple(np.round(np.array(triple, np.float32), 4)) for triple in expected}
    # Of two clusters one.
    assert set(np.round(drawn.weights[:, 6] * 8, 4)) == {0, 2}


def test_macro_has_every_stratum_count_equally_with_the_same_draws() -> None:
    strata = ["a"] * 6 + ["b"] * 2
    micro = _resample(range(8), strata, rounds=20)
    macro = _resample(range(8), strata, rounds=20, average="macro")
    np.testing.assert_allclose(macro.shares, [1 / 12] * 6 + [1 / 4] * 2)
    np.testing.assert_allclose(macro.weights[:, :6] / (1 / 2), micro.weights[:, :6] / (6 / 8))
    outcomes = np.array([[1, 0, 0, 0, 0, 0, 1, 1]])
    assert score_items(outcomes, macro).score == pytest.approx([(1 / 6 + 1) / 2])
    assert score_items(outcomes, micro).score == pytest.approx([3 / 8])


def test_draws_belong_to_labels_and_not_to_positions() -> None:
    clusters = np.array(["p", "q", "q", "r", "s", "s"])
    order = np.array([3, 5, 0, 2, 4, 1])
    one, two = _resample(list(clusters), rounds=10), _resample(list(clusters[order]), rounds=10)
    np.testing.assert_allclose(two.weights, one.weights[:, order], rtol=1e-6)


def test_equal_labels_in_two_strata_are_two_clusters() -> None:
    assert _resample(["1", "2", "1", "2"], ["a", "a", "b", "b"], rounds=5).clusters == 4


def test_strata_of_one_cluster_are_drawn_from_together() -> None:
    # b and c hold one cluster each, and together vary.
    both = _resample(range(5), ["a", "a", "a", "b", "c"], rounds=50)
    assert both.strata == 2
    assert np.ptp(both.weights[:, 3]) > 0
    np.testing.assert_allclose(both.weights[:, 3:].sum(axis=1), 2 / 5, rtol=1e-6)
    # b alone joins c, the smallest other.
    single = _resample(range(6), ["a", "a", "a", "b", "c", "c"], rounds=50)
    assert single.strata == 2
    np.testing.assert_allclose(single.weights[:, :3].sum(axis=1), 1 / 2, rtol=1e-6)


def test_one_cluster_has_a_score_and_no_interval() -> None:
    drawn = _resample(["p", "p"], rounds=5)
    estimates = score_items([[1, 0]], drawn)
    assert estimates.score == pytest.approx([0.5])
    assert np.isnan([estimates.error, estimates.low, estimates.high]).all()
    gap = compare_items([[1, 0]], [1, 1], drawn)
    assert gap.score == pytest.approx([-0.5])
    assert np.isnan([gap.error, gap.low, gap.high]).all()


def test_labels_of_other_items_are_refused() -> None:
    with pytest.raises(ValueError, match="3 cluster and 2 stratum labels"):
        _resample(["p", "q", "r"], ["a", "a"])
    with pytest.raises(ValueError, match="0 cluster"):
        _resample([])


@pytest.mark.parametrize("correlated", [0.0, 1.5])
def test_the_error_is_the_cluster_robust_one(correlated: float) -> None:
    generator = np.random.default_rng(3)
    clusters = [f"{number}" for number in range(60) for _ in range(number % 3 + 1)]
    strata = ["a" if int(name) < 40 else "b" for name in clusters]
    common = dict.fromkeys(clusters, 0.0) | {
        name: generator.normal() * correlated for name in sorted(set(clusters))
    }
    values = np.array([common[name] for name in clusters]) + generator.normal(size=len(clusters))
    drawn = _resample(clusters, strata, rounds=20_000)
    expected = _robust_error(values, clusters, strata)
    assert clustered_error(values[None], drawn) == pytest.approx([expected], rel=0.03)
    naive = values.std(ddof=1) / np.sqrt(len(values))
    assert (expected > 1.3 * naive) == (correlated > 0)


def test_few_clusters_have_the_error_with_k_over_k_less_one() -> None:
    values = np.array([0.0, 1, 1, 0])
    drawn = _resample(range(4), rounds=40_000)
    # Without the factor it were .25.
    assert clustered_error(values[None], drawn) == pytest.approx([0.5 / np.sqrt(3)], rel=0.02)
    draws = resampled_scores(values[None], drawn)
    assert draws.shape == (1, 40_000)
    assert draws.mean() == pytest.approx(0.5, abs=0.01)
    assert set(np.round(draws[0], 4)) == {0, 0.3333, 0.6667, 1}


def test_scores_of_0_and_1_have_wilson_intervals_over_clusters() -> None:
    drawn = _resample([f"{item // 2}" for item in range(40)], rounds=100)
    estimates = score_items(np.array([np.zeros(40), np.ones(40)]), drawn)
    assert estimates.low[0] == 0
    assert estimates.high[1] == 1
    t = stats.t.ppf(0.975, 19)
    assert estimates.high[0] == pytest.approx(t**2 / (20 + t**2))
    assert estimates.high[0] > wilson_interval(np.array([0.0]), 20)[1][0]


def test_the_score_of_all_right_answers_is_exactly_1() -> None:
    for items in (3, 7, 49, 100, 103, 300, 2974):
        drawn = _resample(range(items), rounds=2)
        assert score_items(np.ones((1, items)), drawn).score[0] == 1.0


def test_missing_outcomes_give_no_score() -> None:
    drawn = _resample(range(4), rounds=50)
    estimates = score_items([[1.0, 0.0, float("nan"), 1.0], [1.0, 0.0, 0.0, 1.0]], drawn)
    np.testing.assert_array_equal(np.isnan(estimates.score), [True, False])
    np.testing.assert_array_equal(np.isnan(estimates.high), [True, False])


def test_differences_are_paired() -> None:
    generator = np.random.default_rng(0)
    pivot = (generator.random(400) < 0.5).astype(float)
    other = np.where(generator.random(400) < 0.05, 1 - pivot, pivot)
    drawn = _resample(range(400), rounds=2000)
    gap = compare_items(np.stack([other, generator.permutation(other)]), pivot, drawn)
    exact = (other - pivot).std(ddof=1) / 20
    assert gap.score == pytest.approx(np.full(2, np.mean(other) - np.mean(pivot)))
    assert gap.error[0] == pytest.approx(exact, rel=0.05)
    assert gap.high[0] - gap.low[0] == pytest.approx(2 * 1.966 * exact, rel=0.05)
    assert gap.error[1] > 2.5 * gap.error[0]


def test_equal_answers_do_not_make_a_difference_certain() -> None:
    drawn = _resample(range(20), rounds=20_000)
    wrong, half = np.zeros((1, 20)), np.tile([0.0, 1.0], 10)[None]
    reach = score_items(wrong, drawn).high[0]
    gap = compare_items(wrong, wrong[0], drawn)
    assert (gap.low[0], gap.score[0], gap.high[0]) == pytest.approx((-reach, 0, reach))
    gap = compare_items(half, half[0], drawn)
    # The covariance of the means is .25 / 19, of which 1 / 800 is taken off.
    own = compare_items(half, 1 - half[0], drawn).high[0] / 2
    expected = np.sqrt(2 * own**2 * (19 * 4 / 800))
    assert gap.high[0] == pytest.approx(expected, rel=0.06)
    # Probabilities come in no lumps; what stays is that their own limits lie lopsided.
    smooth = np.linspace(0.2, 0.4, 20)[None]
    gap = compare_items(smooth, smooth[0], drawn)
    assert gap.high[0] == pytest.approx(0, abs=2e-3)


def test_differences_reach_as_far_as_the_intervals_of_the_scores() -> None:
    # Two right answers in the pivot, none in the other language: so few tell no more than 20.
    values, pivot = np.zeros((1, 40)), np.zeros(40)
    pivot[[0, 39]] = 1
    drawn = _resample([f"{item // 2}" for item in range(40)], rounds=4000)
    own, base = score_items(values, drawn), score_items(pivot[None], drawn)
    gap = compare_items(values, pivot, drawn)
    # One score does not vary, so that there is no correlation.
    assert gap.low[0] == pytest.approx(-base.high[0])
    reach = np.hypot(own.high[0], 0.05 - base.low[0])
    assert gap.high[0] == pytest.approx(-0.05 + reach)


def _plant(
    accuracy: float, alike: float, clusters: NDArray[np.intp], generator: np.random.Generator
) -> Floats:
    """Draw 800 studies whose clusters have beta-distributed accuracies: correlation `alike`."""
    shape = 1 / alike - 1
    chance = generator.beta(
        accuracy * shape, (1 - accuracy) * shape, size=(800, clusters.max() + 1)
    )
    return np.asarray(generator.random((800, len(clusters))) < chance[:, clusters], np.float64)


@pytest.mark.parametrize("accuracy", [0.25, 0.5, 0.95])
@pytest.mark.parametrize(("passages", "highest"), [(12, 1), (30, 0.985), (60, 0.98), (488, 0.98)])
def test_intervals_cover_planted_accuracies_of_clustered_items(
    passages: int, highest: float, accuracy: float
) -> None:
    generator = np.random.default_rng(11)
    clusters = np.repeat(np.arange(passages), generator.choice([1, 2, 3], size=passages))
    outcomes = _plant(accuracy, 0.5, clusters, generator)
    drawn = resample_items(clusters, rounds=400, generator=generator)
    estimates = score_items(outcomes, drawn)
    covered = ((estimates.low <= accuracy) & (accuracy <= estimates.high)).mean()
    assert 0.93 <= covered <= highest
    if accuracy == 0.5:
        low, high = wilson_interval(outcomes.mean(axis=1), len(clusters))
        assert ((low <= accuracy) & (accuracy <= high)).mean() < 0.92


@pytest.mark.parametrize(
    ("passages", "accuracy", "pivot", "alike", "highest"),
    [(60, 0.3, 0.6, 0.5, 0.98), (60, 0.02, 0.05, 0.05, 1), (20, 0.95, 0.98, 0.3, 1)],
)
def test_intervals_cover_planted_differences(
    passages: int, accuracy: float, pivot: float, alike: float, highest: float
) -> None:
    generator = np.random.default_rng(5)
    clusters = np.repeat(np.arange(passages), 2)
    drawn = resample_items(clusters, rounds=400, generator=generator)
    one, two = (_plant(share, alike, clusters, generator) for share in (accuracy, pivot))
    gap = compare_items(one, two, drawn)
    covered = ((gap.low <= accuracy - pivot) & (accuracy - pivot <= gap.high)).mean()
    assert 0.93 <= covered <= highest


def test_clusters_of_kept_items_are_counted() -> None:
    drawn = _resample(["p", "q", "p", "r"], rounds=2)
    kept = np.array([[1, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1]], bool)
    np.testing.assert_array_equal(count_clusters(kept, drawn), [1, 2, 0, 3])


def test_some_items_keep_the_draws_of_all() -> None:
    drawn = resample_items(np.arange(6), rounds=50, generator=np.random.default_rng(0))
    kept = take_items(drawn, np.array([4, 1, 2]))
    whole = drawn.weights[:, [4, 1, 2]]
    whole = whole[whole.sum(axis=1) > 0]
    there = drawn.weights[:, [4, 1, 2]].sum(axis=1) > 0
    np.testing.assert_allclose(
        kept.weights[there], whole / whole.sum(axis=1, keepdims=True), rtol=1e-6
    )
    np.testing.assert_allclose(kept.weights.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(kept.shares, 1 / 3)
    assert (kept.clusters, kept.independent) == (3, 3)
