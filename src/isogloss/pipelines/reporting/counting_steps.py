"""Which tables the reports on counting are made from: steps that the pipeline makes nodes of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.pipelines.reporting.alignment_steps import PARAMETERS, PIVOT
from isogloss.pipelines.reporting.counting_nodes import (
    describe_counting,
    draw_count_answers,
    draw_count_confusion,
    draw_counting_grid,
    draw_counting_scores,
    draw_counting_sizes,
    report_counting,
)

if TYPE_CHECKING:
    from isogloss.pipelines.reporting.alignment_steps import Step

CSV_TWINS = (
    *("counting_scores", "counting_contrasts", "counting_confusion", "counting_prompts"),
    "knowledge_scores",
)
_SHOWN = ["languages", PIVOT, PARAMETERS]
_TOGETHER = ["counting_scores", "counting_contrasts", "knowledge_scores"]


def list_own_steps() -> list[Step]:
    """List what is made of the answers of one model: function, inputs, output."""
    return [
        (draw_counting_scores, ["counting_scores", *_SHOWN], "counting_scores_figure"),
        (draw_counting_sizes, ["counting_scores", PARAMETERS], "counting_sizes_figure"),
        (draw_counting_grid, ["count_predictions", PARAMETERS], "counting_grid_figure"),
        (draw_count_confusion, ["count_predictions", *_SHOWN], "count_confusion_figure"),
        (draw_count_answers, ["count_predictions", *_SHOWN], "count_answers_figure"),
    ]


def list_steps() -> list[Step]:
    """List what is made of the scores of all models: function, inputs, output."""
    return [
        (describe_counting, [*_TOGETHER, "languages", PARAMETERS], "counting_description"),
        (
            report_counting,
            [*_TOGETHER, "counting_prompts", *_SHOWN],
            "counting_page",
        ),
    ]
