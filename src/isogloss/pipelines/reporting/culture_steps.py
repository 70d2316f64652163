"""Which tables the reports on the cultural study are made from: steps that become nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.pipelines.reporting.culture_nodes import (
    average_answers,
    describe_culture,
    document_culture,
    draw_capability,
    draw_closed_answers,
    draw_country_map,
    draw_cross_effects,
    draw_cultural_alignment,
    draw_cultural_alignment_closed,
    draw_self_consistency,
    draw_survey_profiles,
    draw_us_bias,
    pair_capabilities,
    report_culture,
)

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIDENCE = "params:cultural_analysis.confidence"
PARAMETERS = "params:reporting"
RESPONSE_LANGUAGES = "params:cultural_analysis.response_languages"
SETTINGS = {CONFIDENCE, RESPONSE_LANGUAGES, PARAMETERS}
CSV_TWINS = (
    "survey_ground_truth",
    "cultural_alignment",
    "cultural_contrasts",
    "country_correlations",
    "self_consistency",
    "cross_effects",
    "elicitation_agreement",
    "capability_cells",
    "capability_regression",
    "labeller_agreement",
    "label_accuracy",
    "order_effects",
    "question_means",
)
ORIGINAL_CSV_TWINS = (
    "original_us_bias",
    "original_capability",
    "original_cells",
    "original_consistency",
)
"""Of tables that are there only where the published analyses were computed."""
_STUDY = {
    "truth": "survey_ground_truth",
    "languages": "languages",
    "country_languages": "country_languages",
    "questions": "survey_questions",
    "confidence": CONFIDENCE,
    "parameters": PARAMETERS,
}
_PAGE = {
    "scores": "survey_scores",
    "prompts": "survey_prompts",
    "remarks": "survey_remarks",
    "alignment": "cultural_alignment",
    "contrasts": "cultural_contrasts",
    "consistency": "self_consistency",
    "cross": "cross_effects",
    "elicitation": "elicitation_agreement",
    "regression": "capability_regression",
    "labellers": "labeller_agreement",
    "accuracy": "label_accuracy",
    "closed": "closed_distributions",
    "order_effects": "order_effects",
    "original_us_bias": "original_us_bias",
    "original_capability": "original_capability",
    "response_languages": RESPONSE_LANGUAGES,
    **_STUDY,
}
_FIGURES: dict[Callable[..., object], tuple[str, ...]] = {
    draw_country_map: ("country_correlations",),
    draw_cultural_alignment: ("cultural_alignment",),
    draw_cultural_alignment_closed: ("cultural_alignment",),
    draw_us_bias: ("cultural_contrasts", "cultural_alignment", "original_us_bias"),
    draw_capability: ("capability_cells", "capability_regression"),
    draw_self_consistency: ("self_consistency",),
    draw_cross_effects: ("cross_effects",),
}
_FIGURES_BY_MODEL: dict[Callable[..., object], tuple[str, ...]] = {
    draw_survey_profiles: ("question_means", "survey_ground_truth"),
    draw_closed_answers: ("closed_distributions", "survey_distributions"),
}


def list_steps() -> list[tuple[Callable[..., object], dict[str, str], str]]:
    """List what is made of the tables of the study: function, its inputs by argument, output."""
    drawn = [
        (
            function,
            {**{table: table for table in tables}, **_STUDY},
            f"{function.__name__.removeprefix('draw_')}_{ending}",
        )
        for figures, ending in ((_FIGURES, "figure"), (_FIGURES_BY_MODEL, "figures"))
        for function, tables in figures.items()
    ]
    means = {"survey_scores": "survey_scores", "confidence": CONFIDENCE}
    pairs = {name: name for name in ("model_capabilities", "cultural_alignment")}
    return [
        (average_answers, means, "question_means"),
        (pair_capabilities, pairs, "capability_cells"),
        *drawn,
        (document_culture, _PAGE, "cultural_report_json"),
        (report_culture, _PAGE, "cultural_report"),
        (describe_culture, _PAGE, "cultural_description"),
    ]
