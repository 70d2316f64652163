"""Which tables the scoreboard is made from: steps that the pipeline makes nodes of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.pipelines.reporting.alignment_steps import PARAMETERS, PIVOT
from isogloss.pipelines.reporting.comparison_nodes import (
    ANSWERS,
    OUTCOMES,
    compare_runs,
    describe_comparison,
)
from isogloss.pipelines.reporting.score_nodes import (
    draw_scoreboard,
    keep_score,
    list_references,
    score_alignment_cells,
    score_counting_cells,
    score_culture_cells,
    score_merge_cells,
    score_task_cells,
    tabulate_for_papers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from isogloss.pipelines.reporting.alignment_steps import Step

SCOREBOARD = "params:scoreboard"
CORPUS = "params:corpus"
SURVEY = "params:survey.source"
CULTURE_CONFIDENCE = "params:cultural_analysis.confidence"
CELLS = ("alignment_cells", "task_cells", "merging_cells", "culture_cells", "counting_cells")
"""What studies bring to the scoreboard; those that were not made load empty."""
CSV_TWINS = ("scoreboard",)
MERGE_CELLS = "merge_cells"
"""Of one encoder; `merging_cells` of all."""

ALIGNMENT_STEP: Step = (
    score_alignment_cells, ["pivot_overview", CORPUS, PARAMETERS], "alignment_cells"
)  # fmt: skip
TASK_STEP: Step = (score_task_cells, ["task_scores"], "task_cells")
CULTURE_STEP: Step = (
    score_culture_cells, ["cultural_alignment", SURVEY, CULTURE_CONFIDENCE], "culture_cells"
)  # fmt: skip
COUNTING_STEP: Step = (score_counting_cells, ["counting_scores"], "counting_cells")


def merge_step(corpus: str, confidence: str) -> tuple[Callable[..., object], dict[str, str], str]:
    """Give what is made of the merges of one encoder: function, inputs, output.

    Args:
        corpus: parameter that names the source of the intents.
        confidence: parameter with that of the intervals.
    """
    tables = ("merge_results", "merge_comparisons", "merge_weights", "locales")
    inputs = {name: name for name in tables} | {"corpus": corpus, "confidence": confidence}
    inputs |= {"settings": SCOREBOARD, "parameters": PARAMETERS}
    return score_merge_cells, inputs, MERGE_CELLS


def list_steps() -> list[Step]:
    """List what is made of the cells of all studies: function, inputs, output."""
    shown = ["scoreboard", "languages"]
    return [
        (keep_score, [*CELLS, PIVOT], "scoreboard"),
        (draw_scoreboard, [*shown, PIVOT, PARAMETERS], "scoreboard_figure"),
        (tabulate_for_papers, [*shown, PARAMETERS], "scoreboard_latex"),
        (list_references, ["scoreboard", "method_references"], "references"),
    ]


def comparison_steps(
    models: Sequence[str], scored: Sequence[str]
) -> list[tuple[Callable[..., object], list[str] | dict[str, str], str]]:
    """List what compares another run with this one: function, inputs, output.

    Args:
        models: whose alignment is measured.
        scored: models that answered items.
    """
    inputs = {"scoreboard": "scoreboard", "other_scoreboard": "other_scoreboard"}
    inputs |= {"settings": "params:comparison", "reporting": PARAMETERS}
    tables = ["task_scores", "other_task_scores"] if scored else []
    tables += [f"{model}.{name}" for name in ANSWERS for model in scored]
    tables += ["pivot_overview", "other_pivot_overview"] if models else []
    tables += [f"{model}.{name}" for name in OUTCOMES for model in models]
    inputs |= {name: name for name in tables}
    described = ["scoreboard_comparison", "languages", PARAMETERS]
    return [
        (compare_runs, inputs, "scoreboard_comparison"),
        (describe_comparison, described, "comparison_description"),
    ]
