"""What the alignment metrics are called, what they mean and where they lie in the tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True)
class Metric:
    """How a metric is written and read.

    Attributes:
        label: for axes and titles.
        columns: of the alignment table; their mean is the metric.
        meaning: one clause for captions.
        limits: the natural range for axes, which grow to hold all data; None where these decide.
        highest: possible value.
    """

    label: str
    columns: tuple[str, ...]
    meaning: str
    limits: tuple[float, float] | None = None
    highest: float = 1


_MEXA_MEANING = "share of sentences nearer to their own translation than any other sentence is"

METRICS: dict[str, Metric] = {
    "mexa": Metric("MEXA", ("mexa",), _MEXA_MEANING, (0, 1)),
    "mexa_csls": Metric("MEXA after CSLS", ("mexa_csls",), _MEXA_MEANING, (0, 1)),
    "auc": Metric(
        "AUC",
        ("auc",),
        "share of other sentences that are less similar than the translation",
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
        highest=np.inf,
    ),
    "cka": Metric("CKA, debiased", ("cka",), "similarity of the two geometries"),
    "retrieval": Metric(
        "retrieval rank score",
        ("retrieval_rank_score",),
        "1 − mean rank of the translation among all sentences of all languages",
        (0.4, 1),
    ),
    "retrieval_normalized": Metric(
        "retrieval, normalised",
        ("retrieval_normalized",),
        "1 − normalised mean rank of the translation",
        (0.4, 1),
    ),
    "recall_at_1": Metric(
        "recall at 1",
        ("recall_at_1_ab", "recall_at_1_ba"),
        "share of sentences whose nearest neighbour is their translation",
        (0, 1),
    ),
}


def is_mexa(name: str) -> bool:
    """Say whether a metric is MEXA, whose hits the test against random pairings permutes."""
    return name == "mexa" or name.startswith("mexa_at_")


def metric_of(name: str) -> Metric:
    """Look up a metric by its name in `alignment_summary`; `mexa_at_<m>` for any m.

    Raises:
        ValueError: for an unknown name; lists the known ones.
    """
    if at_pool := re.fullmatch(r"mexa_at_(\d+)", name):
        return Metric(f"MEXA, pool of {at_pool[1]}", (name,), _MEXA_MEANING, (0, 1))
    if name not in METRICS:
        known = ", ".join([*METRICS, "mexa_at_60 (or of another of alignment.pool_sizes)"])
        raise Refusal(f"Unknown metric {name!r}. Use one of: {known}.")
    return METRICS[name]


def headline_metric(requested: str, measured: pd.DataFrame) -> str:
    """Choose the metric that a figure leads with.

    Scores of strict retrieval depend on the size of the pool, so they are given at a common size:
    the largest that all rows have, else MEXA in the pool of all sentences. A metric that was asked
    for need not have a score in every row: CKA has none where the vectors do not vary.

    Args:
        requested: a metric's name, or "auto".
        measured: metric, score: the rows to be shown together.

    Raises:
        ValueError: if no row has a score of the metric; lists those that were measured.
    """
    known = measured["score"].notna().groupby(measured["metric"], sort=False)
    if requested != "auto":
        return _require(requested, known.any())
    common = known.all()
    names = [str(name) for name in common.index[common]]
    pools = [int(name.removeprefix("mexa_at_")) for name in names if name.startswith("mexa_at_")]
    return f"mexa_at_{max(pools)}" if pools else "mexa"


def _require(requested: str, found: pd.Series) -> str:
    if bool(found.get(requested, False)):
        return requested
    names = ", ".join(map(str, found.index[found]))
    pool = requested.removeprefix("mexa_at_")
    add = f", or add {pool} to alignment.pool_sizes and sentences to the corpus if it has fewer"
    raise Refusal(
        f"The metric {requested!r} was not measured. Set reporting.metric to one of {names}"
        f"{add if pool != requested else ''}."
    )


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
