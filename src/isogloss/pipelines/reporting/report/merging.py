"""The section on merging: what classifiers of several locales gain when they are merged."""

from __future__ import annotations

from isogloss.pipelines.reporting.report.sections import FigurePlan, StudyPlan

_PAGE = "methods/merging.md"
_SCORES = f"{_PAGE}#scores"

STUDY = StudyPlan(
    name="merging",
    title="Merging",
    question="Do classifiers that were trained in other languages, merged into one, do more than "
    "each of them in a language that none was trained in?",
    formula=_PAGE,
    scored=("merging",),
    figures=(
        FigurePlan("{model}.merge_gains_figure", ("{model}.merge_results",), _SCORES, leading=True),
        FigurePlan("{model}.merge_scores_figure", ("{model}.merge_results",), _SCORES),
        FigurePlan("{model}.transfer_matrix_figure", ("{model}.transfer_accuracy",), _SCORES),
        FigurePlan("{model}.gain_against_similarity_figure", ("{model}.merge_results",), _SCORES),
        FigurePlan("{model}.merge_weights_figure", ("{model}.merge_weights",), f"{_PAGE}#weights"),
        FigurePlan("{model}.task_vectors_figure", ("{model}.task_vectors",), f"{_PAGE}#merging"),
    ),
    tables=("{model}.merge_results", "{model}.merge_summary"),
    text="merge_description",
)
