"""Which tables the analyses of the cultural study are made from: steps that become nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.pipelines.cultural.analysis_nodes import (
    compare_answer_languages,
    compare_ways_of_asking,
    correlate_countries,
    gather_model_capabilities,
    measure_agreement,
    measure_labeller_agreement,
    measure_self_consistency,
    regress_alignment_on_capability,
)
from isogloss.pipelines.cultural.original_nodes import reproduce_published_analyses

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    Step = tuple[Callable[..., object], list[str] | dict[str, str], str | list[str]]

ANALYSIS = "params:cultural_analysis"
TRUTH = ["survey_ground_truth", "survey_questions"]
# What agreement is regressed on -> the table of another room that tells of it.
CAPABILITIES = {"alignment": "alignment_summary", "task": "task_scores"}


def list_steps(capabilities: Collection[str]) -> list[Step]:
    """List the analyses of a study: function, inputs, outputs.

    Args:
        capabilities: what agreement is regressed on.
    """
    return [
        (
            measure_agreement,
            ["survey_scores", *TRUTH, "closed_distributions", "survey_distributions", ANALYSIS],
            ["cultural_alignment", "cultural_contrasts"],
        ),
        (correlate_countries, ["survey_ground_truth", ANALYSIS], "country_correlations"),
        (measure_self_consistency, ["survey_scores", *TRUTH, ANALYSIS], "self_consistency"),
        (compare_answer_languages, ["survey_scores", ANALYSIS], "cross_effects"),
        (
            compare_ways_of_asking,
            ["survey_scores", "survey_questions", ANALYSIS],
            "elicitation_agreement",
        ),
        _capability_step(capabilities),
        (
            regress_alignment_on_capability,
            ["survey_scores", *TRUTH, "model_capabilities", ANALYSIS],
            "capability_regression",
        ),
        (
            measure_labeller_agreement,
            ["stance_labels", "survey_prompts", ANALYSIS],
            "labeller_agreement",
        ),
        (
            reproduce_published_analyses,
            ["survey_scores", "survey_ground_truth", "benchmark_scores", ANALYSIS],
            ["original_cells", "original_us_bias", "original_capability", "original_consistency"],
        ),
    ]


def _capability_step(capabilities: Collection[str]) -> Step:
    """Read results of other rooms only where they are asked for: a run may do without them."""
    measured = [table for name, table in CAPABILITIES.items() if name in capabilities]
    return (
        gather_model_capabilities,
        {
            "benchmarks": "benchmark_scores",
            "parameters": ANALYSIS,
            **{table: table for table in measured},
        },
        "model_capabilities",
    )
