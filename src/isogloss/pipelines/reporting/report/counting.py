"""The section on counting: how many words of a list belong to a category."""

from __future__ import annotations

from isogloss.pipelines.reporting.report.sections import FigurePlan, StudyPlan

_PAGE = "methods/counting.md"
_SCORES = f"{_PAGE}#scores"

STUDY = StudyPlan(
    name="counting",
    title="Counting",
    question="Does a model know how many words of a list belong to a category, better than one "
    "who always says the same?",
    formula=_PAGE,
    scored=("counting",),
    figures=(
        FigurePlan("{model}.counting_scores_figure", ("counting_scores",), _SCORES, leading=True),
        FigurePlan("{model}.counting_sizes_figure", ("counting_scores",), _SCORES),
        FigurePlan("{model}.counting_grid_figure", ("counting_scores",), _SCORES),
        FigurePlan("{model}.count_confusion_figure", ("counting_confusion",), _SCORES),
        FigurePlan("{model}.count_answers_figure", ("counting_confusion",), _SCORES),
    ),
    tables=("counting_scores", "counting_contrasts"),
    text="counting_description",
)
