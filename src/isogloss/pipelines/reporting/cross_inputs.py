"""The two sides of the cross-study analysis: one predictor, and an outcome of another study."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.errors import Refusal
from isogloss.pipelines.reporting.cross_gates import is_overlap_unknown
from isogloss.pipelines.reporting.cross_losses import say_unaligned
from isogloss.pipelines.reporting.score_rows import errors_of
from isogloss.scoreboard_columns import STUDIES
from isogloss.statistics.reliability import error_of_interval

if TYPE_CHECKING:
    from collections.abc import Mapping

    from isogloss.pipelines.reporting.parameters import CrossStudyParameters

logger = logging.getLogger(__name__)

CELL = ["model", "checkpoint", "predictor", "outcome", "outcome_metric"]
"""What tells the pairs of a predictor and an outcome apart."""
PREDICTOR_STUDY = "alignment"
SOURCE = "source"
OTHER = "{predictor} of {checkpoint}"


def join_sides(
    predictor: pd.DataFrame,
    scoreboard: pd.DataFrame,
    pivot: str,
    parameters: CrossStudyParameters,
) -> pd.DataFrame:
    """Set the alignment of every language beside its outcomes, checkpoint by checkpoint.

    Args:
        predictor: `alignment_predictor` of all models.
        scoreboard: the table of that name.
        pivot: left out.
        parameters: which outcomes are confirmatory, and which other models may be shown instead.

    Returns:
        One row a pair of `CELL` and language, studies in the order of the scoreboard: role, x,
        x_low, x_high, x_error, y, y_low, y_high, y_error, chance, above_chance (1, 0, NaN), items
        (that the outcome rests on), text_overlap, confirmatory, proxy, unaligned (codes of the
        languages that have the outcome but no alignment, the same in all rows of a pair).

    Raises:
        Refusal: if a language has an outcome twice.
    """
    sides = predictor.dropna(subset="value").rename(
        columns={"model": "checkpoint", "value": "x", "ci_low": "x_low", "ci_high": "x_high"}
    )
    bounds = (sides[name] for name in ("x_low", "x_high", "n", "confidence"))
    sides = sides.assign(x_error=error_of_interval(*bounds))
    outcomes = _outcomes(scoreboard, pivot, parameters)
    stands_for = {name: name for name in sides["checkpoint"].unique()} | {
        model: other for model, other in parameters.proxies.items() if model != other
    }
    _report_unmatched(outcomes, stands_for)
    outcomes = outcomes.assign(checkpoint=outcomes["model"].map(stands_for))
    columns = ["checkpoint", "predictor", "language", "x", "x_low", "x_high", "x_error"]
    joined = outcomes.merge(sides[columns], on=["checkpoint", "language"])
    joined = joined.assign(unaligned=_list_unaligned(outcomes, joined))
    proxy = joined["model"] != joined["checkpoint"]
    named = [
        OTHER.format(predictor=name, checkpoint=checkpoint) if other else name
        for name, checkpoint, other in zip(
            joined["predictor"], joined["checkpoint"], proxy, strict=True
        )
    ]
    joined = joined.assign(proxy=proxy, predictor=np.array(named, object))
    joined["confirmatory"] &= ~proxy
    if parameters.allow_text_overlap:
        shared = (joined["text_overlap"] > 0) | is_overlap_unknown(joined)
        joined["confirmatory"] &= ~shared.groupby([joined[name] for name in CELL]).transform("any")
    order = joined.assign(outcome=joined["outcome"].map(STUDIES.index))
    return joined.loc[order.sort_values([*CELL, "language"]).index].reset_index(drop=True)


def _outcomes(
    scoreboard: pd.DataFrame, pivot: str, parameters: CrossStudyParameters
) -> pd.DataFrame:
    rows = scoreboard[(scoreboard["study"] != PREDICTOR_STUDY) & (scoreboard["language"] != pivot)]
    is_source = rows["role"] == SOURCE
    metric = rows["metric"].where(~is_source, rows["metric"] + " as source")
    found = pd.DataFrame(
        {
            "model": rows["model"],
            "outcome": rows["study"],
            "outcome_metric": metric,
            "role": rows["role"],
            "language": rows["language"],
            "y": rows["value"].astype(float),
            "y_low": rows["ci_low"].astype(float),
            "y_high": rows["ci_high"].astype(float),
            "y_error": errors_of(rows),
            "chance": rows["chance"].astype(float),
            "above_chance": rows["above_chance"].astype("boolean").astype("Float64"),
            "items": _count_items(rows),
            "text_overlap": rows["text_overlap"].astype(float),
            "confirmatory": rows["study"].isin(parameters.confirmatory) & ~is_source,
        }
    )
    tested = found["above_chance"].to_numpy(np.float64, na_value=np.nan)
    # Where the study has no test of its own, an interval that lies above chance tells it.
    low, chance = found["y_low"], found["chance"]
    told = np.where(chance.notna() & low.notna(), low > chance, np.nan)
    found["above_chance"] = np.where(np.isnan(tested), told, tested)
    keys = ["model", "outcome", "outcome_metric", "language"]
    if (repeated := found.duplicated(keys)).any():
        first = ", ".join(f"{key}={found.loc[repeated, key].iloc[0]!r}" for key in keys)
        raise Refusal(f"scoreboard has several rows for {first}. Keep one.")
    return found


def _count_items(rows: pd.DataFrame) -> pd.Series[float]:
    """Count single items, where n counts the passages or categories that they belong to."""
    n = rows["n"].astype(float)
    known = rows["items"].astype(float) if "items" in rows else n
    return known.where(known.notna(), n)


def _list_unaligned(outcomes: pd.DataFrame, joined: pd.DataFrame) -> list[str]:
    """Give, row by row, the languages that have the outcome but no alignment; tell them."""
    pair = ["model", "outcome", "outcome_metric"]
    known = set(map(tuple, joined[[*pair, "language"]].to_numpy().tolist()))
    lost: dict[tuple[str, ...], list[str]] = {}
    measured = outcomes[outcomes["checkpoint"].notna()]
    for row in measured[[*pair, "language"]].to_numpy().tolist():
        if tuple(row) not in known:
            lost.setdefault(tuple(row[:-1]), []).append(row[-1])
    for (model, outcome, metric), codes in lost.items():
        [said] = say_unaligned(codes)
        logger.info("Cross-study analysis, %s (%s) of %s: %s.", outcome, metric, model, said)
    return [" ".join(sorted(lost.get(tuple(row), []))) for row in joined[pair].to_numpy().tolist()]


def _report_unmatched(outcomes: pd.DataFrame, stands_for: Mapping[str, str]) -> None:
    """Tell which models have outcomes but no alignment."""
    if lacking := sorted(set(outcomes["model"]) - set(stands_for)):
        logger.info(
            "The cross-study analysis leaves out %s: no alignment of them has been measured. Name "
            "a stand-in in cross_study.proxies to have it shown beside their outcomes.",
            ", ".join(lacking),
        )
