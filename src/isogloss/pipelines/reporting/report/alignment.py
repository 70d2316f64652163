"""The section on alignment: which languages a model places near each other, layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.pipelines.reporting.report.heat_map import lay_out_alignment
from isogloss.pipelines.reporting.report.language_tree import grow_tree
from isogloss.pipelines.reporting.report.sections import FigurePlan, Readers, StudyPlan, of_models

if TYPE_CHECKING:
    from collections.abc import Mapping

_PAGE = "methods/alignment.md"
_METRICS = f"{_PAGE}#metrics-of-a-pair-of-languages"
_LAYERS = f"{_PAGE}#summary-over-layers"


def make_widgets(found: Mapping[str, Any], readers: Readers) -> dict[str, Any]:
    """Make the data of the heat map and of the tree of languages.

    Args:
        found: name in the catalog -> table.
        readers: languages, pivot and parameters.
    """
    tables, summary = of_models(found, "alignment"), found.get("alignment_summary")
    ranking = found.get("pivot_overview")
    return {
        "heat_map": [] if summary is None else lay_out_alignment(tables, summary, readers),
        "tree": {} if ranking is None else grow_tree(ranking, readers),
    }


STUDY = StudyPlan(
    name="alignment",
    title="Alignment",
    question="Does a model place a sentence near its translation, and in which layers?",
    formula=_PAGE,
    scored=("alignment",),
    figures=(
        FigurePlan("pivot_ranking_figure", ("pivot_overview",), _LAYERS, leading=True),
        FigurePlan("alignment_overview_figure", ("alignment_overview",), _LAYERS, leading=True),
        FigurePlan("{model}.alignment_by_layer_figure", ("{model}.alignment",), _METRICS),
        FigurePlan("{model}.alignment_matrix_figure", ("alignment_summary",), _LAYERS),
        FigurePlan("{model}.alignment_extremes_figure", ("alignment_extremes",), _LAYERS),
        FigurePlan("{model}.metrics_by_layer_figure", ("alignment_overview",), _METRICS),
        FigurePlan(
            "{model}.retrieval_statistics_figure", ("{model}.retrieval_statistics",), _METRICS
        ),
        FigurePlan("language_profiles_figure", ("language_profiles",), _PAGE),
    ),
    tables=("pivot_overview", "alignment_summary", "{model}.alignment"),
    text="alignment_description",
    widgets=make_widgets,
)
