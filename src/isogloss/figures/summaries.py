"""Which rows of a summary a figure shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.errors import Refusal
from isogloss.figures.formats import POOLING_ORDER, order_poolings
from isogloss.figures.metrics import headline_metric

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd


def choose_pooling(wanted: str, present: Iterable[str]) -> str:
    """Choose the pooling that a figure shows: the one wanted, else the first there is.

    Args:
        wanted: `reporting.pooling`.
        present: poolings of the rows, repeated or not.

    Raises:
        Refusal: if the one wanted is neither there nor one of those that every model can have.
    """
    poolings = order_poolings(list(dict.fromkeys(present)))
    if wanted in poolings:
        return wanted
    if wanted not in POOLING_ORDER:
        raise Refusal(
            f"There is no pooling {wanted!r}. Set reporting.pooling to one of those measured: "
            f"{', '.join(poolings)}."
        )
    return poolings[0] if poolings else wanted


def select_summary(
    summary: pd.DataFrame, pooling: str, metric: str, aggregation: str
) -> tuple[pd.DataFrame, str, str]:
    """Pick the rows of a summary that a figure shows.

    Args:
        summary: `alignment_summary`.
        pooling: wanted; the first there is if this model lacks it.
        metric: name, or "auto".
        aggregation: of the layers.

    Returns:
        The rows, the metric's name and the pooling.

    Raises:
        Refusal: if no row is left, or nothing has such a pooling; says what there is.
    """
    shown = choose_pooling(pooling, summary["pooling"])
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
