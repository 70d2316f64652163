from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from isogloss.pipelines.alignment.layer import Settings, measure_layer
from isogloss.pipelines.alignment.similarity import Workers
from isogloss.statistics.alignment_metrics import (
    Metric,
    summary_metric,
    summary_metrics,
    table_metrics,
)
from isogloss.statistics.values import Bounds, Values, interval, pool_samples
from tests.pipelines.alignment.conftest import make_vectors

N = 12
SETTINGS = Settings((8, 12, 20), 4)
OUTCOMES = measure_layer(make_vectors(3, N, 10), SETTINGS, Workers(1))
WITHOUT_TRANSLATIONS = {"cosine", "mexa", "mexa_at_12"}
OF_UNRELATED = {"contrast", "cka", "recall_at_1", "auc"}
POOL = 3 * N - 1


def test_every_metric_is_the_mean_of_its_outcomes() -> None:
    for metric in table_metrics((8, 12)):
        values = metric.values(OUTCOMES, POOL)
        np.testing.assert_allclose(
            values.outcomes.mean(axis=1), values.estimate, rtol=1e-4, atol=1e-6, err_msg=metric.name
        )
        assert values.influence.shape == (3, N)
        np.testing.assert_allclose(values.influence.mean(axis=1), 0, atol=1e-6)


def test_rank_scores_of_the_thesis_and_normalised() -> None:
    found = {metric.name: metric.values(OUTCOMES, POOL).estimate for metric in table_metrics(())}
    rank = OUTCOMES["mid_rank"].astype(float).mean(axis=1)
    np.testing.assert_allclose(found["retrieval_rank_score"], 1 - rank / 36)
    np.testing.assert_allclose(found["retrieval_normalized"], 1 - (rank - 1) / 34)


def test_mexa_at_the_pool_is_mexa_and_beyond_it_undefined() -> None:
    found = {m.name: m.values(OUTCOMES, POOL) for m in table_metrics((8, 12, 20))}
    np.testing.assert_array_equal(found["mexa_at_12"].estimate, found["mexa"].estimate)
    np.testing.assert_array_equal(found["mexa_at_12"].influence, found["mexa"].influence)
    assert (found["mexa_at_8"].estimate > found["mexa"].estimate).all()
    assert np.isnan(found["mexa_at_20"].estimate).all()


def test_the_summary_takes_both_ways_of_recall_together() -> None:
    names = [metric.name for metric in summary_metrics((60,))]
    assert names == [
        "cosine",
        "cosine_baseline",
        "cosine_centered",
        "contrast",
        "cka",
        "retrieval",
        "retrieval_normalized",
        "recall_at_1",
        "mexa",
        "mexa_at_60",
        "auc",
        "mexa_csls",
    ]
    recall = next(m for m in summary_metrics(()) if m.name == "recall_at_1")
    both = np.stack([OUTCOMES["hit_ab"], OUTCOMES["hit_ba"]]).mean(axis=(0, 2))
    np.testing.assert_allclose(recall.values(OUTCOMES, POOL).estimate, both)


def test_chance_and_pools() -> None:
    metrics = {metric.name: metric for metric in summary_metrics((60,))}
    assert metrics["mexa"].chance(100) == pytest.approx(1 / 199)
    assert metrics["mexa_at_60"].chance(100) == pytest.approx(1 / 119)
    assert metrics["recall_at_1"].chance(100) == 0.01
    assert metrics["auc"].chance(100) == metrics["retrieval"].chance(100) == 0.5
    assert metrics["cka"].chance(100) == 0
    assert np.isnan(metrics["cosine"].chance(100))
    pools = [metrics[name].pool(100, 1199) for name in ("mexa", "mexa_at_60", "retrieval")]
    assert pools == [100, 60, 1199]


def made(estimate: float, influence: list[float], bounds: Bounds, **fields: Any) -> Values:
    centred = np.array([influence])
    return Values(np.array([estimate]), estimate + centred, centred, bounds, **fields)


def test_intervals_widen_with_confidence_and_stay_within_bounds() -> None:
    influence = [0.5, -0.5, 0.5, -0.5]
    low, high = interval(made(0.99, influence, (0, 1)), 0.95)
    assert 0.99 < high[0] < 1
    narrow, _ = interval(made(0.99, influence, (0, 1)), 0.5)
    assert low[0] < narrow[0] < 0.99
    _, free = interval(made(0.99, influence, None), 0.95)
    assert free[0] > 1
    below, above = interval(made(0.99, influence, (-1, 1)), 0.95)
    assert below[0] < 0.99 < above[0] <= 1


def test_a_share_of_trials_is_never_certain() -> None:
    certain = made(0.5, [0.0] * 4, (0, 1), trials=4)
    low, high = interval(certain, 0.95)
    assert high[0] - low[0] > 0.8
    low, high = interval(made(0.5, [0.0] * 4, (0, 1)), 0.95)
    assert (low[0], high[0]) == (0.5, 0.5)


def test_intervals_of_a_rank_score_are_those_of_the_normalised_one() -> None:
    metrics = {metric.name: metric for metric in table_metrics(())}
    limits = {}
    for name in ("retrieval_rank_score", "retrieval_normalized"):
        limits[name] = np.stack(interval(metrics[name].values(OUTCOMES, POOL), 0.95))
    rank = 1 + (1 - limits["retrieval_normalized"]) * 34
    np.testing.assert_allclose(limits["retrieval_rank_score"], 1 - rank / 36)


@pytest.mark.parametrize("metric", summary_metrics((8, 12)), ids=lambda metric: metric.name)
def test_floors_are_the_mean_over_random_pairings(metric: Metric) -> None:
    generator = np.random.default_rng(3)
    vectors = make_vectors(2, N, 10)
    observed = measure_layer(vectors, SETTINGS, Workers(1))
    floor = float(np.mean(metric.values(observed, 2 * N - 1).floor))
    if np.isnan(floor):
        assert metric.name not in WITHOUT_TRANSLATIONS | OF_UNRELATED
        return
    scores: list[float] = []
    while len(scores) < 400:
        order = generator.permutation(N)
        if metric.name in WITHOUT_TRANSLATIONS and (order == np.arange(N)).any():
            continue
        outcomes = measure_layer(np.stack([vectors[0], vectors[1, order]]), SETTINGS, Workers(1))
        scores.append(metric.values(outcomes, 2 * N - 1).estimate[0])
    error = np.std(scores) / np.sqrt(len(scores))
    assert abs(np.mean(scores) - floor) < 4 * error
    assert metric.name in WITHOUT_TRANSLATIONS | OF_UNRELATED


def test_averages_over_cells() -> None:
    values = summary_metric("mexa").values(OUTCOMES, POOL)
    mean = values.averaged()
    np.testing.assert_allclose(mean.estimate, [values.estimate.mean()])
    np.testing.assert_allclose(mean.influence, values.influence.mean(axis=0, keepdims=True))
    np.testing.assert_allclose(mean.excess, np.sum(values.excess) / 9)
    np.testing.assert_allclose(mean.floor, [np.mean(values.floor)])
    assert mean.trials == 3 * N


def test_what_is_held_out_is_a_score_of_its_own() -> None:
    values = summary_metric("auc").values(OUTCOMES, POOL)
    half = values.held_out(slice(1, None, 2))
    np.testing.assert_allclose(half.estimate, values.outcomes[:, 1::2].mean(axis=1))
    np.testing.assert_array_equal(half.influence, values.influence[:, 1::2])
    assert summary_metric("mexa").values(OUTCOMES, POOL).held_out(slice(0, 3)).trials == 3


def test_samples_that_share_no_sentence_make_one_large_one() -> None:
    values = summary_metric("mexa").values(OUTCOMES, POOL)
    ids = [str(row) for row in range(N)]
    both = pool_samples([(ids, values), ([f"other {name}" for name in ids], values)])
    np.testing.assert_allclose(both.estimate, values.estimate)
    assert both.influence.shape == (3, 2 * N)
    np.testing.assert_allclose(both.excess, values.excess)
    assert both.trials == 2 * N
    assert pool_samples([(ids, values)]) is values
    narrow, wide = (interval(found, 0.95) for found in (both, values))
    assert (narrow[1] - narrow[0] < 0.85 * (wide[1] - wide[0])).all()


def test_metrics_by_name() -> None:
    assert [summary_metric(m.name).name for m in summary_metrics((7,))] == [
        m.name for m in summary_metrics((7,))
    ]
    with pytest.raises(ValueError, match="Unknown metric 'mexxa'"):
        summary_metric("mexxa")


def test_what_is_counted_twice_is_taken_off() -> None:
    recall = next(m for m in table_metrics(()) if m.name == "recall_at_1_ab").values(OUTCOMES, POOL)
    np.testing.assert_allclose(recall.excess, OUTCOMES["rescues_ab"].mean(axis=1))
    mexa_at = next(m for m in table_metrics((8,)) if m.name == "mexa_at_8").values(OUTCOMES, POOL)
    assert (np.asarray(mexa_at.excess) > 0).all()
