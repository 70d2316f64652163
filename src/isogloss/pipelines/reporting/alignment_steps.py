"""Which tables the reports on alignment are made from: steps that the pipeline makes nodes of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.pipelines.reporting.nodes import (
    average_pairs,
    describe_alignment,
    draw_alignment_by_layer,
    draw_alignment_extremes,
    draw_alignment_matrix,
    draw_alignment_overview,
    draw_language_profiles,
    draw_metrics_by_layer,
    draw_pivot_ranking,
    draw_retrieval_statistics,
    rank_against_pivot,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    Step = tuple[Callable[..., object], list[str], str]

PARAMETERS = "params:reporting"
PIVOT = "params:pivot"
CORPUS = "params:corpus"
SHARED = {"languages"}
"""Tables that the steps of every model read beside its own; so do those of the tasks."""
SETTINGS = {PARAMETERS, PIVOT}
# Long tables that people also want to open in a spreadsheet.
OWN_CSV_TWINS = ("alignment", "retrieval_statistics")
STACKED = ("alignment_overview", "pivot_overview")
"""Tables of every model that are gathered into one."""
CSV_TWINS = ("alignment_summary", "alignment_extremes", *STACKED)
PROFILES = "language_profiles"


def list_own_steps() -> list[Step]:
    """List what is made of the tables of one model: function, inputs, output."""
    overview, summary, languages = "alignment_overview", "alignment_summary", "languages"
    return [
        (average_pairs, ["alignment_outcomes", summary, PARAMETERS], overview),
        (rank_against_pivot, ["alignment_outcomes", summary, PIVOT, PARAMETERS], "pivot_overview"),
        (
            draw_alignment_by_layer,
            ["alignment", overview, summary, languages, PIVOT, PARAMETERS],
            "alignment_by_layer_figure",
        ),
        (draw_metrics_by_layer, [overview, PARAMETERS], "metrics_by_layer_figure"),
        (draw_alignment_matrix, [summary, languages, PARAMETERS], "alignment_matrix_figure"),
        (draw_alignment_extremes, [summary, languages, PARAMETERS], "alignment_extremes_figure"),
        (
            draw_retrieval_statistics,
            ["retrieval_statistics", PARAMETERS],
            "retrieval_statistics_figure",
        ),
    ]


def list_steps() -> list[Step]:
    """List what is made of the tables of all models: function, inputs, output."""
    overview, ranking, languages = *STACKED, "languages"
    return [
        (draw_alignment_overview, [overview, PARAMETERS], "alignment_overview_figure"),
        (draw_pivot_ranking, [ranking, languages, PARAMETERS], "pivot_ranking_figure"),
        (
            describe_alignment,
            [overview, ranking, languages, CORPUS, PARAMETERS],
            "alignment_description",
        ),
    ]


def list_profile_steps() -> list[Step]:
    """List what is made of the language profiles of all models: function, inputs, output."""
    tables = [PROFILES, "pivot_overview", "languages"]
    return [(draw_language_profiles, [*tables, PARAMETERS], "language_profiles_figure")]
