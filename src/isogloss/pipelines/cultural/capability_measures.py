"""What a model can do in a language: published benchmarks, or this project's own scores."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters

logger = logging.getLogger(__name__)

COLUMNS = ["measure", "model", "language", "capability"]
BENCHMARKS, ALIGNMENT, TASK = "benchmarks", "alignment", "task"


def gather_capabilities(
    benchmarks: pd.DataFrame,
    alignment_summary: pd.DataFrame,
    task_scores: pd.DataFrame,
    parameters: AnalysisParameters,
) -> pd.DataFrame:
    """Gather what every measure of capability tells of models and languages.

    Args:
        benchmarks: model, benchmark, language, score; averaged over the benchmarks of a language,
            which are others than those of another language.
        alignment_summary: alignment with the pivot; averaged over samples.
        task_scores: of which the selected rows count.
        parameters: which measures, and which rows of each.

    Returns:
        measure, model, language, capability; a measure without rows is named and left out.
    """
    asked = parameters.capability
    found = {
        BENCHMARKS: lambda: _average(benchmarks, "score"),
        ALIGNMENT: lambda: _read_alignment(alignment_summary, parameters),
        TASK: lambda: _read_tasks(task_scores, parameters),
    }
    tables = []
    for measure in asked.measures:
        table = found[measure]()
        if table.empty:
            logger.info("There are no scores of the capability `%s`; it is left out.", measure)
            continue
        tables.append(table.assign(measure=measure)[COLUMNS])
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=COLUMNS)


def _average(table: pd.DataFrame, column: str) -> pd.DataFrame:
    if table.empty:
        return pd.DataFrame(columns=COLUMNS)
    known = table[table[column].notna()]
    means = known.groupby(["model", "language"])[column].mean()
    return means.rename("capability").reset_index()


def _read_alignment(summary: pd.DataFrame, parameters: AnalysisParameters) -> pd.DataFrame:
    if summary.empty:
        return pd.DataFrame(columns=COLUMNS)
    rows, pivot = parameters.capability.alignment, parameters.pivot
    chosen = summary
    for column in ("metric", "pooling", "aggregation"):
        if column in chosen:
            chosen = chosen[chosen[column] == getattr(rows, column)]
    first, second = chosen["language_a"], chosen["language_b"]
    chosen = chosen[(first == pivot) != (second == pivot)]
    if len(chosen):
        logger.info(
            "Alignment with the pivot `%s` tells nothing of the pivot itself: models have no "
            "capability in it by the measure `alignment`, and that language is in none of its "
            "slopes.",
            pivot,
        )
    other = chosen["language_a"].where(chosen["language_b"] == pivot, chosen["language_b"])
    return _average(chosen.assign(language=other), "score")


def _read_tasks(scores: pd.DataFrame, parameters: AnalysisParameters) -> pd.DataFrame:
    if scores.empty:
        return pd.DataFrame(columns=COLUMNS)
    rows = parameters.capability.task
    chosen = scores[(scores["task"] == rows.task) & (scores["metric"] == rows.metric)]
    if "selected" in chosen:
        chosen = chosen[chosen["selected"].astype(bool)]
    return _average(chosen, "score")
