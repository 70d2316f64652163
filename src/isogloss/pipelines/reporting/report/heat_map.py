"""Alignment of languages, layer by layer, as numbers that a page draws when it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.figures.families import guide_languages
from isogloss.figures.metrics import headline_metric, metric_of
from isogloss.figures.summaries import choose_pooling
from isogloss.figures.tables import average_samples

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from isogloss.figures.families import LanguageGuide
    from isogloss.pipelines.reporting.report.sections import Readers

MOST_NUMBERS = 150_000
"""Of all models together; beyond, pairs with the pivot alone are shown."""
DIGITS = 2
_BOUNDS = {"low": "ci_low", "high": "ci_high"}
_KEYS = ["layer", "language_a", "language_b"]


def lay_out_alignment(
    tables: Mapping[str, pd.DataFrame], summary: pd.DataFrame, readers: Readers
) -> list[dict[str, Any]]:
    """Lay out the alignment of every two languages of every model, in all layers.

    Args:
        tables: model -> `{model}.alignment`.
        summary: `alignment_summary`, which has the means over layers.
        readers: languages, pivot and parameters.

    Returns:
        A value a model: its languages, layers, and the scores with their bounds, [layers, pairs],
        pairs in the order of `pairs` (places in the list of languages).
    """
    chosen = {
        model: _choose(table, summary[summary["model"] == model], readers)
        for model, table in tables.items()
    }
    numbers = sum(3 * len(rows) for rows, *_ in chosen.values())
    pivot_only = numbers > MOST_NUMBERS
    return [
        _lay_out(model, *one, readers, pivot_only=pivot_only)
        for model, one in chosen.items()
        if len(one[0])
    ]


def _choose(
    table: pd.DataFrame, summary: pd.DataFrame, readers: Readers
) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Give the scores of the layers and their means over layers, by the metric of all figures."""
    parameters = readers["parameters"]
    pooling = choose_pooling(parameters.pooling, summary["pooling"])
    means = summary[(summary["pooling"] == pooling) & (summary["aggregation"] == "mean")]
    metric = headline_metric(parameters.metric, means)
    columns = metric_of(metric).columns
    rows = table[table["pooling"] == pooling]
    scores = rows[[*_KEYS, "sample", "n", "chance"]].assign(
        score=rows[list(columns)].mean(axis=1),
        **{
            bound: rows[[f"{column}_{bound}" for column in columns]].mean(axis=1)
            for bound in _BOUNDS.values()
        },
    )
    of_layers = average_samples(scores, _KEYS)
    of_means = average_samples(means[means["metric"] == metric], [*_KEYS[1:], "layer_last"])
    return of_layers, of_means.assign(first=means["layer_first"].min()), metric


def _lay_out(
    model: str,
    rows: pd.DataFrame,
    means: pd.DataFrame,
    metric: str,
    readers: Readers,
    *,
    pivot_only: bool,
) -> dict[str, Any]:
    pivot = readers["pivot"]
    if pivot_only:
        rows, means = (one[_has(one, pivot)] for one in (rows, means))
    guide = guide_languages(readers["languages"], [*rows["language_a"], *rows["language_b"]])
    codes = guide.order(guide.names)
    pairs = list(dict.fromkeys(zip(rows["language_a"], rows["language_b"], strict=True)))
    layers = sorted({int(layer) for layer in rows["layer"]})
    return {
        "model": model,
        "label": readers["parameters"].label(model),
        "metric": metric_of(metric).label,
        "meaning": metric_of(metric).meaning,
        "limits": list(metric_of(metric).limits or (0, 1)),
        "pivot": pivot,
        "star": bool(_has(rows, pivot).all()),
        "n": int(rows["n"].max()),
        "languages": _describe(codes, guide),
        "pairs": [[codes.index(first), codes.index(second)] for first, second in pairs],
        "layers": layers,
        "range": [int(means["first"].min()), int(means["layer_last"].max())],
        "score": _grid(rows, "score", layers, pairs),
        **{name: _grid(rows, bound, layers, pairs) for name, bound in _BOUNDS.items()},
        "mean": {
            "score": _line(means, "score", pairs),
            **{name: _line(means, bound, pairs) for name, bound in _BOUNDS.items()},
        },
    }


def _has(rows: pd.DataFrame, pivot: str) -> pd.Series[bool]:
    return (rows["language_a"] == pivot) | (rows["language_b"] == pivot)


def _describe(codes: Sequence[str], guide: LanguageGuide) -> list[list[str]]:
    return [[code, guide.short_name(code), guide.family(code)] for code in codes]


def _grid(
    rows: pd.DataFrame, column: str, layers: Sequence[int], pairs: Sequence[tuple[str, str]]
) -> list[list[float | None]]:
    wide = rows.set_index(_KEYS)[column].unstack("layer")
    values = wide.reindex(index=pd.MultiIndex.from_tuples(pairs), columns=pd.Index(layers))
    return [_rounded(values[layer].to_numpy()) for layer in layers]


def _line(means: pd.DataFrame, column: str, pairs: Sequence[tuple[str, str]]) -> list[float | None]:
    values = means.set_index(_KEYS[1:])[column]
    return _rounded(values.reindex(pd.MultiIndex.from_tuples(pairs)).to_numpy())


def _rounded(values: np.ndarray) -> list[float | None]:
    return [round(float(value), DIGITS) + 0.0 if np.isfinite(value) else None for value in values]
