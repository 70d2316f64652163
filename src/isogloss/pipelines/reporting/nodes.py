"""Nodes of the reporting room: overviews, figures and text from the tables of other rooms."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from isogloss import figures, provenance
from isogloss.outcomes import StoredOutcomes
from isogloss.partitions import StoredPartitions, require_same_fingerprint
from isogloss.pipelines.reporting import correlations, overview, ranking, wording
from isogloss.pipelines.reporting.parameters import CorrelationParameters, ReportingParameters
from isogloss.provenance import record_sources
from isogloss.tensors import TensorFile


def average_pairs(
    outcomes: StoredPartitions[TensorFile],
    summary: pd.DataFrame,
    parameters: ReportingParameters,
) -> pd.DataFrame:
    """Average the alignment of one model over all pairs of languages, layer by layer.

    Args:
        outcomes: `{model}.alignment_outcomes`.
        summary: `{model}.alignment_summary`: the model's name, metrics, layers and confidence.
        parameters: of the room.

    Returns:
        See `overview.layer_overview`, all poolings stacked.
    """
    scope = overview.Scope.of_summary(summary)
    tables = [
        overview.layer_overview(stored, scope, parameters)
        for stored in _summarised(outcomes, summary)
    ]
    table = pd.concat(tables, ignore_index=True).assign(model=str(summary["model"].iloc[0]))
    return record_sources(table, alignment_outcomes=outcomes.fingerprint)


def rank_against_pivot(
    outcomes: StoredPartitions[TensorFile],
    summary: pd.DataFrame,
    pivot: str,
    parameters: ReportingParameters,
) -> pd.DataFrame:
    """Rank the languages of one model by their alignment with the pivot; see `pivot_overview`.

    Args:
        outcomes: `{model}.alignment_outcomes`.
        summary: `{model}.alignment_summary`.
        pivot: the language that the others are compared with.
        parameters: of the room.
    """
    stored = _summarised(outcomes, summary)
    scope = overview.Scope.of_summary(summary)
    table = ranking.pivot_overview(stored, summary, scope, pivot, parameters)
    table = table.assign(model=str(summary["model"].iloc[0]))
    return record_sources(table, alignment_outcomes=outcomes.fingerprint)


def _summarised(
    outcomes: StoredPartitions[TensorFile], summary: pd.DataFrame
) -> list[StoredOutcomes]:
    """Open the outcomes of the poolings in a summary, checked to be those it was made from."""
    if made_from := summary.attrs.get(provenance.MADE_FROM):
        stored = made_from["alignment_outcomes"]
        require_same_fingerprint("alignment_summary", stored, outcomes.fingerprint)
    poolings = pd.unique(summary["pooling"])
    return [StoredOutcomes(pooling, outcomes[pooling]()) for pooling in poolings]


def draw_alignment_by_layer(
    alignment: pd.DataFrame,
    layer_overview: pd.DataFrame,
    summary: pd.DataFrame,
    languages: pd.DataFrame,
    pivot: str,
    parameters: ReportingParameters,
) -> Figure:
    """Draw every language against the pivot over the layers of one model."""
    return figures.draw_alignment_by_layer(
        alignment,
        layer_overview,
        summary,
        languages,
        labels=parameters.model_labels,
        pivot=pivot,
        metric=parameters.metric,
        pooling=parameters.pooling,
    )


def draw_metrics_by_layer(layer_overview: pd.DataFrame, parameters: ReportingParameters) -> Figure:
    """Draw the mean over all pairs by several metrics over the layers of one model."""
    return figures.draw_metrics_by_layer(
        layer_overview, labels=parameters.model_labels, metric=parameters.metric
    )


def draw_alignment_matrix(
    summary: pd.DataFrame, languages: pd.DataFrame, parameters: ReportingParameters
) -> Figure:
    """Draw every language against every other as heat maps."""
    return figures.draw_alignment_matrix(
        summary,
        languages,
        labels=parameters.model_labels,
        pooling=parameters.pooling,
        metric=parameters.metric,
        aggregation=parameters.aggregation,
    )


def draw_alignment_extremes(
    summary: pd.DataFrame, languages: pd.DataFrame, parameters: ReportingParameters
) -> Figure:
    """Draw the best and the worst aligned pairs of languages."""
    return figures.draw_alignment_extremes(
        summary,
        languages,
        labels=parameters.model_labels,
        pooling=parameters.pooling,
        metric=parameters.metric,
        aggregation=parameters.aggregation,
        count=parameters.extremes,
    )


def draw_retrieval_statistics(statistics: pd.DataFrame, parameters: ReportingParameters) -> Figure:
    """Draw what the nearest sentences are over the layers of one model."""
    return figures.draw_retrieval_statistics(statistics, labels=parameters.model_labels)


def draw_alignment_overview(
    alignment_overview: pd.DataFrame, parameters: ReportingParameters
) -> Figure:
    """Draw the mean over all pairs over the depth of all models."""
    return figures.draw_alignment_overview(
        alignment_overview, labels=parameters.model_labels, metric=parameters.metric
    )


def draw_pivot_ranking(
    pivot_overview: pd.DataFrame, languages: pd.DataFrame, parameters: ReportingParameters
) -> Figure:
    """Draw every language against the pivot, models side by side."""
    return figures.draw_pivot_ranking(
        pivot_overview, languages, labels=parameters.model_labels, pooling=parameters.pooling
    )


def draw_language_profiles(
    profiles: pd.DataFrame,
    pivot_overview: pd.DataFrame,
    languages: pd.DataFrame,
    parameters: ReportingParameters,
) -> Figure:
    """Draw what languages cost the models against how well they are aligned."""
    return figures.draw_language_profiles(
        profiles,
        pivot_overview,
        languages,
        labels=parameters.model_labels,
        pooling=parameters.pooling,
    )


def stack_tables(*tables: pd.DataFrame) -> pd.DataFrame:
    """Stack the tables of all models, in the order of the models."""
    return provenance.stack_tables(tables)


def copy_table(table: pd.DataFrame) -> pd.DataFrame:
    """Hand a table on, to be saved in another format."""
    return table


def describe_alignment(
    alignment_overview: pd.DataFrame,
    pivot_overview: pd.DataFrame,
    languages: pd.DataFrame,
    corpus: str,
    parameters: ReportingParameters,
) -> str:
    """Write the best layer and the best and worst languages of every model; see `wording.describe`.

    Args:
        alignment_overview: mean over pairs, all models.
        pivot_overview: languages against the pivot, all models.
        languages: the table of languages.
        corpus: name of the source of the sentences.
        parameters: of the room.
    """
    return wording.describe(alignment_overview, pivot_overview, languages, corpus, parameters)


def correlate_alignment_with_tasks(
    alignment_summary: pd.DataFrame,
    task_scores: pd.DataFrame,
    pivot: str,
    parameters: CorrelationParameters,
) -> pd.DataFrame:
    """Correlate alignment with task scores over languages; see `correlations.correlate`."""
    return correlations.correlate(alignment_summary, task_scores, pivot, parameters)


def control_correlations(
    alignment_summary: pd.DataFrame,
    task_scores: pd.DataFrame,
    profiles: pd.DataFrame,
    languages: pd.DataFrame,
    pivot: str,
    parameters: CorrelationParameters,
) -> pd.DataFrame:
    """Hold properties of languages constant; see `correlations.correlate_partially`."""
    return correlations.correlate_partially(
        alignment_summary, task_scores, profiles, languages, pivot, parameters
    )


def correlate_over_models(
    alignment_summary: pd.DataFrame,
    task_scores: pd.DataFrame,
    pivot: str,
    parameters: CorrelationParameters,
) -> pd.DataFrame:
    """Correlate over models in each language; see `correlations.correlate_over_models`."""
    return correlations.correlate_over_models(alignment_summary, task_scores, pivot, parameters)
