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
    MODEL,
    Outcomes,
    compare_answers,
    list_baselines,
)
from isogloss.pipelines.counting.count_estimates import (
    BRIER,
    INVALID,
    MACRO,
    MASS,
    OVERCONFIDENCE,
    Cell,
    Key,
    average_outcomes,
    estimate_by_jackknife,
)
from isogloss.pipelines.counting.count_predictions import ASKING, GENERATED
from isogloss.statistics.clustered import ItemResampling, compare_items, resample_items
from isogloss.statistics.multiple_testing import adjust_holm

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters

ALL = "all"
GROUPINGS = ("category", "length", "count", "method")
_SEVERAL = 2
"""Categories from which their mean is another number than that of lists."""
BY_CATEGORY, BY_ITEM = "category", "item"
GAP_COLUMNS = ("gap", "gap_ci_low", "gap_ci_high", "p_above_baseline")
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
        for the model and the baselines, by all, category, length, count and method. Accuracies of
        the model over all lists are compared with the best constant answer on the same lists:
        gap, its interval, a one-sided p (Student's t), and the same adjusted over the languages
        (Holm); above_baseline says whether that is below 1 - confidence. In macro_accuracy every
        category counts equally, in all else every list.
    """
    rows: list[dict[str, Any]] = []
    keys = ["model", *ASKING, "scoring"]
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
    families = [name for name in ("model", *ASKING, "scoring") if name != "language"]
    together = scores["language"] == ALL
    for _, own in scores[tested].groupby([*families, together[tested]], sort=False):
        adjusted[own.index] = adjust_holm(own["p_above_baseline"])
    above = (adjusted < level).astype("boolean").where(tested)
    return scores.assign(p_above_baseline_adjusted=adjusted, above_baseline=above)


def _score_cell(own: pd.DataFrame, parameters: BenchmarkParameters) -> Iterator[dict[str, Any]]:
    """Score what was asked in one way: all answerers in all groups."""
    counts, lengths = (own[name].to_numpy(np.intp) for name in ("count", "length"))
    categories = own["category"].to_numpy(str)
    answers = np.asarray(own["answer"].astype("Float64").to_numpy(float, na_value=np.nan), float)
    outcomes: dict[str, Outcomes] = {
        MODEL: _own_outcomes(own, compare_answers(answers, counts, parameters.largest)),
        **list_baselines(counts, lengths, categories, parameters.largest),
    }
    for group in _groups(own, categories, parameters):
        known = {
            (answered_by, metric): values[group.members]
            for answered_by, found in outcomes.items()
            for metric, values in found.items()
        }
        cells = average_outcomes(known, group.drawn, parameters.confidence)
        cells |= estimate_by_jackknife(own.iloc[group.members], group.drawn, parameters.confidence)
        gap = {}
        if group.by == ALL:
            cells |= _average_categories(outcomes, categories, parameters)
            gap = _compare(outcomes, group, parameters.confidence)
        for (answered_by, metric), cell in cells.items():
            compared = gap if (answered_by, metric) == (MODEL, ACCURACY) else {}
            yield {
                "answered_by": answered_by,
                "by": group.by,
                "group": group.name,
                "metric": metric,
                "value": cell.value,
                "n": cell.n,
                "clusters": group.drawn.clusters,
                "unit": group.unit,
                "ci_low": cell.low,
                "ci_high": cell.high,
                **dict.fromkeys(GAP_COLUMNS, np.nan),
                **compared,
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
    return average_outcomes(known, drawn, parameters.confidence)


def _own_outcomes(own: pd.DataFrame, compared: Outcomes) -> Outcomes:
    """Add what only a model has: how sure it was, or whether it gave a number at all."""
    if own["scoring"].iloc[0] == GENERATED:
        return {**compared, INVALID: np.asarray(own["answer"].isna(), np.float64)}
    sure = own["confidence"].to_numpy(np.float64)
    return {
        **compared,
        BRIER: own["brier"].to_numpy(np.float64),
        OVERCONFIDENCE: sure - compared[ACCURACY],
        MASS: own["candidate_mass"].to_numpy(np.float64),
    }


def _groups(
    own: pd.DataFrame, categories: NDArray[np.str_], parameters: BenchmarkParameters
) -> Iterator[_Group]:
    for by in (ALL, *GROUPINGS):
        values = np.full(len(own), ALL) if by == ALL else own[by].to_numpy()
        for value in sorted(set(values)):
            members = np.flatnonzero(values == value)
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
    outcomes: Mapping[str, Outcomes], group: _Group, confidence: float
) -> dict[str, float]:
    """Compare the accuracy of the model with that of the best constant answer, list by list."""
    own, constant = (outcomes[name][ACCURACY][group.members] for name in (MODEL, CONSTANT))
    found = compare_items(own[None], constant, group.drawn, confidence)
    gap, error = float(found.score[0]), float(found.error[0])
    return {
        "gap": gap,
        "gap_ci_low": float(found.low[0]),
        "gap_ci_high": float(found.high[0]),
        "p_above_baseline": _one_sided(gap, error, group.drawn.independent - 1),
    }


def _one_sided(gap: float, error: float, degrees: int) -> float:
    """Give the probability of so large a gap if there is none: that of Student's t."""
    if np.isnan(error) or degrees < 1:
        return np.nan
    if error <= 0:
        return 0.0 if gap > 0 else 1.0
    return float(scipy.stats.t.sf(gap / error, degrees))
