"""What differs on the very same lists: between places of the category, scorings, languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from isogloss.pipelines.counting.count_baselines import ACCURACY, MAE, compare_answers
from isogloss.pipelines.counting.count_differences import subtract_outcomes
from isogloss.pipelines.counting.count_predictions import ASKING, CANDIDATES, GENERATED
from isogloss.statistics.clustered import resample_items
from isogloss.statistics.multiple_testing import adjust_holm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters

ALL = "all"
KEYS = ("model", *ASKING, "scoring")
CONTRAST_COLUMNS = (
    *KEYS,
    "contrast",
    "reference",
    "metric",
    "value",
    "reference_value",
    "difference",
    "ci_low",
    "ci_high",
    "confidence",
    "n",
    "clusters",
    "unit",
    "p",
    "p_adjusted",
    "family",
)


class _Contrast(NamedTuple):
    """A column of the way of asking, and which value is compared with which."""

    column: str
    one: str
    reference: str


def contrast_predictions(
    predictions: pd.DataFrame, pivot: str, parameters: BenchmarkParameters
) -> pd.DataFrame:
    """Compare the answers of one model to the same lists, asked in two ways that differ in one.

    Category named first less named last; numbers that were written less likeliest ones; every
    language less the pivot, where it has the same lists.

    Args:
        predictions: model, and see `count_predictions`.
        pivot: the language that the others are compared with.
        parameters: the largest number, intervals, seed.

    Returns:
        the way of asking, contrast (the column that differs), reference (its other value), metric
        (accuracy or mae; the latter of lists that got a number both times), both values,
        difference, its interval, n (lists), clusters, unit (what is drawn again), p (two-sided,
        Student's t), p_adjusted (Holm, over the languages of a contrast and metric; all languages
        together are one test), family (how many that are).
    """
    together = predictions.assign(
        language=ALL, item_id=predictions["language"] + " " + predictions["item_id"]
    )
    several = predictions["language"].nunique() > 1
    rows: list[dict[str, Any]] = []
    for contrast in (
        _Contrast("position", "first", "last"),
        _Contrast("scoring", GENERATED, CANDIDATES),
    ):
        for table in (predictions, *([together] if several else [])):
            rows += _contrast(table, contrast, parameters)
    for language in sorted(set(predictions["language"]) - {pivot}):
        rows += _contrast(predictions, _Contrast("language", language, pivot), parameters)
    table = pd.DataFrame(rows, columns=[name for name in CONTRAST_COLUMNS if name[:2] != "p_"])
    return _adjust(table)[list(CONTRAST_COLUMNS)]


def _contrast(
    table: pd.DataFrame, contrast: _Contrast, parameters: BenchmarkParameters
) -> Iterator[dict[str, Any]]:
    column = contrast.column
    others = [name for name in KEYS if name != column]
    one, reference = (table[table[column] == value] for value in (contrast.one, contrast.reference))
    known = [*others, "item_id", "category", "count", "answer"]
    pairs = one[known].merge(
        reference[[*others, "item_id", "answer"]],
        on=[*others, "item_id"],
        suffixes=("", "_reference"),
    )
    for values, own in pairs.groupby(others, sort=True):
        key = dict(zip(others, values, strict=True))
        for metric in (ACCURACY, MAE):
            row = _compare(own, metric, parameters)
            yield {
                **key,
                column: contrast.one,
                "contrast": column,
                "reference": contrast.reference,
                "metric": metric,
                "confidence": parameters.confidence,
                **row,
            }


def _compare(own: pd.DataFrame, metric: str, parameters: BenchmarkParameters) -> dict[str, Any]:
    counts = own["count"].to_numpy(np.intp)
    one, two = (
        compare_answers(_numbers(own[name]), counts, parameters.largest)[metric]
        for name in ("answer", "answer_reference")
    )
    kept = ~np.isnan(one - two)
    if not kept.any():
        missing = ("value", "reference_value", "difference", "ci_low", "ci_high", "p")
        return {**dict.fromkeys(missing, np.nan), "n": 0, "clusters": 0, "unit": "item"}
    return _difference(one[kept], two[kept], own[kept], metric, parameters)


def _difference(
    one: NDArray[np.float64],
    two: NDArray[np.float64],
    own: pd.DataFrame,
    metric: str,
    parameters: BenchmarkParameters,
) -> dict[str, Any]:
    several = own["category"].nunique() > 1
    drawn = resample_items(
        own["category" if several else "item_id"].to_numpy(str),
        rounds=parameters.rounds,
        generator=np.random.default_rng(parameters.seed),
    )
    found = subtract_outcomes(one, two, drawn, parameters.confidence, shares=metric == ACCURACY)
    return {
        "value": float(one.mean()),
        "reference_value": float(two.mean()),
        "difference": found.value,
        "ci_low": found.low,
        "ci_high": found.high,
        "n": len(own),
        "clusters": drawn.clusters,
        "unit": "category" if several else "item",
        "p": found.p,
    }


def _numbers(answers: pd.Series) -> NDArray[np.float64]:
    return np.asarray(answers.astype("Float64").to_numpy(np.float64, na_value=np.nan))


def _adjust(table: pd.DataFrame) -> pd.DataFrame:
    """Adjust p over the languages of each contrast, metric and way of asking."""
    adjusted, family = pd.Series(np.nan, table.index), pd.Series(0, table.index)
    tested = table["p"].notna()
    together = (table["language"] == ALL).rename("together")
    names: Sequence[str] = [name for name in KEYS if name != "language"]
    keys = [*names, "contrast", "reference", "metric"]
    for _, own in table[tested].groupby([*keys, together[tested]], sort=False):
        adjusted[own.index] = adjust_holm(own["p"])
        family[own.index] = len(own)
    return table.assign(p_adjusted=adjusted, family=family)
