"""Nodes that bring the studies together in one table, its figure and what papers need of it."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from isogloss import figures
from isogloss.pipelines.reporting import score_cells, score_merging, score_rows
from isogloss.pipelines.reporting.parameters import ReportingParameters, ScoreboardParameters
from isogloss.pipelines.reporting.references import choose_references
from isogloss.pipelines.reporting.score_latex import write_latex


def score_alignment_cells(
    pivot_overview: pd.DataFrame, corpus: str, parameters: ReportingParameters
) -> pd.DataFrame:
    """Give the cells of alignment; see `score_cells.score_alignment`."""
    return score_cells.score_alignment(pivot_overview, corpus, parameters)


def score_task_cells(task_scores: pd.DataFrame) -> pd.DataFrame:
    """Give the cells of reading, knowledge and translation; see `score_cells.score_tasks`."""
    return score_cells.score_tasks(task_scores)


def score_merge_cells(
    merge_results: pd.DataFrame,
    merge_comparisons: pd.DataFrame,
    merge_weights: pd.DataFrame,
    locales: pd.DataFrame,
    corpus: str,
    confidence: float,
    settings: ScoreboardParameters,
    parameters: ReportingParameters,
) -> pd.DataFrame:
    """Give the cells of merging of one encoder; see `score_merging.score_merging`."""
    return score_merging.score_merging(
        merge_results,
        merge_comparisons,
        merge_weights,
        locales,
        corpus,
        confidence,
        settings,
        parameters,
    )


def score_culture_cells(
    cultural_alignment: pd.DataFrame, survey: str, confidence: float
) -> pd.DataFrame:
    """Give the cells of the cultural study; see `score_cells.score_culture`."""
    return score_cells.score_culture(cultural_alignment, survey, confidence)


def score_counting_cells(counting_scores: pd.DataFrame) -> pd.DataFrame:
    """Give the cells of counting; see `score_cells.score_counting`."""
    return score_cells.score_counting(counting_scores)


def keep_score(
    alignment_cells: pd.DataFrame,
    task_cells: pd.DataFrame,
    merging_cells: pd.DataFrame,
    culture_cells: pd.DataFrame,
    counting_cells: pd.DataFrame,
    pivot: str,
) -> pd.DataFrame:
    """Put the cells of all studies together; those that were not made are missing, never 0.

    Args:
        alignment_cells: of all models, empty where the study was not made; likewise the others.
        task_cells: reading, knowledge and translation.
        merging_cells: targets and sources.
        culture_cells: none that rests on a survey that was made up.
        counting_cells: of the first way of asking.
        pivot: the language that others are compared with.
    """
    parts = [alignment_cells, task_cells, merging_cells, culture_cells, counting_cells]
    return score_rows.gather_cells(parts, pivot)


def draw_scoreboard(
    scoreboard: pd.DataFrame, languages: pd.DataFrame, pivot: str, parameters: ReportingParameters
) -> Figure:
    """Draw the scoreboard: languages down, studies of every model across."""
    return figures.draw_scoreboard(
        scoreboard, languages, labels=parameters.model_labels, pivot=pivot
    )


def tabulate_for_papers(
    scoreboard: pd.DataFrame, languages: pd.DataFrame, parameters: ReportingParameters
) -> str:
    """Write the scoreboard as a LaTeX table; see `score_latex.write_latex`."""
    return write_latex(scoreboard, languages, parameters.model_labels)


def list_references(scoreboard: pd.DataFrame, references: str) -> str:
    """Keep the sources of the methods behind the scoreboard; see `choose_references`."""
    return choose_references(scoreboard, references)
