"""The two sides of the cross-study analysis: one predictor, and an outcome of another study."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.errors import Refusal
from isogloss.pipelines.reporting.correlation_covariates import LOGARITHMIC
from isogloss.scoreboard_columns import STUDIES
from isogloss.statistics.reliability import error_of_interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
        (that the outcome rests on), text_overlap, confirmatory, proxy.

    Raises:
        Refusal: if a language has an outcome twice.
    """
    sides = predictor.dropna(subset="value").rename(
        columns={"model": "checkpoint", "value": "x", "ci_low": "x_low", "ci_high": "x_high"}
    )
    sides = sides.assign(x_error=_errors(sides, "x_low", "x_high"))
    outcomes = _outcomes(scoreboard, pivot, parameters)
    stands_for = {name: name for name in sides["checkpoint"].unique()} | {
        model: other for model, other in parameters.proxies.items() if model != other
    }
    _report_unmatched(outcomes, stands_for)
    outcomes = outcomes.assign(checkpoint=outcomes["model"].map(stands_for))
    columns = ["checkpoint", "predictor", "language", "x", "x_low", "x_high", "x_error"]
    joined = outcomes.merge(sides[columns], on=["checkpoint", "language"])
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
        shared = joined.groupby(CELL)["text_overlap"].transform("max") > 0
        joined["confirmatory"] &= ~shared
    order = joined.assign(outcome=joined["outcome"].map(STUDIES.index))
    return joined.loc[order.sort_values([*CELL, "language"]).index].reset_index(drop=True)


def add_covariates(
    joined: pd.DataFrame, profiles: pd.DataFrame, names: Sequence[str]
) -> pd.DataFrame:
    """Add properties of languages, and drop the languages of which one is not known.

    Args:
        joined: of `join_sides`.
        profiles: `language_profiles`.
        names: of its columns; ratios and shares are logarithmised.
    """
    given = profiles[["model", "language", *names]].copy()
    for name in names:
        numbers = pd.to_numeric(given[name], errors="coerce").astype(float)
        known = numbers.where(numbers > 0) if name in LOGARITHMIC else numbers
        given[name] = np.log(known) if name in LOGARITHMIC else known
    return joined.merge(given, on=["model", "language"]).dropna(subset=list(names))


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
            "y_error": _errors(rows, "ci_low", "ci_high"),
            "chance": rows["chance"].astype(float),
            "above_chance": rows["above_chance"].astype("boolean").astype("Float64"),
            "items": rows["n"].astype(float),
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


def _errors(table: pd.DataFrame, low: str, high: str) -> np.ndarray:
    return error_of_interval(*(table[name] for name in (low, high, "n", "confidence")))


def _report_unmatched(outcomes: pd.DataFrame, stands_for: Mapping[str, str]) -> None:
    """Tell which models have outcomes but no alignment."""
    if lacking := sorted(set(outcomes["model"]) - set(stands_for)):
        logger.info(
            "The cross-study analysis leaves out %s: no alignment of them has been measured. Name "
            "a stand-in in cross_study.proxies to have it shown beside their outcomes.",
            ", ".join(lacking),
        )
