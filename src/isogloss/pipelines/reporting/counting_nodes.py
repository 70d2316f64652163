"""Nodes of the reporting room that draw and describe how models count."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from isogloss import figures
from isogloss.pipelines.reporting import counting_report, counting_wording
from isogloss.pipelines.reporting.parameters import ReportingParameters


def draw_counting_scores(
    counting_scores: pd.DataFrame,
    languages: pd.DataFrame,
    pivot: str,
    parameters: ReportingParameters,
) -> Figure:
    """Draw how well one model counts in every language."""
    return figures.draw_counting_scores(
        counting_scores, languages, labels=parameters.model_labels, pivot=pivot
    )


def draw_counting_sizes(counting_scores: pd.DataFrame, parameters: ReportingParameters) -> Figure:
    """Draw how well one model counts in lists of each count and length."""
    return figures.draw_counting_sizes(counting_scores, labels=parameters.model_labels)


def draw_counting_grid(count_predictions: pd.DataFrame, parameters: ReportingParameters) -> Figure:
    """Draw how well one model counts in lists of every count and length at once."""
    return figures.draw_counting_grid(count_predictions, labels=parameters.model_labels)


def draw_count_confusion(
    count_predictions: pd.DataFrame,
    languages: pd.DataFrame,
    pivot: str,
    parameters: ReportingParameters,
) -> Figure:
    """Draw which answers one model gives to lists of each count."""
    return figures.draw_count_confusion(
        count_predictions, languages, labels=parameters.model_labels, pivot=pivot
    )


def draw_count_answers(
    count_predictions: pd.DataFrame,
    languages: pd.DataFrame,
    pivot: str,
    parameters: ReportingParameters,
) -> Figure:
    """Draw how often one model answers each number."""
    return figures.draw_count_answers(
        count_predictions, languages, labels=parameters.model_labels, pivot=pivot
    )


def describe_counting(
    counting_scores: pd.DataFrame,
    counting_contrasts: pd.DataFrame,
    knowledge_scores: pd.DataFrame,
    languages: pd.DataFrame,
    parameters: ReportingParameters,
) -> str:
    """Write in a few lines whether models count; see `counting_wording.describe`.

    Args:
        counting_scores: of all models.
        counting_contrasts: of all models.
        knowledge_scores: of all models.
        languages: the table of languages.
        parameters: of the room.
    """
    return counting_wording.describe(
        counting_scores, counting_contrasts, knowledge_scores, languages, parameters
    )


def report_counting(
    counting_scores: pd.DataFrame,
    counting_contrasts: pd.DataFrame,
    knowledge_scores: pd.DataFrame,
    counting_prompts: pd.DataFrame,
    languages: pd.DataFrame,
    pivot: str,
    parameters: ReportingParameters,
) -> str:
    """Write a page on how models count; see `counting_report.write_report`.

    Args:
        counting_scores: of all models.
        counting_contrasts: of all models.
        knowledge_scores: of all models.
        counting_prompts: one prompt of every kind.
        languages: the table of languages.
        pivot: the language whose prompt is shown.
        parameters: of the room.
    """
    return counting_report.write_report(
        counting_scores,
        counting_contrasts,
        knowledge_scores,
        counting_prompts,
        languages,
        pivot,
        parameters,
    )
