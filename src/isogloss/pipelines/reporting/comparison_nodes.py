"""Nodes that compare the results of two runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.errors import Refusal
from isogloss.pipelines.reporting import comparison_wording
from isogloss.pipelines.reporting.comparison_pairs import AlignedRun
from isogloss.pipelines.reporting.parameters import ComparisonParameters, ReportingParameters
from isogloss.pipelines.reporting.scoreboard_comparison import (
    compare_scoreboards,
    tabulate_answers,
)
from isogloss.provenance import READ_FROM

if TYPE_CHECKING:
    from collections.abc import Mapping

ANSWERS = ("item_scores", "other_item_scores")
OUTCOMES = ("own_outcomes", "other_outcomes")
"""Of every model: of this run, and of the other."""


def compare_runs(
    scoreboard: pd.DataFrame,
    other_scoreboard: pd.DataFrame,
    settings: ComparisonParameters,
    reporting: ReportingParameters,
    **found: Any,
) -> pd.DataFrame:
    """Subtract every cell of another run from the same cell of this one.

    Args:
        scoreboard: of this run.
        other_scoreboard: of the other run.
        settings: which models of the other run stand beside which of this one.
        reporting: pooling of the alignment that scoreboards take.
        **found: task_scores, other_task_scores, pivot_overview and other_pivot_overview, and of
            every model what `ANSWERS` and `OUTCOMES` name; what a study has not is left out.

    Raises:
        Refusal: if there is no other scoreboard, or none of its cells is in this one.
    """
    if other_scoreboard.empty:
        raise Refusal(_say_missing(other_scoreboard))
    other = _rename(other_scoreboard, settings)
    compared = compare_scoreboards(
        other,
        scoreboard,
        _answers(found, settings),
        alignment=_alignment(found, settings, reporting),
        rounds=settings.rounds,
        seed=settings.seed,
    )
    if compared.empty:
        raise Refusal(comparison_wording.say_nothing_shared(scoreboard, other, other_scoreboard))
    return compared


def describe_comparison(
    scoreboard_comparison: pd.DataFrame, languages: pd.DataFrame, reporting: ReportingParameters
) -> str:
    """Write what differs between two runs; see `comparison_wording.describe_comparison`."""
    return comparison_wording.describe_comparison(scoreboard_comparison, languages, reporting)


def _say_missing(other_scoreboard: pd.DataFrame) -> str:
    place = str(other_scoreboard.attrs.get(READ_FROM, ""))
    root = Path(place).parent.parent if place else None
    what = "There is no scoreboard to compare with"
    if root is not None:
        there = "" if root.exists() else f", and no folder {root}"
        what = f"There is no {place} to compare with{there}"
    return (
        f"{what}. Name the data_root of another run whose reporting is done: "
        "kedro run --pipelines compare --params compare_with=FOLDER"
    )


def _answers(
    found: Mapping[str, Any], settings: ComparisonParameters
) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    own, other = (list(_by_model(found, name).values()) for name in ANSWERS)
    if not own or not other:
        return None
    return (
        _rename(tabulate_answers(found["other_task_scores"], pd.concat(other)), settings),
        tabulate_answers(found["task_scores"], pd.concat(own)),
    )


def _alignment(
    found: Mapping[str, Any], settings: ComparisonParameters, reporting: ReportingParameters
) -> tuple[AlignedRun, AlignedRun] | None:
    if "pivot_overview" not in found:
        return None
    own, other = (
        {model: stored for model, stored in _by_model(found, name).items() if stored is not None}
        for name in OUTCOMES
    )
    if settings.models:
        other = {here: other[there] for there, here in settings.models.items() if there in other}
    overview = _rename(found["other_pivot_overview"], settings)
    return (
        AlignedRun(overview, other, reporting.pooling),
        AlignedRun(found["pivot_overview"], own, reporting.pooling),
    )


def _by_model(found: Mapping[str, Any], table: str) -> dict[str, Any]:
    return {
        name.removesuffix(f".{table}"): value
        for name, value in found.items()
        if name.endswith(f".{table}")
    }


def _rename(table: pd.DataFrame, settings: ComparisonParameters) -> pd.DataFrame:
    """Keep the models that are compared, under the names that they have in this run."""
    if not settings.models:
        return table
    kept = table[table["model"].isin(list(settings.models))]
    return kept.assign(model=kept["model"].map(settings.models))
