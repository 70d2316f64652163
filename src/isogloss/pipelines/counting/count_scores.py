"""Scores of counting, with intervals, beside what can be scored without counting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import scipy

from isogloss.pipelines.counting.count_baselines import (
    ACCURACY,
    CONSTANT,
    LARGEST_GROUP,
    LENGTH,
    MODEL,
    UNIFORM,
    Outcomes,
)
from isogloss.pipelines.counting.count_differences import Difference, subtract_outcomes
from isogloss.pipelines.counting.count_estimates import (
    MACRO,
    Cell,
    Key,
    average_outcomes,
    estimate_by_jackknife,
)
from isogloss.pipelines.counting.count_outcomes import list_outcomes
from isogloss.pipelines.counting.count_pairs import SPOKEN, PairScores, score_pairs
from isogloss.pipelines.counting.count_predictions import ASKING
from isogloss.pipelines.counting.list_knowledge import KNOWN
from isogloss.statistics.clustered import ItemResampling, resample_items
from isogloss.statistics.multiple_testing import adjust_holm

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters

ALL = "all"
GROUPINGS = ("category", "length", "count", "method", "last_shown", KNOWN)
_MISSING = str(pd.NA)
_SEVERAL = 2
"""Categories from which their mean is another number than that of lists."""
_LEAST = 6
"""Lists that a category needs for scores of its own."""
_POWER = 0.8
BY_CATEGORY, BY_ITEM, BY_LIST = "category", "item", "list"
PAIR_ACCURACY, PAIR_ORDER = "pair_accuracy", "pair_order"
BLIND = "category_blind"
"""Any rule that does not heed the category that is asked for."""
RIVALS = (CONSTANT, LARGEST_GROUP, LENGTH, UNIFORM)
GAP_COLUMNS = ("gap", "gap_ci_low", "gap_ci_high", "gap_seen", "p_above_baseline")
SCORE_COLUMNS = (
    "model",
    *ASKING,
    "scoring",
    "answered_by",
    "by",
    "group",
    "metric",
    "value",
    "n",
    "clusters",
    "unit",
    "ci_low",
    "ci_high",
    "confidence",
    "baseline",
    *GAP_COLUMNS,
    "p_above_baseline_adjusted",
    "above_baseline",
)


@dataclass(frozen=True)
class _Group:
    """Lists that are scored together.

    `members` are their places; `unit` is what is drawn again: whole categories, or lists where
    there is one category.
    """

    by: str
    name: str
    members: NDArray[np.intp]
    drawn: ItemResampling
    unit: str


def score_predictions(predictions: pd.DataFrame, parameters: BenchmarkParameters) -> pd.DataFrame:
    """Score the answers of one model, in every language and all together.

    Args:
        predictions: model, and see `count_predictions`.
        parameters: the largest number, intervals, seed.

    Returns:
        `counting_scores`: by language (`all`: lists of all languages together) and way of asking,
        for the model and the baselines, by all, category (of six lists or more), length, count,
        method and last_shown. Accuracies of the model over all lists are compared with the best
        baseline on the same lists: gap, its interval, a one-sided p, and the same adjusted over
        the languages (Holm); above_baseline says whether that is below 1 - confidence. Where lists
        are asked for two categories, p is the larger one of that and of `pair_order`: whose answer
        does not heed the category is above no baseline, however often it is right. In
        macro_accuracy every category counts equally, in all else every list.
    """
    rows: list[dict[str, Any]] = []
    keys = ["model", *ASKING, "scoring"]
    predictions = predictions.assign(**{SPOKEN: predictions["language"]})
    together = predictions.assign(language=ALL)
    several = predictions["language"].nunique() > 1
    for table in (predictions, *([together] if several else [])):
        for values, own in table.groupby(keys, sort=True):
            key = dict(zip(keys, values, strict=True))
            rows += [{**key, **row} for row in _score_cell(own, parameters)]
    scores = pd.DataFrame(rows).assign(confidence=parameters.confidence)
    return _judge(scores, 1 - parameters.confidence)[list(SCORE_COLUMNS)]


def _judge(scores: pd.DataFrame, level: float) -> pd.DataFrame:
    """Adjust p over the languages of each way of asking; all languages together are one test."""
    adjusted = pd.Series(np.nan, index=scores.index)
    tested = scores["p_above_baseline"].notna()
    families = [name for name in ("model", *ASKING, "scoring", "metric") if name != "language"]
    together = scores["language"] == ALL
    for _, own in scores[tested].groupby([*families, together[tested]], sort=False):
        adjusted[own.index] = adjust_holm(own["p_above_baseline"])
    above = (adjusted < level).astype("boolean").where(tested)
    return scores.assign(p_above_baseline_adjusted=adjusted, above_baseline=above)


def _score_cell(own: pd.DataFrame, parameters: BenchmarkParameters) -> Iterator[dict[str, Any]]:
    """Score what was asked in one way: all answerers in all groups."""
    categories = own["category"].to_numpy(str)
    outcomes = list_outcomes(own, parameters)
    pairs = score_pairs(own, parameters)
    if pairs is not None:
        yield from _pair_rows(pairs, parameters.confidence)
    for group in _groups(own, categories, parameters):
        known = _outcomes_of(group, own, outcomes, parameters)
        cells = average_outcomes(known, group.drawn, parameters.confidence, parameters.largest)
        cells |= estimate_by_jackknife(own.iloc[group.members], group.drawn, parameters.confidence)
        gap: dict[str, Any] = {}
        if group.by == ALL:
            cells |= _average_categories(outcomes, categories, parameters)
            gap = _compare(outcomes, group, pairs, parameters.confidence)
        for (answered_by, metric), cell in cells.items():
            compared = gap if (answered_by, metric) == (MODEL, ACCURACY) else {}
            yield {
                **_row(answered_by, metric, cell),
                "by": group.by,
                "group": group.name,
                "clusters": group.drawn.clusters,
                "unit": group.unit,
                **compared,
            }


def _outcomes_of(
    group: _Group,
    own: pd.DataFrame,
    outcomes: Mapping[str, Outcomes],
    parameters: BenchmarkParameters,
) -> dict[Key, NDArray[np.float64]]:
    """Give the outcomes of some lists; constants are chosen anew where a model chose the lists."""
    anew = group.by == KNOWN
    chosen = list_outcomes(own.iloc[group.members], parameters) if anew else outcomes
    return {
        (answered_by, metric): values if anew else values[group.members]
        for answered_by, found in chosen.items()
        for metric, values in found.items()
    }


def _row(answered_by: str, metric: str, cell: Cell) -> dict[str, Any]:
    return {
        "answered_by": answered_by,
        "metric": metric,
        "value": cell.value,
        "n": cell.n,
        "ci_low": cell.low,
        "ci_high": cell.high,
        "baseline": "",
        **dict.fromkeys(GAP_COLUMNS, np.nan),
    }


def _pair_rows(pairs: PairScores, confidence: float) -> Iterator[dict[str, Any]]:
    gap = {"baseline": BLIND, **_gap(pairs.above_blind, pairs.clusters, confidence)}
    for metric, cell in ((PAIR_ACCURACY, pairs.accuracy), (PAIR_ORDER, pairs.order)):
        yield {
            **_row(MODEL, metric, cell),
            "by": ALL,
            "group": ALL,
            "clusters": pairs.clusters,
            "unit": BY_LIST,
            **(gap if metric == PAIR_ORDER else {}),
        }


def _average_categories(
    outcomes: Mapping[str, Outcomes],
    categories: NDArray[np.str_],
    parameters: BenchmarkParameters,
) -> dict[Key, Cell]:
    """Average accuracies so that every category counts equally, however many lists it has."""
    if len(set(categories)) < _SEVERAL:
        return {}
    drawn = resample_items(
        categories,
        categories,
        average="macro",
        rounds=parameters.rounds,
        generator=np.random.default_rng(parameters.seed),
    )
    known = {(name, MACRO): found[ACCURACY] for name, found in outcomes.items() if found}
    return average_outcomes(known, drawn, parameters.confidence, parameters.largest)


def _groups(
    own: pd.DataFrame, categories: NDArray[np.str_], parameters: BenchmarkParameters
) -> Iterator[_Group]:
    for by in (ALL, *(name for name in GROUPINGS if name in own)):
        values = (
            np.full(len(own), ALL) if by == ALL else np.array([str(value) for value in own[by]])
        )
        for value in sorted(set(values) - {_MISSING}):
            members = np.flatnonzero(values == value)
            if by == BY_CATEGORY and own["item_id"].iloc[members].nunique() < _LEAST:
                continue
            several = len(set(categories[members])) > 1
            labels = categories[members] if several else own["item_id"].to_numpy(str)[members]
            drawn = resample_items(
                labels,
                rounds=parameters.rounds,
                generator=np.random.default_rng(parameters.seed),
            )
            unit = BY_CATEGORY if several else BY_ITEM
            yield _Group(by, str(value), members, drawn, unit)


def _compare(
    outcomes: Mapping[str, Outcomes], group: _Group, pairs: PairScores | None, confidence: float
) -> dict[str, Any]:
    """Compare the accuracy of the model with that of the best baseline, list by list."""
    known = {
        name: outcomes[name][ACCURACY][group.members]
        for name in (MODEL, *RIVALS)
        if outcomes.get(name)
    }
    best = max((name for name in RIVALS if name in known), key=lambda name: known[name].mean())
    found = subtract_outcomes(known[MODEL], known[best], group.drawn, confidence, shares=True)
    gap = _gap(found, group.drawn.independent, confidence)
    p = gap["p_above_baseline"]
    if pairs is not None and not np.isnan(pairs.above_blind.p_above):
        # Both have to hold, so that no adjustment is needed (Berger 1982).
        p = np.maximum(p, pairs.above_blind.p_above)
    return {"baseline": best, **gap, "p_above_baseline": float(p)}


def _gap(found: Difference, clusters: int, confidence: float) -> dict[str, float]:
    """Give a gap and the least true one that is found with a probability of four fifths."""
    student = scipy.stats.t(max(clusters - 1, 1))
    reach = float(student.ppf(confidence) + student.ppf(_POWER))
    return {
        "gap": found.value,
        "gap_ci_low": found.low,
        "gap_ci_high": found.high,
        "gap_seen": reach * found.error,
        "p_above_baseline": found.p_above,
    }
