"""Tables into figures and text: per model in its namespace, and across models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro.pipeline import Node, Pipeline

from isogloss.pipelines.reporting import culture_steps, merge_steps
from isogloss.pipelines.reporting.merge_nodes import describe_merges
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
from isogloss.pipelines.reporting.task_nodes import (
    describe_tasks,
    draw_alignment_against_scores,
    draw_formulations,
    draw_pooling_comparison,
    draw_task_overview,
    draw_task_scores,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

ROOM = "reporting"
# The rooms that these reports are on, so that `--tags merging` runs both without alignment.
MERGING, CULTURAL = "merging", "cultural"
PARAMETERS = "params:reporting"
CORRELATION = "params:correlation"
PIVOT = "params:pivot"
QUESTIONS = frozenset({"belebele", "mmlu"})
BOTH_SIDES = ("alignment_summary", "task_scores")
# Long tables that people also want to open in a spreadsheet.
OWN_CSV_TWINS = ("alignment", "retrieval_statistics")
CSV_TWINS = ("alignment_summary", "alignment_extremes", "alignment_overview", "pivot_overview")


def create_pipeline(
    models: Sequence[str],
    profiled: Sequence[str] | None = None,
    scored: Sequence[str] | None = None,
    tasks: Collection[str] = QUESTIONS,
    merged: Sequence[str] = (),
    *,
    asked: bool = False,
) -> Pipeline:
    """Make the pipeline that draws and describes the alignment of models and what goes with it.

    Args:
        models: that have been aligned.
        profiled: those of them that have a language profile (sentence vectors made elsewhere have
            none); None means all.
        scored: those of them that do the tasks; None means all.
        tasks: that they do; without any, neither tasks nor correlations are reported.
        merged: encoders whose classifiers were merged.
        asked: whether there are answers to the survey.
    """
    others = [_merge_pipeline(merged), _culture_pipeline(asked=asked)]
    if not models:
        return Pipeline(others, tags=[ROOM])
    with_profile = list(models if profiled is None else profiled)
    with_scores = list(models if scored is None else scored) if tasks else []
    return Pipeline(
        [
            *(_own_pipeline(model) for model in models),
            _cross_model_pipeline(models),
            _profile_pipeline(with_profile),
            _correlation_pipeline(with_scores, with_profile),
            _task_pipeline(with_scores, asked=not QUESTIONS.isdisjoint(tasks)),
            *others,
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


def _node(function: Callable[..., object], inputs: list[str] | dict[str, str], output: str) -> Node:
    """Name a node after its function."""
    return Node(function, inputs, output, name=function.__name__)


def _twins(tables: Sequence[str]) -> list[Node]:
    return [
        Node(copy_table, table, f"{table}_csv", name=f"copy_{table}_to_csv") for table in tables
    ]


def _overview_nodes() -> list[Node]:
    return [
        _node(
            average_pairs,
            ["alignment_outcomes", "alignment_summary", PARAMETERS],
            "alignment_overview",
        ),
        _node(
            rank_against_pivot,
            ["alignment_outcomes", "alignment_summary", PIVOT, PARAMETERS],
            "pivot_overview",
        ),
    ]


def _figure_nodes() -> list[Node]:
    return [
        _node(
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
        ),
        _node(draw_metrics_by_layer, ["alignment_overview", PARAMETERS], "metrics_by_layer_figure"),
        _node(
            draw_alignment_matrix,
            ["alignment_summary", "languages", PARAMETERS],
            "alignment_matrix_figure",
        ),
        _node(
            draw_alignment_extremes,
            ["alignment_summary", "languages", PARAMETERS],
            "alignment_extremes_figure",
        ),
        _node(
            draw_retrieval_statistics,
            ["retrieval_statistics", PARAMETERS],
            "retrieval_statistics_figure",
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
            _node(
                draw_alignment_overview,
                ["alignment_overview", PARAMETERS],
                "alignment_overview_figure",
            ),
            _node(
                draw_pivot_ranking,
                ["pivot_overview", "languages", PARAMETERS],
                "pivot_ranking_figure",
            ),
            _node(
                describe_alignment,
                ["alignment_overview", "pivot_overview", "languages", "params:corpus", PARAMETERS],
                "alignment_description",
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
            _node(
                draw_language_profiles,
                ["language_profiles", "pivot_overview", "languages", PARAMETERS],
                "language_profiles_figure",
            ),
        ]
    )


def _task_pipeline(scored: Sequence[str], *, asked: bool) -> Pipeline:
    if not scored:
        return Pipeline([])
    shown = ["languages", PIVOT, PARAMETERS]
    own = [_node(draw_task_scores, ["task_scores", *shown], "task_scores_figure")]
    if asked:
        own += [
            _node(draw_formulations, ["task_scores", *shown], "formulations_figure"),
            *_twins(("item_link", "answer_consistency")),
        ]
    return Pipeline(
        [
            *(
                Pipeline(
                    own,
                    namespace=model,
                    tags=[model],
                    inputs={"languages"},
                    parameters={PIVOT, PARAMETERS},
                )
                for model in scored
            ),
            _node(draw_task_overview, ["task_scores", *shown], "task_overview_figure"),
            _node(
                draw_alignment_against_scores,
                [*BOTH_SIDES, "correlations", *shown],
                "alignment_against_scores_figure",
            ),
            _node(draw_pooling_comparison, ["correlations", *shown], "pooling_comparison_figure"),
            _node(describe_tasks, ["task_scores", "correlations", *shown], "task_description"),
            *_twins(("task_scores",)),
        ]
    )


def _correlation_pipeline(scored: Sequence[str], profiled: Sequence[str]) -> Pipeline:
    if not scored:
        return Pipeline([])
    nodes = [
        _node(correlate_alignment_with_tasks, [*BOTH_SIDES, PIVOT, CORRELATION], "correlations"),
        _node(correlate_over_models, [*BOTH_SIDES, PIVOT, CORRELATION], "language_correlations"),
        *_twins(("correlations", "language_correlations")),
    ]
    if set(scored) & set(profiled):
        nodes += [
            _node(
                control_correlations,
                [*BOTH_SIDES, "language_profiles", "languages", PIVOT, CORRELATION],
                "partial_correlations",
            ),
            *_twins(("partial_correlations",)),
        ]
    return Pipeline(nodes)


def _merge_pipeline(encoders: Sequence[str]) -> Pipeline:
    if not encoders:
        return Pipeline([])
    own = [_node(*step) for step in merge_steps.list_steps()] + _twins(merge_steps.CSV_TWINS)
    tables = ["merge_results", "merge_summary", "locale_spelling", "merge_failures"]
    settings = [merge_steps.CORPUS, merge_steps.CONFIDENCE, PARAMETERS]
    return Pipeline(
        [
            *(
                Pipeline(
                    own,
                    namespace=encoder,
                    tags=[encoder],
                    inputs=merge_steps.SHARED,
                    parameters=merge_steps.SETTINGS,
                )
                for encoder in encoders
            ),
            _node(describe_merges, [*tables, *settings], "merge_description"),
        ],
        tags=[MERGING],
    )


def _culture_pipeline(*, asked: bool) -> Pipeline:
    if not asked:
        return Pipeline([])
    steps = [_node(*step) for step in culture_steps.list_steps()]
    twins = (*culture_steps.CSV_TWINS, *culture_steps.ORIGINAL_CSV_TWINS)
    return Pipeline([*steps, *_twins(twins)], tags=[CULTURAL])
