"""Long tables of alignment and of retrieval, one row a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from isogloss.statistics.alignment_metrics import Outcomes, mexa_chance, table_metrics
from isogloss.statistics.values import interval

if TYPE_CHECKING:
    from collections.abc import Iterable

    from isogloss.outcomes import StoredOutcomes
    from isogloss.pipelines.alignment.parameters import AlignmentParameters

FLOORED = ("mexa",)
"""Metrics whose floor differs from pair to pair, beside MEXA at common pools."""
RETRIEVAL_COLUMNS = (
    "same_language_share",
    "same_text_share",
    "same_language_rank",
    "same_text_rank",
)


def alignment_table(
    model: str, poolings: Iterable[StoredOutcomes], parameters: AlignmentParameters
) -> pd.DataFrame:
    """Tabulate every metric, with its interval, of every pair in every layer.

    Args:
        model: name of the model.
        poolings: the outcomes.
        parameters: pool sizes and confidence.

    Returns:
        one row a pooling, sample, layer and pair, with n (sentences), n_pool and chance of MEXA,
        n_ranked (candidates of a rank, those of all languages) and every metric.
    """
    parts = [
        _alignment_cell(model, stored, sample, layer, outcomes, parameters)
        for stored in poolings
        for sample, layer, outcomes in stored.cells()
    ]
    return pd.concat(parts, ignore_index=True)


def _alignment_cell(
    model: str,
    stored: StoredOutcomes,
    sample: int,
    layer: int,
    outcomes: Outcomes,
    parameters: AlignmentParameters,
) -> pd.DataFrame:
    n, n_pool = len(stored.samples[sample]), stored.n_pool(sample)
    first, second = zip(*stored.pairs, strict=True)
    columns = {
        "model": model,
        "pooling": stored.pooling,
        "sample": sample,
        "layer": layer,
        "language_a": first,
        "language_b": second,
        "n": n,
        "n_pool": n,
        "chance": mexa_chance(n),
        "n_ranked": n_pool,
    }
    limits: dict[str, object] = {}
    for metric in table_metrics(parameters.pool_sizes):
        values = metric.values(outcomes, n_pool)
        columns[metric.name] = values.estimate
        low, high = interval(values, parameters.confidence)
        limits |= {f"{metric.name}_ci_low": low, f"{metric.name}_ci_high": high}
        if metric.name in FLOORED or metric.name.startswith("mexa_at_"):
            columns[f"{metric.name}_floor"] = values.floor
    return pd.DataFrame({**columns, **limits})


def retrieval_table(model: str, poolings: Iterable[StoredOutcomes]) -> pd.DataFrame:
    """Tabulate what the nearest sentences of a sentence are, over all queries of all languages.

    The shares are those of the query's language among its n - 1 nearest and of its translations
    among its languages - 1 nearest; the ranks are mean mid-ranks among all other sentences.

    Args:
        model: name of the model.
        poolings: the outcomes; none in mode `pivot`, whose table is empty.

    Returns:
        one row a pooling, sample and layer, with what chance would give.
    """
    rows = []
    for stored in poolings:
        for sample, layer, outcomes in stored.cells():
            if "retrieval" in outcomes:
                n, n_pool = len(stored.samples[sample]), stored.n_pool(sample)
                key = {"model": model, "pooling": stored.pooling, "sample": sample, "layer": layer}
                found = zip(RETRIEVAL_COLUMNS, map(float, outcomes["retrieval"]), strict=True)
                rows.append({**key, **dict(found), **_retrieval_chance(n, n_pool), "n": n_pool + 1})
    columns = ["model", "pooling", "sample", "layer", *RETRIEVAL_COLUMNS]
    return pd.DataFrame(rows, columns=[*columns, *_retrieval_chance(2, 3), "n"])


def _retrieval_chance(n: int, n_pool: int) -> dict[str, float]:
    languages = (n_pool + 1) // n
    middle = (n_pool + 1) / 2
    return {
        "same_language_share_chance": (n - 1) / n_pool,
        "same_text_share_chance": (languages - 1) / n_pool,
        "same_language_rank_chance": middle,
        "same_text_rank_chance": middle,
    }
