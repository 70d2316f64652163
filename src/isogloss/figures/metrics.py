"""What the alignment metrics are called, where they lie and what chance is."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

ChanceRule = Callable[[int], float]


def _unknown(_sentences: int) -> float:
    return float("nan")


def _half(_sentences: int) -> float:
    return 0.5


def _one_in_n(sentences: int) -> float:
    return 1 / sentences


def _mexa(sentences: int) -> float:
    return 1 / (2 * sentences - 1)


@dataclass(frozen=True)
class Metric:
    """How a metric is written and read.

    Attributes:
        label: for axes and titles.
        columns: of the alignment table; their mean is the metric.
        meaning: one clause for captions.
        chance: the score of unrelated sentences, from the number of sentences; NaN if unknown.
        limits: the natural range for axes; None where the data decide.
    """

    label: str
    columns: tuple[str, ...]
    meaning: str
    chance: ChanceRule = _unknown
    limits: tuple[float, float] | None = None


_MEXA_MEANING = "share of sentences nearer to their own translation than any other sentence is"

METRICS: dict[str, Metric] = {
    "mexa": Metric("MEXA", ("mexa",), _MEXA_MEANING, _mexa, (0, 1)),
    "mexa_at_60": Metric(
        "MEXA, pool of 60", ("mexa_at_60",), _MEXA_MEANING, lambda _n: 1 / 119, (0, 1)
    ),
    "mexa_at_100": Metric(
        "MEXA, pool of 100", ("mexa_at_100",), _MEXA_MEANING, lambda _n: 1 / 199, (0, 1)
    ),
    "mexa_csls": Metric("MEXA after CSLS", ("mexa_csls",), _MEXA_MEANING, _mexa, (0, 1)),
    "auc": Metric(
        "AUC",
        ("auc",),
        "share of other sentences that are less similar than the translation",
        _half,
        (0.4, 1),
    ),
    "cosine": Metric("cosine of translations", ("cosine",), "mean over translations"),
    "cosine_baseline": Metric(
        "cosine of unrelated sentences", ("cosine_baseline",), "mean over non-translations"
    ),
    "cosine_centered": Metric(
        "cosine, centred", ("cosine_centered",), "mean cosine after centring each language"
    ),
    "contrast": Metric(
        "contrast d′",
        ("contrast",),
        "distance of translations from other pairs in standard deviations",
    ),
    "cka": Metric("CKA, debiased", ("cka",), "similarity of the two geometries"),
    "retrieval": Metric(
        "retrieval rank score",
        ("retrieval_rank_score",),
        "1 − mean rank of the translation among all sentences of all languages",
        _half,
        (0.4, 1),
    ),
    "retrieval_normalized": Metric(
        "retrieval, normalised",
        ("retrieval_normalized",),
        "1 − normalised mean rank of the translation",
        _half,
        (0.4, 1),
    ),
    "recall_at_1": Metric(
        "recall at 1",
        ("recall_at_1_ab", "recall_at_1_ba"),
        "share of sentences whose nearest neighbour is their translation",
        _one_in_n,
        (0, 1),
    ),
}


def metric_of(name: str) -> Metric:
    """Look up a metric by its name in `alignment_summary`.

    Raises:
        ValueError: for an unknown name; lists the known ones.
    """
    if name not in METRICS:
        raise ValueError(f"Unknown metric {name!r}. Use one of: {', '.join(METRICS)}.")
    return METRICS[name]


def headline_metric(requested: str, sentences: int) -> str:
    """Choose the metric that a figure leads with.

    Scores of strict retrieval depend on the size of the pool, so they are given at a common size:
    100 sentences where there are as many, else 60, else all there are.

    Args:
        requested: a metric's name, or "auto".
        sentences: the smallest number of sentences among the rows to be shown together.
    """
    if requested != "auto":
        metric_of(requested)
        return requested
    if sentences >= 100:
        return "mexa_at_100"
    return "mexa_at_60" if sentences >= 60 else "mexa"


def metric_values(alignment: pd.DataFrame, name: str) -> pd.Series:
    """Read a metric from the alignment table; NaN where the table lacks its columns.

    Args:
        alignment: one row a pair, layer, pooling and sample.
        name: of the metric, as in `alignment_summary`.

    Returns:
        float64, one value a row.
    """
    columns = metric_of(name).columns
    if not set(columns) <= set(alignment.columns):
        return pd.Series(np.nan, index=alignment.index, dtype="float64")
    return alignment[list(columns)].astype("float64").mean(axis=1, skipna=False)


def present_metrics(table: pd.DataFrame, wanted: Collection[str]) -> list[str]:
    """List those of the wanted metrics that a long table has finite scores of, in their order."""
    found = set(table.loc[table["score"].notna(), "metric"])
    return [name for name in wanted if name in found]
