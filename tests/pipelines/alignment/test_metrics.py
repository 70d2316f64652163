from __future__ import annotations

import numpy as np
import pytest

from isogloss.pipelines.alignment.layer import Settings, measure_layer
from isogloss.pipelines.alignment.metrics import interval, summary_metrics, table_metrics
from isogloss.pipelines.alignment.similarity import Workers
from tests.pipelines.alignment.conftest import make_vectors

N = 12
OUTCOMES = measure_layer(make_vectors(3, N, 10), Settings((8, 12, 20), 4), Workers(1))
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


def test_intervals_widen_with_confidence_and_stay_within_bounds() -> None:
    estimate = np.array([0.99])
    influence = np.array([[0.5, -0.5, 0.5, -0.5]])
    low, high = interval(estimate, influence, bounds=(0, 1), confidence=0.95)
    assert 0.99 < high[0] < 1
    narrow, _ = interval(estimate, influence, bounds=(0, 1), confidence=0.5)
    assert low[0] < narrow[0] < 0.99
    _, free = interval(estimate, influence, bounds=None, confidence=0.95)
    assert free[0] > 1


def test_intervals_of_a_rank_score_are_those_of_the_normalised_one() -> None:
    metrics = {metric.name: metric for metric in table_metrics(())}
    limits = {}
    for name in ("retrieval_rank_score", "retrieval_normalized"):
        found = metrics[name].values(OUTCOMES, POOL)
        limits[name] = np.stack(
            interval(found.estimate, found.influence, bounds=found.bounds, confidence=0.95)
        )
    rank = 1 + (1 - limits["retrieval_normalized"]) * 34
    np.testing.assert_allclose(limits["retrieval_rank_score"], 1 - rank / 36)


def test_what_is_counted_twice_is_taken_off() -> None:
    recall = next(m for m in table_metrics(()) if m.name == "recall_at_1_ab").values(OUTCOMES, POOL)
    np.testing.assert_allclose(recall.excess, OUTCOMES["rescues_ab"].mean(axis=1))
    mexa_at = next(m for m in table_metrics((8,)) if m.name == "mexa_at_8").values(OUTCOMES, POOL)
    assert (np.asarray(mexa_at.excess) > 0).all()
