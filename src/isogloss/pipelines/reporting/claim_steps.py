"""Which tables claims are made from: steps that the pipeline makes nodes of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.pipelines.reporting.alignment_steps import PARAMETERS, PIVOT
from isogloss.pipelines.reporting.claim_nodes import (
    claim_across_studies,
    claim_of_alignment,
    claim_of_counting,
    claim_of_culture,
    claim_of_mediation,
    claim_of_merging,
    claim_of_tasks,
    make_claims,
    summarise_claims,
    word_claims,
)
from isogloss.pipelines.reporting.score_steps import (
    CORPUS,
    CULTURE_CONFIDENCE,
    SCOREBOARD,
    SURVEY,
)

if TYPE_CHECKING:
    from isogloss.pipelines.reporting.alignment_steps import Step

CSV_TWINS = ("claims",)
MEDIATION_CONFIDENCE = "params:mediation_summary.confidence"
PARTS = (
    *("alignment_claims", "task_claims", "merging_claims", "culture_claims", "counting_claims"),
    *("mediation_claims", "cross_study_claims"),
)
"""What studies have to say; those that were not made load empty."""

ALIGNMENT_STEP: Step = (
    claim_of_alignment,
    ["alignment_overview", "pivot_overview", CORPUS, PARAMETERS],
    "alignment_claims",
)
TASK_STEP: Step = (claim_of_tasks, ["task_scores", PIVOT], "task_claims")
CULTURE_STEP: Step = (
    claim_of_culture,
    [
        *("survey_scores", "survey_ground_truth", "cultural_alignment", "cultural_contrasts"),
        *(SURVEY, CULTURE_CONFIDENCE),
    ],
    "culture_claims",
)
COUNTING_STEP: Step = (claim_of_counting, ["counting_scores"], "counting_claims")
MEDIATION_STEP: Step = (
    claim_of_mediation,
    ["mediation_gates", "mediation_summary", MEDIATION_CONFIDENCE],
    "mediation_claims",
)


def merge_step(corpus: str, confidence: str) -> Step:
    """Give what is claimed of merging: function, inputs, output.

    Args:
        corpus: parameter that names the source of the intents.
        confidence: parameter with that of the intervals.
    """
    inputs = ["merge_results", "merge_summary", corpus, confidence, SCOREBOARD, PARAMETERS]
    return claim_of_merging, inputs, "merging_claims"


def list_steps() -> list[Step]:
    """List what is made of the claims of all studies: function, inputs, output."""
    return [
        (claim_across_studies, ["cross_study"], "cross_study_claims"),
        (make_claims, [*PARTS], "claims"),
        (word_claims, ["claims", "languages", PARAMETERS], "claim_sentences"),
        (summarise_claims, ["claims", "languages", SCOREBOARD, PARAMETERS], "summary"),
    ]
