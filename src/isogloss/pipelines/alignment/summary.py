"""One score a pair of languages: the mean and the maximum over a declared range of layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isogloss.pipelines.alignment.metrics import Bounds, Metric, Values, interval, summary_metrics
from isogloss.statistics.resampling import (
    bootstrap_weights,
    percentile_interval,
    resampled_means,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from isogloss.pipelines.alignment.outcomes import StoredOutcomes
    from isogloss.pipelines.alignment.parameters import AlignmentParameters

Floats = NDArray[np.float64]

SUMMARY_COLUMNS = (
    "model",
    "metric",
    "pooling",
    "sample",
    "aggregation",
    "language_a",
    "language_b",
    "score",
    "n",
    "n_pool",
    "chance",
    "ci_low",
    "ci_high",
    "layer_first",
    "layer_last",
    "best_layer",
)


def summarise(
    model: str, poolings: Iterable[StoredOutcomes], parameters: AlignmentParameters
) -> pd.DataFrame:
    """Aggregate every metric over the layers of the declared range.

    Args:
        model: name of the model.
        poolings: the outcomes.
        parameters: range, selection, confidence.

    Returns:
        one row a metric, pooling, sample, aggregation and pair; metrics that the sample is too
        small for are NaN.
    """
    parts = [
        part
        for stored in poolings
        for sample in stored.samples
        for part in _summarise_sample(stored, sample, parameters)
    ]
    table = pd.concat(parts, ignore_index=True).assign(model=model)
    return table[list(SUMMARY_COLUMNS)]


def layers_in_range(parameters: AlignmentParameters, layers: int) -> range:
    """Give the layers that the summary covers, of the states 0..layers - 1.

    Raises:
        ValueError: if the declared range goes beyond the model's layers, or `inner` holds none.
    """
    last = layers - 1
    if parameters.layer_range == "all":
        return range(layers)
    first, final = (1, last - 1) if parameters.layer_range == "inner" else parameters.layer_range
    if final > last or first > final:
        raise ValueError(
            f"The layer range {parameters.layer_range!r} does not fit a model with the layers "
            f"0..{last}. Set alignment.layer_range to `all` or to two layers within these."
        )
    return range(first, final + 1)


@dataclass
class _Mean:
    """Mean over layers, with the mean of the layers' influences."""

    layers: int = 0
    estimate: Floats | float = 0.0
    influence: Floats | float = 0.0
    excess: Floats | float = 0.0

    def add(self, values: Values) -> None:
        self.layers += 1
        self.estimate = self.estimate + values.estimate
        self.influence = self.influence + values.influence
        # As if it came from other sentences in each layer: where from the same, some excess stays.
        self.excess = self.excess + values.excess

    def result(self, bounds: Bounds, confidence: float) -> dict[str, Floats]:
        estimate = np.asarray(self.estimate / self.layers)
        influence = np.asarray(self.influence / self.layers)
        excess = self.excess / self.layers**2
        low, high = interval(
            estimate, influence, bounds=bounds, confidence=confidence, excess=excess
        )
        return {"score": estimate, "ci_low": low, "ci_high": high}


class _SplitMaximum:
    """The layer that is best on the odd positions, with its score on the even ones."""

    def __init__(self, pairs: int, n: int) -> None:
        self._odd, self._even = np.arange(0, n, 2), np.arange(1, n, 2)
        self.best = np.full(pairs, -np.inf)
        self.layer = np.full(pairs, -1)
        self.outcomes = np.full((pairs, len(self._even)), np.nan)
        self.influence = np.full((pairs, len(self._even)), np.nan)
        self.excess = np.zeros(pairs)

    def add(self, layer: int, values: Values) -> None:
        chosen = values.outcomes[:, self._odd].mean(axis=1)
        better = chosen > self.best
        self.best[better], self.layer[better] = chosen[better], layer
        self.outcomes[better] = values.outcomes[better][:, self._even]
        self.influence[better] = values.influence[better][:, self._even]
        self.excess[better] = np.broadcast_to(values.excess, better.shape)[better]

    def result(self, bounds: Bounds, confidence: float) -> dict[str, Floats]:
        score = self.outcomes.mean(axis=1)
        low, high = interval(
            score, self.influence, bounds=bounds, confidence=confidence, excess=self.excess
        )
        return {"score": score, "ci_low": low, "ci_high": high, "best_layer": self.layer}


class _SameMaximum:
    """The layer that is best on all sentences, with its score on the same ones (thesis)."""

    def __init__(self, pairs: int, weights: NDArray[np.float32]) -> None:
        self._weights = weights
        self._draws = np.full((len(weights), pairs), -np.inf, np.float32)
        self.best = np.full(pairs, -np.inf)
        self.layer = np.full(pairs, -1)

    def add(self, layer: int, values: Values) -> None:
        better = values.estimate > self.best
        self.best[better], self.layer[better] = values.estimate[better], layer
        linear = values.estimate[:, None] + values.influence
        np.maximum(self._draws, resampled_means(linear, self._weights), out=self._draws)

    def result(self, bounds: Bounds, confidence: float) -> dict[str, Floats]:
        low, high = percentile_interval(self._draws, confidence)
        if bounds is not None:
            low, high = np.clip(low, *bounds), np.clip(high, *bounds)
        score = np.where(self.layer >= 0, self.best, np.nan)
        return {"score": score, "ci_low": low, "ci_high": high, "best_layer": self.layer}


def _summarise_sample(
    stored: StoredOutcomes, sample: int, parameters: AlignmentParameters
) -> Iterator[pd.DataFrame]:
    layers = layers_in_range(parameters, stored.layers)
    n, n_pool = len(stored.samples[sample]), stored.n_pool(sample)
    weights = bootstrap_weights(
        n, parameters.bootstrap_rounds, np.random.default_rng([parameters.seed, sample])
    )
    metrics = summary_metrics(parameters.pool_sizes)
    pairs = len(stored.pairs)
    means = [_Mean() for _ in metrics]
    split = parameters.max_selection == "split"
    maxima = [_SplitMaximum(pairs, n) if split else _SameMaximum(pairs, weights) for _ in metrics]
    bounds: list[Bounds] = [None] * len(metrics)
    for layer in layers:
        outcomes = stored.read(sample, layer)
        for position, metric in enumerate(metrics):
            values = metric.values(outcomes, n_pool)
            bounds[position] = values.bounds
            means[position].add(values)
            maxima[position].add(layer, values)
    for position, metric in enumerate(metrics):
        for name, aggregate in (("mean", means[position]), ("max", maxima[position])):
            found = aggregate.result(bounds[position], parameters.confidence)
            size = n // 2 if name == "max" and split else n
            table = _rows(metric, stored, sample, (n, n_pool), found)
            yield table.assign(
                aggregation=name, n=size, layer_first=layers[0], layer_last=layers[-1]
            )


def _rows(
    metric: Metric,
    stored: StoredOutcomes,
    sample: int,
    sizes: tuple[int, int],
    found: dict[str, Floats],
) -> pd.DataFrame:
    first, second = zip(*stored.pairs, strict=True)
    return pd.DataFrame(
        {
            "metric": metric.name,
            "pooling": stored.pooling,
            "sample": sample,
            "language_a": first,
            "language_b": second,
            "n_pool": metric.pool(*sizes),
            "chance": metric.chance(sizes[0]),
            "best_layer": -1,
            **found,
        }
    )
