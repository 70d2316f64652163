"""The section on tasks: reading, knowledge and translation."""

from __future__ import annotations

from isogloss.pipelines.reporting.report.sections import FigurePlan, StudyPlan

_PAGE = "methods/tasks.md"
_SCORES = f"{_PAGE}#scores-of-a-language"

STUDY = StudyPlan(
    name="tasks",
    title="Reading, knowledge, translation",
    question="In which languages does a model answer right more often than by guessing, and how "
    "near do its translations come to a person's?",
    formula=_PAGE,
    scored=("reading", "knowledge", "translation"),
    figures=(
        FigurePlan("task_overview_figure", ("task_scores",), _SCORES, leading=True),
        FigurePlan("{model}.task_scores_figure", ("task_scores",), _SCORES),
        FigurePlan("{model}.formulations_figure", ("task_scores",), f"{_PAGE}#two-formulations"),
    ),
    tables=("task_scores",),
    text="task_description",
)
