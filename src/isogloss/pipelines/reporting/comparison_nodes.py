"""Nodes that compare the results of two runs."""

from __future__ import annotations

import pandas as pd

from isogloss.errors import Refusal
from isogloss.pipelines.reporting.parameters import ComparisonParameters
from isogloss.pipelines.reporting.scoreboard_comparison import (
    compare_scoreboards,
    tabulate_answers,
)


def compare_runs(
    scoreboard: pd.DataFrame,
    other_scoreboard: pd.DataFrame,
    settings: ComparisonParameters,
    *tables: pd.DataFrame,
) -> pd.DataFrame:
    """Subtract every cell of another run from the same cell of this one.

    Args:
        scoreboard: of this run.
        other_scoreboard: of the other run.
        settings: which models of the other run stand beside which of this one.
        *tables: nothing, or task_scores of this run and of the other, and as many item_scores of
            this run as of the other.

    Raises:
        Refusal: if there is no other scoreboard, or none of its cells is in this one.
    """
    if other_scoreboard.empty:
        raise Refusal(
            "There is no scoreboard to compare with. Name the data_root of another run: "
            "kedro run --pipelines compare --params compare_with=FOLDER"
        )
    answers = None
    if tables:
        (own, other), items = tables[:2], tables[2:]
        half = len(items) // 2
        answers = (
            _rename(tabulate_answers(other, pd.concat(items[half:])), settings),
            tabulate_answers(own, pd.concat(items[:half])),
        )
    compared = compare_scoreboards(
        _rename(other_scoreboard, settings),
        scoreboard,
        answers,
        rounds=settings.rounds,
        seed=settings.seed,
    )
    if compared.empty:
        raise Refusal(
            "The two scoreboards have no cell in common. Models here: "
            f"{', '.join(sorted(set(scoreboard['model'])))}; there: "
            f"{', '.join(sorted(set(other_scoreboard['model'])))}. If they are called otherwise, "
            "name them: comparison.models={there: here}."
        )
    return compared


def _rename(table: pd.DataFrame, settings: ComparisonParameters) -> pd.DataFrame:
    """Keep the models that are compared, under the names that they have in this run."""
    if not settings.models:
        return table
    kept = table[table["model"].isin(list(settings.models))]
    return kept.assign(model=kept["model"].map(settings.models))
