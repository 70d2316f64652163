"""The node of the ground truth: from a survey to what people in each country think."""

from __future__ import annotations

import logging

import pandas as pd

from isogloss.pipelines.cultural.ground_truth_tables import (
    DISTRIBUTION_COLUMNS,
    TRUTH_COLUMNS,
    levels_of,
    tabulate_distributions,
    tabulate_truth,
)
from isogloss.pipelines.cultural.survey_answers import keep_countries, read_respondents
from isogloss.pipelines.cultural.survey_countries import (
    choose_countries,
    choose_languages,
    country_languages,
)
from isogloss.pipelines.cultural.survey_published import read_published
from isogloss.pipelines.cultural.survey_questions import read_questions
from isogloss.pipelines.cultural.survey_remarks import Remark, Remarks
from isogloss.pipelines.cultural.truth_parameters import SurveyParameters
from isogloss.surveys import NO_CLUSTERS, PublishedTruth, RawSurvey, SurveySource

REMEDY = (
    "interviews in one place are alike, so that variances are often 1.5 to 3 times as large; name "
    "the sampling units in survey.columns.cluster, or set survey.design_effect"
)

logger = logging.getLogger(__name__)

Tables = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]


def measure_ground_truth(
    survey: SurveySource,
    survey_questions: pd.DataFrame,
    languages: pd.DataFrame,
    parameters: SurveyParameters,
) -> Tables:
    """Score the answers of a survey by country, by language of interview and of everyone.

    Args:
        survey: answers of respondents, or scores that others published.
        survey_questions: which codes of which question are pro, con and neutral.
        languages: the table of known languages.
        parameters: which survey, groups and rules.

    Returns:
        survey_ground_truth: see `survey_schemas.SurveyGroundTruth`.
        survey_distributions: shares of all valid codes; empty for published scores.
        country_languages: country, language, share, synthetic.
        survey_remarks: what, level, group, question, n, of, detail: what was left out.

    Raises:
        Refusal: if survey and settings do not fit; says what, where and what to do.
    """
    remarks = Remarks()
    questions = read_questions(survey_questions)
    if isinstance(survey, PublishedTruth):
        truth, spoken = read_published(survey, list(questions), languages, parameters, remarks)
        shares = pd.DataFrame(columns=list(DISTRIBUTION_COLUMNS))
        synthetic = False
    else:
        synthetic = survey.synthetic
        respondents = read_respondents(survey, questions, languages, parameters, remarks)
        found = country_languages(respondents)
        present = respondents.languages.names
        chosen = choose_languages(present, languages["language"], parameters, remarks)
        spoken = choose_countries(found, parameters, remarks)
        respondents = keep_countries(respondents, list(spoken["country"]))
        levels = levels_of(respondents, chosen)
        main = dict(zip(spoken["country"], spoken["language"], strict=True))
        truth = tabulate_truth(respondents, levels, main, parameters, remarks)
        if respondents.clusters is None and parameters.design_effect == 1 and not synthetic:
            remarks.add(Remark(NO_CLUSTERS, detail=REMEDY))
        shares = tabulate_distributions(respondents, levels, parameters)
    remarks.log()
    _log(survey, truth, spoken, synthetic)
    return (
        truth.assign(synthetic=synthetic)[list(TRUTH_COLUMNS)],
        shares.assign(synthetic=synthetic)[list(DISTRIBUTION_COLUMNS)],
        spoken.assign(synthetic=synthetic),
        remarks.table(),
    )


def _log(survey: SurveySource, truth: pd.DataFrame, spoken: pd.DataFrame, synthetic: bool) -> None:
    logger.info(
        "%d questions in %d countries%s.",
        truth["question"].nunique(),
        len(spoken),
        "" if isinstance(survey, RawSurvey) else ", as published",
    )
    if synthetic:
        logger.warning(
            "%s is SYNTHETIC: its countries do not exist, and nothing made from it says anything "
            "about any culture.",
            survey.origin,
        )
