"""Nodes of the reporting room that draw and describe the tasks."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from isogloss import figures
from isogloss.figures.correlation_panels import AlignmentChoice
from isogloss.pipelines.reporting import task_wording
from isogloss.pipelines.reporting.parameters import ReportingParameters


def draw_task_scores(
    task_scores: pd.DataFrame, languages: pd.DataFrame, pivot: str, parameters: ReportingParameters
) -> Figure:
    """Draw the scores of one model in every task and language."""
    return figures.draw_task_scores(
        task_scores, languages, labels=parameters.model_labels, pivot=pivot
    )


def draw_formulations(
    task_scores: pd.DataFrame, languages: pd.DataFrame, pivot: str, parameters: ReportingParameters
) -> Figure:
    """Draw what one model scores in each way of asking."""
    return figures.draw_formulations(
        task_scores, languages, labels=parameters.model_labels, pivot=pivot
    )


def draw_task_overview(
    task_scores: pd.DataFrame, languages: pd.DataFrame, pivot: str, parameters: ReportingParameters
) -> Figure:
    """Draw the mean scores of all models over the languages that they share."""
    return figures.draw_task_overview(
        task_scores, languages, labels=parameters.model_labels, pivot=pivot
    )


def draw_alignment_against_scores(
    alignment_summary: pd.DataFrame,
    task_scores: pd.DataFrame,
    correlations: pd.DataFrame,
    languages: pd.DataFrame,
    pivot: str,
    parameters: ReportingParameters,
) -> Figure:
    """Draw alignment with the pivot against the scores of every task and model."""
    return figures.draw_alignment_against_scores(
        alignment_summary,
        task_scores,
        correlations,
        languages,
        labels=parameters.model_labels,
        pivot=pivot,
        alignment=AlignmentChoice(parameters.pooling, parameters.metric, parameters.aggregation),
    )


def draw_pooling_comparison(
    correlations: pd.DataFrame, languages: pd.DataFrame, pivot: str, parameters: ReportingParameters
) -> Figure:
    """Draw the correlations of every pooling and aggregation, metric by task."""
    return figures.draw_pooling_comparison(
        correlations,
        languages,
        labels=parameters.model_labels,
        pivot=pivot,
        metric=parameters.metric,
    )


def describe_tasks(
    task_scores: pd.DataFrame,
    correlations: pd.DataFrame,
    languages: pd.DataFrame,
    pivot: str,
    parameters: ReportingParameters,
) -> str:
    """Write what every model scores, and whether alignment goes with it; see `task_wording`.

    Args:
        task_scores: of all models.
        correlations: of alignment with them.
        languages: the table of languages.
        pivot: the language that the others are compared with.
        parameters: of the room.
    """
    return task_wording.describe(task_scores, correlations, languages, pivot, parameters)
