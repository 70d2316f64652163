"""Nodes of the cultural room that analyse: agreement, contrasts, consistency, capability."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import numpy as np
import pandas as pd

from isogloss.pipelines.cultural.alignment_closed import align_distributions
from isogloss.pipelines.cultural.alignment_distributions import Scales
from isogloss.pipelines.cultural.alignment_profiles import (
    CLOSED,
    align_profiles,
    name_short_voices,
)
from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters
from isogloss.pipelines.cultural.analysis_study import Study
from isogloss.pipelines.cultural.analysis_tables import table_or_empty
from isogloss.pipelines.cultural.analysis_voices import WAY, Voices
from isogloss.pipelines.cultural.contrast_rows import contrast_with_natives

logger = logging.getLogger(__name__)


def measure_agreement(
    survey_scores: pd.DataFrame,
    survey_ground_truth: pd.DataFrame,
    survey_questions: pd.DataFrame,
    survey_answers: pd.DataFrame,
    survey_distributions: pd.DataFrame,
    parameters: AnalysisParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare what models say in each language with what people answered.

    Args:
        survey_scores: responses with their pro scores.
        survey_ground_truth: pro scores of countries, languages and all people.
        survey_questions: battery, scale and codes of every question.
        survey_answers: log-likelihoods of the options of closed questions; may be empty.
        survey_distributions: shares of every option; may be empty.
        parameters: of the analyses.

    Returns:
        `cultural_alignment` and `cultural_contrasts`; both empty without responses.
    """
    study = Study.of(survey_scores, survey_ground_truth, survey_questions, parameters)
    if study is None:
        return table_or_empty([], "CulturalAlignment"), table_or_empty([], "CulturalContrasts")
    name_short_voices(study.voices, study.setting)
    tables = []
    for own in _families(study.voices):
        tables += [
            align_profiles(own, groups, parameters.metrics, study.setting)
            for groups in study.levels
        ]
    tables += _align_closed(study, survey_questions, survey_answers, survey_distributions)
    contrasts = contrast_with_natives(
        study.voices,
        study.countries,
        study.reference,
        parameters.contrast_sets,
        parameters.metrics,
        study.setting,
    )
    return (
        table_or_empty(tables, "CulturalAlignment"),
        table_or_empty([contrasts], "CulturalContrasts"),
    )


def _families(voices: Voices) -> Iterator[Voices]:
    """Part the voices into families of tests: by elicitation, labeller, and a named country."""
    labels = voices.keys[WAY].assign(named=voices.keys["named_country"] != "")
    for _, own in labels.groupby([*WAY, "named"]):
        yield voices.chosen(own.index.to_numpy(np.intp))


def _align_closed(
    study: Study, questions: pd.DataFrame, answers: pd.DataFrame, distributions: pd.DataFrame
) -> list[pd.DataFrame]:
    closed = (study.voices.keys["elicitation"] == CLOSED).to_numpy(np.bool_)
    if not closed.any() or answers.empty or distributions.empty:
        return []
    voices = study.voices.chosen(closed)
    scales = Scales.of(voices.questions, questions)
    return [
        align_distributions(voices, groups, answers, distributions, scales, study.setting)
        for groups in study.levels
    ]
