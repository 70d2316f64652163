"""Do 95 % intervals hold the true score in 95 % of samples from a known population?"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from isogloss.pipelines.alignment.layer import Settings, measure_layer
from isogloss.pipelines.alignment.similarity import Workers, working
from isogloss.statistics.alignment_metrics import summary_metrics, table_metrics
from isogloss.statistics.layer_aggregation import LayerMean, SplitMaximum
from isogloss.statistics.values import interval

SAMPLES, HIDDEN, POOL = 400, 24, 30
Rows = list[tuple[float, float, float]]


def shares(scores: dict[str, Rows]) -> dict[str, float]:
    """Give the share of samples whose interval holds the mean score over all samples."""
    found = {}
    for name, rows in scores.items():
        estimate, low, high = np.array(rows).T
        truth = estimate.mean()
        found[name] = float(((low <= truth) & (truth <= high)).mean())
    return found


def coverage_of_cells(n: int, noise: float, workers: Workers) -> dict[str, float]:
    """Measure one pair of languages in one layer."""
    generator = np.random.default_rng(n)
    scores: dict[str, Rows] = defaultdict(list)
    for _ in range(SAMPLES):
        shared = generator.standard_normal((1, n, HIDDEN))
        own = noise * generator.standard_normal((2, n, HIDDEN))
        vectors = (shared + own + 0.5).astype(np.float32)
        outcomes = measure_layer(vectors, Settings((POOL,), 4), workers)
        for metric in table_metrics((POOL,)):
            found = metric.values(outcomes, 2 * n - 1)
            low, high = interval(found, 0.95)
            scores[metric.name].append((found.estimate[0], low[0], high[0]))
    return shares(scores)


def coverage_of_aggregates(
    n: int, noises: list[float], workers: Workers
) -> dict[str, dict[str, float]]:
    """Measure means over pairs, means over layers and the best of the layers.

    The layers of a language share most of its noise, as those of a model do.
    """
    generator = np.random.default_rng(n)
    languages = len(noises)
    metrics = summary_metrics((POOL,))
    scores: dict[str, dict[str, Rows]] = defaultdict(lambda: defaultdict(list))
    for _ in range(SAMPLES):
        shared = generator.standard_normal((1, n, HIDDEN))
        lasting = 0.8 * generator.standard_normal((languages, n, HIDDEN))
        aggregates: dict[str, dict[str, LayerMean | SplitMaximum]] = {
            metric.name: {"layers": LayerMean(), "best": SplitMaximum(languages, n)}
            for metric in metrics
        }
        for layer, depth in enumerate((1.0, 1.4, 1.2)):
            own = lasting + 0.6 * generator.standard_normal(lasting.shape)
            vectors = (shared + depth * np.array(noises)[:, None, None] * own).astype(np.float32)
            outcomes = measure_layer(vectors, Settings((POOL,), 4), workers)
            for metric in metrics:
                values = metric.values(outcomes, languages * n - 1)
                for aggregate in aggregates[metric.name].values():
                    aggregate.add(layer, values)
                if layer == 0:
                    mean = values.averaged()
                    low, high = interval(mean, 0.95)
                    scores["pairs"][metric.name].append((mean.estimate[0], low[0], high[0]))
        for name, kinds in aggregates.items():
            for kind, aggregate in kinds.items():
                found = aggregate.result(0.95)
                row = (found["score"][0], found["ci_low"][0], found["ci_high"][0])
                scores[kind][name].append(row)
    return {kind: shares(by_metric) for kind, by_metric in scores.items()}


@pytest.mark.slow
@pytest.mark.parametrize(("n", "noise"), [(60, 1.2), (60, 2.0), (100, 1.6)])
def test_intervals_hold_the_truth_as_often_as_they_say(n: int, noise: float) -> None:
    with working(1) as workers:
        found = coverage_of_cells(n, noise, workers)
    outside = {name: share for name, share in found.items() if not 0.92 <= share <= 0.98}
    # 400 samples: a share of .95 is known to .011; ranks near 1 are skewed.
    tolerated = {name for name, share in outside.items() if 0.91 <= share <= 0.985}
    assert not outside.keys() - tolerated, outside
    assert len(tolerated) <= 1, outside


@pytest.mark.slow
def test_intervals_of_means_and_maxima_hold_the_truth_too() -> None:
    with working(1) as workers:
        found = coverage_of_aggregates(80, [1.0, 1.3, 1.7], workers)
    for kind in ("pairs", "layers"):
        assert all(0.92 <= share <= 0.99 for share in found[kind].values()), (kind, found[kind])
    # Half of the sentences, and the layer chosen on the other half differs from sample to sample.
    assert all(0.9 <= share <= 1 for share in found["best"].values()), found["best"]
