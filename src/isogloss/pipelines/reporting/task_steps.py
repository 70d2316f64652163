"""Which tables the reports on tasks are made from: steps that the pipeline makes nodes of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.pipelines.reporting.alignment_steps import PARAMETERS, PIVOT
from isogloss.pipelines.reporting.nodes import (
    control_correlations,
    correlate_alignment_with_tasks,
    correlate_over_models,
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
    from isogloss.pipelines.reporting.alignment_steps import Step

CORRELATION = "params:correlation"
CSV_TWINS = ("task_scores",)
QUESTION_CSV_TWINS = ("item_link", "answer_consistency")
CORRELATION_CSV_TWINS = ("correlations", "language_correlations")
PARTIAL_CSV_TWINS = ("partial_correlations",)
_BOTH_SIDES = ["alignment_summary", "task_scores"]
_SHOWN = ["languages", PIVOT, PARAMETERS]


def list_own_steps(*, asked: bool) -> list[Step]:
    """List what is made of the scores of one model: function, inputs, output.

    Args:
        asked: whether it answered questions.
    """
    scores = ["task_scores", *_SHOWN]
    formulations: list[Step] = [(draw_formulations, scores, "formulations_figure")]
    return [(draw_task_scores, scores, "task_scores_figure"), *(formulations if asked else [])]


def list_steps() -> list[Step]:
    """List what is made of the scores of all models: function, inputs, output."""
    return [
        (draw_task_overview, ["task_scores", *_SHOWN], "task_overview_figure"),
        (
            draw_alignment_against_scores,
            [*_BOTH_SIDES, "correlations", *_SHOWN],
            "alignment_against_scores_figure",
        ),
        (draw_pooling_comparison, ["correlations", *_SHOWN], "pooling_comparison_figure"),
        (describe_tasks, ["task_scores", "correlations", *_SHOWN], "task_description"),
    ]


def list_correlation_steps() -> list[Step]:
    """List what sets alignment beside scores: function, inputs, output."""
    inputs = [*_BOTH_SIDES, PIVOT, CORRELATION]
    return [
        (correlate_alignment_with_tasks, inputs, "correlations"),
        (correlate_over_models, inputs, "language_correlations"),
    ]


def list_partial_steps() -> list[Step]:
    """List what takes the profiles of languages into account, too: function, inputs, output."""
    profiles = ["language_profiles", "languages"]
    inputs = [*_BOTH_SIDES, *profiles, PIVOT, CORRELATION]
    return [(control_correlations, inputs, "partial_correlations")]
