"""One score a pair of languages: the mean and the maximum over a declared range of layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.errors import Refusal
from isogloss.statistics.alignment_metrics import Metric, summary_metrics
from isogloss.statistics.layer_aggregation import (
    Found,
    LayerMean,
    SameMaximum,
    SplitMaximum,
)
from isogloss.statistics.resampling import bootstrap_weights

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from isogloss.outcomes import StoredOutcomes
    from isogloss.pipelines.alignment.parameters import AlignmentParameters

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
    "floor",
    "ci_low",
    "ci_high",
    "confidence",
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


def layers_in_range(
    parameters: AlignmentParameters, layers: int, *, final_norm: bool = True
) -> range:
    """Give the layers that the summary covers, of the states 0..layers - 1.

    `inner` are the outputs of blocks: not the embeddings, and not the last state where it has
    passed a norm behind the last block.

    Raises:
        ValueError: if the declared range goes beyond the model's layers, or `inner` holds none.
    """
    last = layers - 1
    if parameters.layer_range == "all":
        return range(layers)
    inner = (1, last - 1 if final_norm else last)
    first, final = inner if parameters.layer_range == "inner" else parameters.layer_range
    if final > last or first > final:
        raise Refusal(
            f"The layer range {parameters.layer_range!r} does not fit a model with the layers "
            f"0..{last}. Set alignment.layer_range to `all` or to two layers within these."
        )
    return range(first, final + 1)


def _summarise_sample(
    stored: StoredOutcomes, sample: int, parameters: AlignmentParameters
) -> Iterator[pd.DataFrame]:
    layers = layers_in_range(parameters, stored.layers, final_norm=stored.final_norm)
    n, n_pool = len(stored.samples[sample]), stored.n_pool(sample)
    weights = bootstrap_weights(
        n, parameters.bootstrap_rounds, np.random.default_rng([parameters.seed, sample])
    )
    metrics = summary_metrics(parameters.pool_sizes)
    pairs = len(stored.pairs)
    split = parameters.max_selection == "split"
    aggregates = {
        metric.name: {
            "mean": LayerMean(),
            "max": SplitMaximum(pairs, n) if split else SameMaximum(pairs, weights),
        }
        for metric in metrics
    }
    for layer in layers:
        outcomes = stored.read(sample, layer)
        for metric in metrics:
            values = metric.values(outcomes, n_pool)
            for aggregate in aggregates[metric.name].values():
                aggregate.add(layer, values)
    for metric in metrics:
        for name, aggregate in aggregates[metric.name].items():
            found = aggregate.result(parameters.confidence)
            yield _rows(metric, stored, sample, (n, n_pool), found).assign(
                aggregation=name,
                n=n // 2 if name == "max" and split else n,
                confidence=parameters.confidence,
                layer_first=layers[0],
                layer_last=layers[-1],
            )


def _rows(
    metric: Metric,
    stored: StoredOutcomes,
    sample: int,
    sizes: tuple[int, int],
    found: Found,
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
