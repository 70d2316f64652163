"""Nodes that set alignment beside what the other studies found."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from isogloss import figures
from isogloss.outcomes import StoredOutcomes
from isogloss.partitions import StoredPartitions, require_same_fingerprint
from isogloss.pipelines.reporting import cross_study, cross_wording
from isogloss.pipelines.reporting.alignment_predictor import predict_from_alignment
from isogloss.pipelines.reporting.cross_inputs import join_sides
from isogloss.pipelines.reporting.cross_items import gather_items
from isogloss.pipelines.reporting.parameters import CrossStudyParameters, ReportingParameters
from isogloss.provenance import record_sources, sources_of
from isogloss.tensors import TensorFile


def predict_outcomes(
    outcomes: StoredPartitions[TensorFile],
    summary: pd.DataFrame,
    pivot: str,
    parameters: CrossStudyParameters,
) -> pd.DataFrame:
    """Give the one number a language that alignment is represented by in the cross-study analysis.

    Args:
        outcomes: `{model}.alignment_outcomes`.
        summary: `{model}.alignment_summary`.
        pivot: the language that the others are compared with.
        parameters: metric and pooling; the first pooling there is if a model lacks it.

    Returns:
        See `alignment_predictor.predict_from_alignment`.
    """
    if made_from := sources_of(summary):
        stored = made_from["alignment_outcomes"]
        require_same_fingerprint("alignment_summary", stored, outcomes.fingerprint)
    there = [str(name) for name in pd.unique(summary["pooling"])]
    pooling = parameters.pooling if parameters.pooling in there else there[0]
    own = summary[summary["pooling"] == pooling]
    file = StoredOutcomes(pooling, outcomes[pooling]())
    table = predict_from_alignment(file, own, pivot, parameters.predictor)
    return record_sources(table, alignment_outcomes=outcomes.fingerprint)


def gather_item_evidence(
    item_scores: pd.DataFrame,
    question_scores: pd.DataFrame,
    item_alignment: StoredPartitions[pd.DataFrame],
) -> pd.DataFrame:
    """Set the answers of one model beside the alignment of items; see `cross_items.gather_items`.

    Args:
        item_scores: of one model.
        question_scores: likewise.
        item_alignment: likewise.
    """
    table = gather_items(item_scores, question_scores, dict(item_alignment.items()))
    return record_sources(table, item_alignment=item_alignment.fingerprint)


def study_across(
    predictor: pd.DataFrame,
    scoreboard: pd.DataFrame,
    languages: pd.DataFrame,
    pivot: str,
    parameters: CrossStudyParameters,
    profiles: pd.DataFrame | None = None,
    items: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Test whether alignment goes with the outcomes of other studies; see `cross_study`."""
    return cross_study.study_across(
        predictor, scoreboard, languages, pivot, parameters, profiles, items
    )


def draw_cross_study(
    predictor: pd.DataFrame,
    scoreboard: pd.DataFrame,
    cross_study: pd.DataFrame,
    languages: pd.DataFrame,
    pivot: str,
    parameters: CrossStudyParameters,
    reporting: ReportingParameters,
) -> Figure:
    """Draw alignment against every outcome of every model, with what the test says.

    Args:
        predictor: `alignment_predictor`.
        scoreboard: the table of that name.
        cross_study: the table of that name.
        languages: the table of languages.
        pivot: the language that the others are compared with.
        parameters: of the analysis.
        reporting: labels of models.
    """
    return figures.draw_cross_study(
        join_sides(predictor, scoreboard, pivot, parameters),
        cross_study,
        scoreboard,
        languages,
        labels=reporting.model_labels,
        pivot=pivot,
    )


def describe_cross_study(
    cross_study: pd.DataFrame,
    predictor: pd.DataFrame,
    languages: pd.DataFrame,
    reporting: ReportingParameters,
    parameters: CrossStudyParameters,
) -> str:
    """Write what goes with alignment and what cannot be tested; see `cross_wording.describe`."""
    return cross_wording.describe(cross_study, predictor, languages, reporting, parameters)
