"""Nodes of the cultural room that analyse: agreement, contrasts, consistency, capability."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from isogloss.pipelines.cultural.alignment_closed import align_distributions
from isogloss.pipelines.cultural.alignment_distributions import Scales
from isogloss.pipelines.cultural.alignment_profiles import (
    CLOSED,
    align_profiles,
    name_short_voices,
)
from isogloss.pipelines.cultural.analysis_countries import correlate_groups
from isogloss.pipelines.cultural.analysis_elicitation import compare_elicitations
from isogloss.pipelines.cultural.analysis_labellers import compare_labellers
from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters
from isogloss.pipelines.cultural.analysis_study import Study
from isogloss.pipelines.cultural.analysis_tables import table_or_empty
from isogloss.pipelines.cultural.analysis_truth import require_reference
from isogloss.pipelines.cultural.analysis_voices import WAY, Voices, select_responses
from isogloss.pipelines.cultural.capability_measures import gather_capabilities
from isogloss.pipelines.cultural.capability_outcomes import regress_outcomes
from isogloss.pipelines.cultural.consistency_scores import (
    compare_languages,
    score_countries,
    score_models,
    sizes_of_groups,
)
from isogloss.pipelines.cultural.contrast_rows import contrast_with_natives

logger = logging.getLogger(__name__)


def measure_agreement(
    survey_scores: pd.DataFrame,
    survey_ground_truth: pd.DataFrame,
    survey_questions: pd.DataFrame,
    closed_distributions: pd.DataFrame,
    survey_distributions: pd.DataFrame,
    parameters: AnalysisParameters,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare what models say in each language with what people answered.

    This node says what the analyses leave out; the others, which read the same, do not repeat it.

    Args:
        survey_scores: responses with their pro scores.
        survey_ground_truth: pro scores of countries, languages and all people.
        survey_questions: battery, scale and codes of every question.
        closed_distributions: shares that models give to the options of questions; may be empty.
        survey_distributions: shares of every option; may be empty.
        parameters: of the analyses.

    Returns:
        `cultural_alignment` and `cultural_contrasts`; both empty without responses.
    """
    study = Study.of(
        survey_scores, survey_ground_truth, survey_questions, parameters, tell=logger.info
    )
    if study is None:
        logger.warning(
            "No response is to a question of survey_ground_truth: there is nothing to compare."
        )
        none = [table_or_empty([], name) for name in ("CulturalAlignment", "CulturalContrasts")]
        return none[0], none[1]
    name_short_voices(study.voices, study.setting)
    tables = []
    for own in _families(study.voices):
        tables += [
            align_profiles(own, groups, parameters.metrics, study.setting)
            for groups in study.levels
        ]
    tables += _align_closed(study, survey_questions, closed_distributions, survey_distributions)
    contrasts = contrast_with_natives(
        study.voices,
        study.countries,
        study.reference,
        parameters.contrast_sets,
        parameters.metrics,
        study.setting,
    )
    made_from = {"survey_scores": survey_scores, "survey_ground_truth": survey_ground_truth}
    return (
        table_or_empty(tables, "CulturalAlignment", **made_from),
        table_or_empty([contrasts], "CulturalContrasts", **made_from),
    )


def correlate_countries(
    survey_ground_truth: pd.DataFrame, parameters: AnalysisParameters
) -> pd.DataFrame:
    """Correlate the answers of every two countries, and of every country and all people.

    Returns:
        `country_correlations`, in Pearson's r and Spearman's rho.

    Raises:
        Refusal: if there is no reference country of that name: here, where the truth is made,
            since what needs it comes after all answers.
    """
    require_reference(survey_ground_truth, parameters)
    rows = correlate_groups(survey_ground_truth, ("pearson", "spearman"), parameters.confidence)
    return table_or_empty([pd.DataFrame(rows)], "CountryCorrelations")


def measure_self_consistency(
    survey_scores: pd.DataFrame,
    survey_ground_truth: pd.DataFrame,
    survey_questions: pd.DataFrame,
    parameters: AnalysisParameters,
) -> pd.DataFrame:
    """Compare how consistent models are with how consistent groups of as many people are.

    Returns:
        `self_consistency`; empty without responses.
    """
    study = Study.of(survey_scores, survey_ground_truth, survey_questions, parameters)
    if study is None:
        return table_or_empty([], "SelfConsistency")
    models = _consistency_of_models(study, parameters)
    rows = [
        *models,
        *score_countries(
            study.countries,
            study.setting.common,
            sizes_of_groups(pd.DataFrame(models)),
            parameters.least_questions,
            parameters.confidence,
        ),
    ]
    # models too: the truth says which questions count
    table = pd.DataFrame(rows).assign(synthetic=study.countries.synthetic)
    return table_or_empty([table], "SelfConsistency", survey_scores=survey_scores)


def compare_answer_languages(
    survey_scores: pd.DataFrame, parameters: AnalysisParameters
) -> pd.DataFrame:
    """Compare agreement of a model with itself within and between languages.

    No survey enters, so that nothing here is synthetic.

    Returns:
        `cross_effects`; empty without responses.
    """
    responses = _open_and_unnamed(select_responses(survey_scores, parameters))
    rows = compare_languages(responses, parameters.least_questions, parameters.confidence)
    table = pd.DataFrame(rows).assign(synthetic=False)
    return table_or_empty([table], "CrossEffects", survey_scores=survey_scores)


def compare_ways_of_asking(
    survey_scores: pd.DataFrame, survey_questions: pd.DataFrame, parameters: AnalysisParameters
) -> pd.DataFrame:
    """Compare what a model says in its own words with what it says on the survey's own scale.

    Returns:
        `elicitation_agreement`; empty unless a model was asked in both ways.
    """
    responses = select_responses(survey_scores, parameters)
    rows = compare_elicitations(responses, survey_questions, parameters)
    table = pd.DataFrame(rows).assign(synthetic=False)
    return table_or_empty([table], "ElicitationAgreement", survey_scores=survey_scores)


def gather_model_capabilities(
    benchmarks: pd.DataFrame,
    parameters: AnalysisParameters,
    alignment_summary: pd.DataFrame | None = None,
    task_scores: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Gather what models can do in languages; see `capability_measures.gather_capabilities`.

    Args:
        benchmarks: model, benchmark, language, score; may be empty.
        parameters: of the analyses.
        alignment_summary: alignment with the pivot, where that is a measure.
        task_scores: scores of tasks, where they are a measure.

    Returns:
        measure, model, language, capability; may be empty.
    """
    nothing = pd.DataFrame()
    return gather_capabilities(
        benchmarks,
        nothing if alignment_summary is None else alignment_summary,
        nothing if task_scores is None else task_scores,
        parameters,
    )


def regress_alignment_on_capability(
    survey_scores: pd.DataFrame,
    survey_ground_truth: pd.DataFrame,
    survey_questions: pd.DataFrame,
    model_capabilities: pd.DataFrame,
    parameters: AnalysisParameters,
) -> pd.DataFrame:
    """Regress agreement with one's own culture on what a model can do in the language.

    Args:
        survey_scores: responses with their pro scores.
        survey_ground_truth: pro scores of countries, languages and all people.
        survey_questions: battery, scale and codes of every question.
        model_capabilities: measure, model, language, capability; may be empty.
        parameters: of the analyses.

    Returns:
        `capability_regression`; empty without responses or capabilities.
    """
    study = Study.of(survey_scores, survey_ground_truth, survey_questions, parameters)
    if study is None or model_capabilities.empty:
        return table_or_empty([], "CapabilityRegression")
    consistency = pd.DataFrame(_consistency_of_models(study, parameters))
    tables = list(regress_outcomes(study, model_capabilities, consistency, parameters))
    return table_or_empty(tables, "CapabilityRegression", survey_scores=survey_scores)


def measure_labeller_agreement(
    stance_labels: pd.DataFrame, survey_prompts: pd.DataFrame, parameters: AnalysisParameters
) -> pd.DataFrame:
    """Compare the labels of every two labellers of the same responses.

    Args:
        stance_labels: labels of all models.
        survey_prompts: prompt_id, question, language.
        parameters: of the analyses.

    Returns:
        `labeller_agreement`; empty with a single labeller.
    """
    rows = compare_labellers(stance_labels, survey_prompts, parameters.confidence)
    return table_or_empty([pd.DataFrame(rows)], "LabellerAgreement")


def _consistency_of_models(study: Study, parameters: AnalysisParameters) -> list[dict[str, Any]]:
    questions = [
        code
        for code, kept in zip(study.voices.questions, study.setting.common, strict=True)
        if kept
    ]
    return list(
        score_models(
            _open_and_unnamed(study.responses),
            questions,
            parameters.least_questions,
            parameters.confidence,
        )
    )


def _open_and_unnamed(responses: pd.DataFrame) -> pd.DataFrame:
    """Keep responses in words to prompts without a country: several of them can differ."""
    return responses[(responses["elicitation"] != CLOSED) & (responses["country"] == "")]


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
