"""Nodes of the reporting room that draw, tabulate and describe the merging of classifiers."""

from __future__ import annotations

from typing import Unpack

import pandas as pd
from matplotlib.figure import Figure

from isogloss import figures
from isogloss.pipelines.reporting import merge_document, merge_report, merge_table, merge_wording
from isogloss.pipelines.reporting.merge_inputs import (
    PageInputs,
    StudyInputs,
    encoder_of,
    guide_study,
)
from isogloss.pipelines.reporting.parameters import ReportingParameters


def draw_merge_scores(merge_results: pd.DataFrame, **study: Unpack[StudyInputs]) -> Figure:
    """Draw the accuracy of every approach in every locale."""
    guide = guide_study(encoder_of(merge_results), study)
    return figures.draw_merge_scores(_with_level(merge_results, study), guide)


def draw_merge_gains(
    merge_results: pd.DataFrame,
    merge_summary: pd.DataFrame,
    merge_comparisons: pd.DataFrame,
    **study: Unpack[StudyInputs],
) -> Figure:
    """Draw what every merge gains over every baseline."""
    guide = guide_study(encoder_of(merge_results), study)
    summary = _with_level(merge_summary, study)
    return figures.draw_merge_gains(merge_results, summary, merge_comparisons, guide)


def draw_gain_against_similarity(
    merge_results: pd.DataFrame, merge_weights: pd.DataFrame, **study: Unpack[StudyInputs]
) -> Figure:
    """Draw what merging gains in a locale against its similarity to the sources."""
    guide = guide_study(encoder_of(merge_results), study)
    results = _with_level(merge_results, study)
    return figures.draw_gain_against_similarity(results, merge_weights, guide)


def draw_transfer_matrix(transfer_accuracy: pd.DataFrame, **study: Unpack[StudyInputs]) -> Figure:
    """Draw how well the model of every locale does on every locale."""
    guide = guide_study(encoder_of(transfer_accuracy), study)
    return figures.draw_transfer_matrix(transfer_accuracy, guide)


def draw_merge_weights(
    merge_weights: pd.DataFrame, merge_results: pd.DataFrame, **study: Unpack[StudyInputs]
) -> Figure:
    """Draw the weights of the sources of every target for one merge."""
    encoder = encoder_of(merge_results)
    guide = guide_study(encoder, study)
    return figures.draw_merge_weights(merge_weights.assign(encoder=encoder), guide)


def draw_task_vectors(
    task_vectors: pd.DataFrame,
    transfer_accuracy: pd.DataFrame,
    merge_results: pd.DataFrame,
    merge_weights: pd.DataFrame,
    **study: Unpack[StudyInputs],
) -> Figure:
    """Draw how alike fine-tuning in two locales is against what that goes with."""
    encoder = encoder_of(merge_results, transfer_accuracy)
    return figures.draw_task_vectors(
        task_vectors,
        transfer_accuracy,
        _with_level(merge_results, study),
        merge_weights.assign(encoder=encoder),
        guide_study(encoder, study),
    )


def tabulate_merges(
    merge_results: pd.DataFrame, merge_comparisons: pd.DataFrame, locales: pd.DataFrame
) -> pd.DataFrame:
    """Lay all approaches out with one row a locale; see `merge_table.compare_locales`."""
    return merge_table.compare_locales(merge_results, merge_comparisons, locales)


def document_merges(**inputs: Unpack[PageInputs]) -> str:
    """Write all results of an encoder as JSON; see `merge_document.write_document`."""
    return merge_document.write_document(inputs)


def report_merges(**inputs: Unpack[PageInputs]) -> str:
    """Write a page on all results of an encoder; see `merge_report.write_report`."""
    return merge_report.write_report(inputs)


def describe_merges(
    merge_results: pd.DataFrame,
    merge_summary: pd.DataFrame,
    locale_spelling: pd.DataFrame,
    merge_failures: pd.DataFrame,
    corpus: str,
    confidence: float,
    parameters: ReportingParameters,
) -> str:
    """Write what merging came to with every encoder; see `merge_wording.describe`.

    Args:
        merge_results: of all encoders.
        merge_summary: of all encoders.
        locale_spelling: of all encoders.
        merge_failures: of all encoders.
        corpus: name of the source of the intents.
        confidence: of all intervals.
        parameters: of the room.
    """
    return merge_wording.describe(
        merge_results,
        merge_summary,
        locale_spelling,
        merge_failures,
        corpus,
        confidence,
        parameters,
    )


def _with_level(table: pd.DataFrame, study: StudyInputs) -> pd.DataFrame:
    """Note in a table how sure its intervals are, for captions."""
    return table.assign(confidence=study["confidence"])
