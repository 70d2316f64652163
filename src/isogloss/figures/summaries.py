"""Which rows of a summary a figure shows."""

from __future__ import annotations

import pandas as pd

from isogloss.errors import Refusal
from isogloss.figures.formats import order_poolings
from isogloss.figures.metrics import headline_metric


def select_summary(
    summary: pd.DataFrame, pooling: str, metric: str, aggregation: str
) -> tuple[pd.DataFrame, str, str]:
    """Pick the rows of a summary that a figure shows.

    Args:
        summary: `alignment_summary`.
        pooling: wanted; replaced by the first present one if absent.
        metric: name, or "auto".
        aggregation: of the layers.

    Returns:
        The rows, the metric's name and the pooling.

    Raises:
        ValueError: if no row is left; says what there is.
    """
    poolings = order_poolings(list(pd.unique(summary["pooling"])))
    shown = pooling if pooling in poolings or not poolings else poolings[0]
    # Maxima are chosen on one half of the sentences and reported with the n of the other.
    means = summary[summary["aggregation"] == "mean"]
    name = headline_metric(metric, means)
    rows = summary[
        (summary["pooling"] == shown)
        & (summary["metric"] == name)
        & (summary["aggregation"] == aggregation)
    ]
    if rows.empty:
        raise Refusal(
            f"alignment_summary has no row with metric {name!r}, pooling {shown!r} and aggregation "
            f"{aggregation!r}; it has the metrics {', '.join(sorted(set(summary['metric'])))}."
        )
    return rows, name, shown
