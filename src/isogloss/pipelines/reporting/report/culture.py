"""The section on culture: whose answers to a survey of values a model gives."""

from __future__ import annotations

from isogloss.pipelines.reporting.report.sections import FigurePlan, StudyPlan

_PAGE = "methods/culture.md"
_PARTS = f"{_PAGE}#agreement-in-three-parts"
_COUNTRIES = f"{_PAGE}#the-reference-country-against-native-ones"
_OWN = f"{_PAGE}#self-consistency"
_OPEN = f"{_PAGE}#open-against-closed-answers"

STUDY = StudyPlan(
    name="culture",
    title="Culture",
    question="Whose answers to a survey of values does a model give, by the language that it is "
    "asked in?",
    formula=_PAGE,
    scored=("culture",),
    figures=(
        FigurePlan("cultural_alignment_figure", ("cultural_alignment",), _PARTS, leading=True),
        FigurePlan("us_bias_figure", ("cultural_contrasts",), _COUNTRIES, leading=True),
        FigurePlan("cultural_alignment_closed_figure", ("cultural_alignment",), _OPEN),
        FigurePlan("self_consistency_figure", ("self_consistency",), _OWN),
        FigurePlan("cross_effects_figure", ("cross_effects",), _OWN),
        FigurePlan("capability_figure", ("capability_cells",), f"{_PAGE}#capability"),
        FigurePlan("country_map_figure", ("country_correlations",), f"{_PAGE}#countries-labellers"),
        FigurePlan("survey_profiles_figures", ("question_means",), _PARTS),
        FigurePlan("closed_answers_figures", ("order_effects",), _OPEN),
    ),
    tables=("cultural_alignment", "cultural_contrasts", "survey_ground_truth"),
    text="cultural_description",
)
