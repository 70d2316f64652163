"""Tables into figures and text: per model in its namespace, and across models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro.pipeline import Node, Pipeline

from isogloss.pipelines.reporting.nodes import (
    average_pairs,
    control_correlations,
    copy_table,
    correlate_alignment_with_tasks,
    correlate_over_models,
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
    stack_tables,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOM = "reporting"
PARAMETERS = "params:reporting"
CORRELATION = "params:correlation"
PIVOT = "params:pivot"
BOTH_SIDES = ("alignment_summary", "task_scores")
# Long tables that people also want to open in a spreadsheet.
OWN_CSV_TWINS = ("alignment", "retrieval_statistics")
CSV_TWINS = ("alignment_summary", "alignment_extremes", "alignment_overview", "pivot_overview")


def create_pipeline(
    models: Sequence[str],
    profiled: Sequence[str] | None = None,
    scored: Sequence[str] | None = None,
) -> Pipeline:
    """Make the pipeline that draws and describes the alignment of models and what goes with it.

    Args:
        models: that have been aligned.
        profiled: those of them that have a language profile (sentence vectors made elsewhere have
            none); None means all.
        scored: those of them that do the tasks; None means all.
    """
    if not models:
        return Pipeline([])
    with_profile = list(models if profiled is None else profiled)
    return Pipeline(
        [
            *(_own_pipeline(model) for model in models),
            _cross_model_pipeline(models),
            _profile_pipeline(with_profile),
            _correlation_pipeline(models if scored is None else scored, with_profile),
        ],
        tags=[ROOM],
    )


def _own_pipeline(model: str) -> Pipeline:
    return Pipeline(
        [*_overview_nodes(), *_figure_nodes(), *_twins(OWN_CSV_TWINS)],
        namespace=model,
        tags=[model],
        inputs={"languages"},
        parameters={PARAMETERS, PIVOT},
    )


def _twins(tables: Sequence[str]) -> list[Node]:
    return [
        Node(copy_table, table, f"{table}_csv", name=f"copy_{table}_to_csv") for table in tables
    ]


def _overview_nodes() -> list[Node]:
    return [
        Node(
            average_pairs,
            ["alignment_outcomes", "alignment_summary", PARAMETERS],
            "alignment_overview",
            name="average_pairs",
        ),
        Node(
            rank_against_pivot,
            ["alignment_outcomes", "alignment_summary", PIVOT, PARAMETERS],
            "pivot_overview",
            name="rank_against_pivot",
        ),
    ]


def _figure_nodes() -> list[Node]:
    return [
        Node(
            draw_alignment_by_layer,
            [
                "alignment",
                "alignment_overview",
                "alignment_summary",
                "languages",
                PIVOT,
                PARAMETERS,
            ],
            "alignment_by_layer_figure",
            name="draw_alignment_by_layer",
        ),
        Node(
            draw_metrics_by_layer,
            ["alignment_overview", PARAMETERS],
            "metrics_by_layer_figure",
            name="draw_metrics_by_layer",
        ),
        Node(
            draw_alignment_matrix,
            ["alignment_summary", "languages", PARAMETERS],
            "alignment_matrix_figure",
            name="draw_alignment_matrix",
        ),
        Node(
            draw_alignment_extremes,
            ["alignment_summary", "languages", PARAMETERS],
            "alignment_extremes_figure",
            name="draw_alignment_extremes",
        ),
        Node(
            draw_retrieval_statistics,
            ["retrieval_statistics", PARAMETERS],
            "retrieval_statistics_figure",
            name="draw_retrieval_statistics",
        ),
    ]


def _cross_model_pipeline(models: Sequence[str]) -> Pipeline:
    gathered = [
        Node(
            stack_tables,
            [f"{model}.{table}" for model in models],
            table,
            name=f"stack_{table}",
        )
        for table in ("alignment_overview", "pivot_overview")
    ]
    return Pipeline(
        [
            *gathered,
            *_twins(CSV_TWINS),
            Node(
                draw_alignment_overview,
                ["alignment_overview", PARAMETERS],
                "alignment_overview_figure",
                name="draw_alignment_overview",
            ),
            Node(
                draw_pivot_ranking,
                ["pivot_overview", "languages", PARAMETERS],
                "pivot_ranking_figure",
                name="draw_pivot_ranking",
            ),
            Node(
                describe_alignment,
                ["alignment_overview", "pivot_overview", "languages", "params:corpus", PARAMETERS],
                "alignment_description",
                name="describe_alignment",
            ),
        ]
    )


def _profile_pipeline(models: Sequence[str]) -> Pipeline:
    if not models:
        return Pipeline([])
    return Pipeline(
        [
            Node(
                stack_tables,
                [f"{model}.language_profile" for model in models],
                "language_profiles",
                name="stack_language_profiles",
            ),
            Node(
                copy_table,
                "language_profiles",
                "language_profiles_csv",
                name="copy_language_profiles_to_csv",
            ),
            Node(
                draw_language_profiles,
                ["language_profiles", "pivot_overview", "languages", PARAMETERS],
                "language_profiles_figure",
                name="draw_language_profiles",
            ),
        ]
    )


def _correlation_pipeline(scored: Sequence[str], profiled: Sequence[str]) -> Pipeline:
    if not scored:
        return Pipeline([])
    nodes = [
        Node(
            correlate_alignment_with_tasks,
            [*BOTH_SIDES, PIVOT, CORRELATION],
            "correlations",
            name="correlate_alignment_with_tasks",
        ),
        Node(
            correlate_over_models,
            [*BOTH_SIDES, PIVOT, CORRELATION],
            "language_correlations",
            name="correlate_over_models",
        ),
        *_twins(("correlations", "language_correlations")),
    ]
    if set(scored) & set(profiled):
        nodes += [
            Node(
                control_correlations,
                [*BOTH_SIDES, "language_profiles", "languages", PIVOT, CORRELATION],
                "partial_correlations",
                name="control_correlations",
            ),
            *_twins(("partial_correlations",)),
        ]
    return Pipeline(nodes)
