"""The published files as this project's tables; skips where they are missing."""

from __future__ import annotations

import pandas as pd

from isogloss.datasets import (
    PublishedBenchmarksDataset,
    PublishedSurveyScoresDataset,
    PublishedTruthDataset,
)
from isogloss.pipelines.cultural.truth_nodes import measure_ground_truth
from isogloss.pipelines.cultural.truth_parameters import SurveyParameters
from tests.conftest import real_data
from tests.pipelines.cultural.small_surveys import LANGUAGES, QUESTIONS


def published_tables() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Give survey_scores, survey_ground_truth, survey_questions and benchmarks."""
    folder = str(real_data("cultural"))
    survey = PublishedTruthDataset(filepath=folder).load()
    truth, *_ = measure_ground_truth(survey, QUESTIONS, LANGUAGES, SurveyParameters())
    return (
        PublishedSurveyScoresDataset(filepath=folder).load(),
        truth,
        QUESTIONS,
        PublishedBenchmarksDataset(filepath=folder).load(),
    )
