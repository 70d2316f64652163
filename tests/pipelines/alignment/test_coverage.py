"""Do 95 % intervals hold the true score in 95 % of samples from a known population?"""

from __future__ import annotations

import numpy as np
import pytest

from isogloss.pipelines.alignment.layer import Settings, measure_layer
from isogloss.pipelines.alignment.metrics import interval, table_metrics
from isogloss.pipelines.alignment.similarity import Workers, working

SAMPLES, HIDDEN, HELD_OUT = 400, 24, 30


def coverage(n: int, noise: float, workers: Workers) -> dict[str, float]:
    """Give the share of samples whose interval holds the mean score over all samples."""
    generator = np.random.default_rng(n)
    metrics = table_metrics((HELD_OUT,))
    scores: dict[str, list[tuple[float, float, float]]] = {metric.name: [] for metric in metrics}
    for _ in range(SAMPLES):
        shared = generator.standard_normal((1, n, HIDDEN))
        own = noise * generator.standard_normal((2, n, HIDDEN))
        vectors = (shared + own + 0.5).astype(np.float32)
        outcomes = measure_layer(vectors, Settings((HELD_OUT,), 4), workers)
        for metric in metrics:
            found = metric.values(outcomes, 2 * n - 1)
            low, high = interval(
                found.estimate,
                found.influence,
                bounds=found.bounds,
                confidence=0.95,
                excess=found.excess,
            )
            scores[metric.name].append((found.estimate[0], low[0], high[0]))
    shares = {}
    for name, rows in scores.items():
        estimate, low, high = np.array(rows).T
        truth = estimate.mean()
        shares[name] = float(((low <= truth) & (truth <= high)).mean())
    return shares


@pytest.mark.slow
@pytest.mark.parametrize(("n", "noise"), [(60, 1.2), (60, 2.0), (100, 1.6)])
def test_intervals_hold_the_truth_as_often_as_they_say(n: int, noise: float) -> None:
    with working(1) as workers:
        shares = coverage(n, noise, workers)
    outside = {name: share for name, share in shares.items() if not 0.92 <= share <= 0.98}
    # 400 samples: a share of .95 is known to .011; ranks near 1 are skewed.
    tolerated = {name for name, share in outside.items() if 0.91 <= share <= 0.985}
    assert not outside.keys() - tolerated, outside
    assert len(tolerated) <= 1, outside
