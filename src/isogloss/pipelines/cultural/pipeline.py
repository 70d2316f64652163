"""Values: what people think, what each model says, and how far the two agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kedro.pipeline import Node, Pipeline

from isogloss.pipelines.cultural.analysis_nodes import (
    compare_answer_languages,
    correlate_countries,
    measure_agreement,
    measure_labeller_agreement,
    measure_self_consistency,
    regress_alignment_on_capability,
)
from isogloss.pipelines.cultural.original_nodes import reproduce_published_analyses
from isogloss.pipelines.cultural.truth_nodes import measure_ground_truth

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

ROOM = "cultural"
SURVEY, ANALYSIS = "params:survey", "params:cultural_analysis"
TRUTH = ["survey_ground_truth", "survey_questions"]
# What agreement is regressed on -> the table of another room that tells of it.
CAPABILITIES = {"alignment": "alignment_summary", "task": "task_scores"}


def create_pipeline(survey: str, *, published: bool, capabilities: Collection[str]) -> Pipeline:
    """Make the pipeline that asks models what people were asked, and compares.

    Args:
        survey: name of the source of what people answered.
        published: whether published scores are read.
        capabilities: what agreement is regressed on: benchmarks, alignment, task.
    """
    return Pipeline([_truth_node(survey), *_analysis_nodes(capabilities)], tags=[ROOM])


def _truth_node(survey: str) -> Node:
    return Node(
        measure_ground_truth,
        [f"{survey}_survey", "survey_questions", "languages", SURVEY],
        ["survey_ground_truth", "survey_distributions", "country_languages", "survey_remarks"],
        name="measure_ground_truth",
    )


def _node(
    function: Callable[..., object], inputs: list[str] | dict[str, str], outputs: str | list[str]
) -> Node:
    """Name a node after its function."""
    return Node(function, inputs, outputs, name=function.__name__)


def _analysis_nodes(capabilities: Collection[str]) -> list[Node]:
    return [
        _node(
            measure_agreement,
            [
                "survey_scores",
                *TRUTH,
                "closed_distributions",
                "survey_distributions",
                ANALYSIS,
            ],
            ["cultural_alignment", "cultural_contrasts"],
        ),
        _node(correlate_countries, ["survey_ground_truth", ANALYSIS], "country_correlations"),
        _node(
            measure_self_consistency, ["survey_scores", *TRUTH, ANALYSIS], "self_consistency"
        ),
        _node(compare_answer_languages, ["survey_scores", ANALYSIS], "cross_effects"),
        _capability_node(capabilities),
        _node(
            measure_labeller_agreement,
            ["stance_labels", "survey_prompts", ANALYSIS],
            "labeller_agreement",
        ),
        _node(
            reproduce_published_analyses,
            ["survey_scores", "survey_ground_truth", "benchmark_scores", ANALYSIS],
            ["original_cells", "original_us_bias", "original_capability", "original_consistency"],
        ),
    ]


def _capability_node(capabilities: Collection[str]) -> Node:
    """Read results of other rooms only where they are asked for: a run may do without them."""
    measured = [table for name, table in CAPABILITIES.items() if name in capabilities]
    return _node(
        regress_alignment_on_capability,
        {
            "benchmarks": "benchmark_scores",
            "parameters": ANALYSIS,
            **{name: name for name in ["survey_scores", *TRUTH, *measured]},
        },
        "capability_regression",
    )
