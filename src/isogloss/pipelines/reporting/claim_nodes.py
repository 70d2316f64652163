"""Nodes that say what the studies have shown: claims, and the paragraph that sums them up."""

from __future__ import annotations

import pandas as pd

from isogloss.pipelines.reporting import (
    claim_alignment,
    claim_counting,
    claim_cross_study,
    claim_studies,
)
from isogloss.pipelines.reporting.claim_rows import judge_claims
from isogloss.pipelines.reporting.claim_summary import summarise
from isogloss.pipelines.reporting.claim_told import Names
from isogloss.pipelines.reporting.claim_wording import render_all
from isogloss.pipelines.reporting.parameters import ReportingParameters, ScoreboardParameters


def claim_of_alignment(
    alignment_overview: pd.DataFrame,
    pivot_overview: pd.DataFrame,
    corpus: str,
    parameters: ReportingParameters,
) -> pd.DataFrame:
    """Say what is claimed of alignment; see `claim_alignment.claim_alignment`."""
    return claim_alignment.claim_alignment(alignment_overview, pivot_overview, corpus, parameters)


def claim_of_tasks(task_scores: pd.DataFrame, pivot: str) -> pd.DataFrame:
    """Say what is claimed of reading, knowledge and translation; see `claim_tasks`."""
    return claim_alignment.claim_tasks(task_scores, pivot)


def claim_of_merging(
    merge_results: pd.DataFrame,
    merge_summary: pd.DataFrame,
    corpus: str,
    confidence: float,
    settings: ScoreboardParameters,
    parameters: ReportingParameters,
) -> pd.DataFrame:
    """Say what is claimed of merging; see `claim_studies.claim_merging`."""
    return claim_studies.claim_merging(
        merge_results, merge_summary, corpus, confidence, settings, parameters
    )


def claim_of_culture(
    survey_scores: pd.DataFrame,
    truth: pd.DataFrame,
    cultural_alignment: pd.DataFrame,
    cultural_contrasts: pd.DataFrame,
    survey: str,
    confidence: float,
) -> pd.DataFrame:
    """Say what is claimed of values; see `claim_studies.claim_culture`."""
    return claim_studies.claim_culture(
        survey_scores, truth, cultural_alignment, cultural_contrasts, survey, confidence
    )


def claim_of_counting(counting_scores: pd.DataFrame) -> pd.DataFrame:
    """Say what is claimed of counting; see `claim_counting.claim_counting`."""
    return claim_counting.claim_counting(counting_scores)


def claim_of_mediation(
    mediation_gates: pd.DataFrame, mediation_summary: pd.DataFrame, confidence: float
) -> pd.DataFrame:
    """Say what is claimed of mediation; see `claim_counting.claim_mediation`."""
    return claim_counting.claim_mediation(mediation_gates, mediation_summary, confidence)


def claim_across_studies(cross_study: pd.DataFrame) -> pd.DataFrame:
    """Say what is claimed across studies; see `claim_cross_study.claim_cross_study`."""
    return claim_cross_study.claim_cross_study(cross_study)


def make_claims(*parts: pd.DataFrame) -> pd.DataFrame:
    """Judge the claims of all studies together; those of studies that were not made are missing.

    Args:
        *parts: claims of the studies; see `claim_rows.judge_claims`.
    """
    return judge_claims(parts)


def word_claims(
    claims: pd.DataFrame, languages: pd.DataFrame, parameters: ReportingParameters
) -> str:
    """Write every claim as a sentence, a line each."""
    return "\n".join(render_all(claims, name_all(languages, parameters)))


def summarise_claims(
    claims: pd.DataFrame,
    languages: pd.DataFrame,
    settings: ScoreboardParameters,
    parameters: ReportingParameters,
) -> str:
    """Write the paragraph that says what was learned; see `claim_summary.summarise`."""
    return summarise(claims, name_all(languages, parameters), settings.sentences)


def name_all(languages: pd.DataFrame, parameters: ReportingParameters) -> Names:
    """Gather what sentences call models and languages.

    Args:
        languages: the table of languages.
        parameters: labels of models.
    """
    names = dict(zip(languages["language"], languages["name"], strict=True))
    return Names(parameters.model_labels, names)
