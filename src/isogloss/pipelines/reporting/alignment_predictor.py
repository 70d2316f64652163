"""The one declared number a language that is set beside the outcomes of other studies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.errors import Refusal
from isogloss.figures.metrics import headline_metric
from isogloss.figures.tables import with_pivot
from isogloss.pipelines.reporting.ranking import mean_over_layers
from isogloss.statistics.alignment_metrics import summary_metric
from isogloss.statistics.reliability import error_of_interval, measure_reliability
from isogloss.statistics.values import interval

if TYPE_CHECKING:
    from isogloss.outcomes import StoredOutcomes


def middle_third(blocks: int) -> range:
    """Give the layers l of 1..L of which (l - 1) * 3 div L is 1; the last one where none is."""
    middle = [layer for layer in range(1, blocks + 1) if (layer - 1) * 3 // blocks == 1]
    return range(middle[0], middle[-1] + 1) if middle else range(blocks, blocks + 1)


def predict_from_alignment(
    stored: StoredOutcomes, summary: pd.DataFrame, pivot: str, metric: str
) -> pd.DataFrame:
    """Average the alignment of every language with the pivot over the middle third of the layers.

    Args:
        stored: the outcomes of one pooling.
        summary: `{model}.alignment_summary`: which metrics there are, model and confidence.
        pivot: the language that the others are compared with.
        metric: name of a metric, or `auto`: MEXA in the largest pool that the sentences allow.

    Returns:
        One row a language without the pivot: model, pivot, pooling, predictor, language, value,
        ci_low, ci_high, confidence, n (sentences a sample), n_pool, samples, chance, layer_first,
        layer_last, reliability (of all values, the same in every row).

    Raises:
        Refusal: if there is no pair with the pivot, or not the metric asked for.
    """
    pairs = with_pivot(summary[summary["aggregation"] == "mean"], pivot)
    if pairs.empty:
        raise Refusal(
            f"alignment_summary has no pair with the pivot '{pivot}'. Set `pivot` to one of its "
            "languages."
        )
    chosen = summary_metric(headline_metric(metric, pairs))
    layers = middle_third(stored.layers - 1)
    rows = np.array([row for row, pair in enumerate(stored.pairs) if pivot in pair])
    values = mean_over_layers(stored, chosen, rows, layers)
    confidence = float(summary["confidence"].iloc[0])
    low, high = interval(values, confidence)
    n = min(len(ids) for ids in stored.samples.values())
    table = pd.DataFrame(
        {
            "model": str(summary["model"].iloc[0]),
            "pivot": pivot,
            "pooling": stored.pooling,
            "predictor": chosen.name,
            "language": [next(code for code in stored.pairs[row] if code != pivot) for row in rows],
            "value": values.estimate,
            "ci_low": low,
            "ci_high": high,
            "confidence": confidence,
            "n": n,
            "n_pool": chosen.pool(n, stored.n_pool(min(stored.samples))),
            "samples": len(stored.samples),
            "chance": chosen.chance(n),
            "layer_first": layers[0],
            "layer_last": layers[-1],
            "reliability": measure_reliability(
                values.estimate, error_of_interval(low, high, n, confidence)
            ),
        }
    )
    return table.sort_values("language", ignore_index=True)
