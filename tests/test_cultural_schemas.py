from __future__ import annotations

from typing import Any

import pandas as pd
import pandera.errors
import pytest

from isogloss import answer_schemas, cultural_original_schemas, cultural_schemas
from isogloss.survey_score_rows import SCORE_COLUMNS

SCORE: dict[str, Any] = {
    "model": "m",
    "family": "f",
    "elicitation": "open",
    "labeller": "",
    "language": "eng",
    "response_language": "eng",
    "question": "f120",
    "prompt_id": None,
    "sample": 0,
    "country": "",
    "pro": 3,
    "con": 7,
    "neutral": 0,
    "pro_score": 0.3,
}
CAPABILITY = {"measure": "task", "model": "m", "language": "eng", "capability": 0.5}
AGREED: dict[str, Any] = {
    "model": "m",
    "family": "f",
    "labeller": "likelihood",
    "language": "eng",
    "metric": "spearman",
    "value": 0.5,
    "error": 0.1,
    "ci_low": 0.2,
    "ci_high": 0.7,
    "battery_ci_low": None,
    "battery_ci_high": None,
    "n_questions": 12,
    "n_responses": 12,
    "reason": "",
    "synthetic": False,
}
CONTRAST: dict[str, Any] = {
    "model": "m",
    "family": "f",
    "elicitation": "open",
    "labeller": "",
    "language": "eng",
    "metric": "spearman",
    "part": "overall",
    "reference": "US",
    "natives": "AU GB",
    "without": "",
    "named": False,
    "resampled": "questions",
    "difference": 0.1,
    "error": 0.05,
    "ci_low": 0.0,
    "ci_high": 0.2,
    "battery_ci_low": None,
    "battery_ci_high": None,
    "without_battery_low": 0.05,
    "without_battery_high": 0.15,
    "p": 0.05,
    "p_adjusted": 0.2,
    "p_battery": None,
    "n_questions": 30,
    "n_batteries": 2,
    "n_models": 1,
    "synthetic": False,
}


def test_good_rows_pass() -> None:
    uncounted = dict.fromkeys(("pro", "con", "neutral")) | {"pro_score": 0.31}
    undecided = {"pro": 0, "con": 0, "neutral": 10, "pro_score": None}
    rows = [SCORE, SCORE | uncounted, SCORE | undecided]
    cultural_schemas.SurveyScores.validate(pd.DataFrame(rows))
    cultural_schemas.CulturalContrasts.validate(pd.DataFrame([CONTRAST]))
    cultural_schemas.ModelCapabilities.validate(pd.DataFrame([CAPABILITY]))
    answer_schemas.ElicitationAgreement.validate(pd.DataFrame([AGREED]))


def test_the_columns_of_scores_are_those_of_their_schema() -> None:
    assert tuple(cultural_schemas.SurveyScores.to_schema().columns) == SCORE_COLUMNS


def find(schema: str) -> Any:
    places = cultural_schemas, answer_schemas, cultural_original_schemas
    return next(getattr(place, schema) for place in places if hasattr(place, schema))


@pytest.mark.parametrize(
    ("schema", "row", "message"),
    [
        ("SurveyScores", SCORE | {"pro_score": 1.5}, "pro_score"),
        ("SurveyScores", SCORE | {"elicitation": "asked"}, "elicitation"),
        ("SurveyScores", SCORE | {"pro_score": 0.31}, "pro_score is not pro"),
        ("SurveyScores", SCORE | {"pro": 0, "con": 0, "pro_score": 0.0}, "pro_score is not pro"),
        ("SurveyScores", SCORE | {"country": "Kenya"}, "country"),
        ("ModelCapabilities", CAPABILITY | {"capability": None}, "capability"),
        ("ElicitationAgreement", AGREED | {"reason": "5 questions"}, "neither a value nor a"),
        ("ElicitationAgreement", AGREED | {"synthetic": True}, "synthetic"),
        ("ElicitationAgreement", AGREED | {"ci_low": 0.6}, "ci_low <= value <= ci_high"),
        ("ModelCapabilities", CAPABILITY | {"measure": "size"}, "measure"),
        ("CulturalContrasts", CONTRAST | {"ci_low": 0.15}, "ci_low <= value <= ci_high"),
        ("CulturalContrasts", CONTRAST | {"battery_ci_low": 0.3, "battery_ci_high": 0.2}, "ci_low"),
        ("CulturalContrasts", CONTRAST | {"p": 2.0}, "p"),
        ("CulturalContrasts", CONTRAST | {"part": "all"}, "part"),
    ],
)
def test_wrong_rows_are_refused(schema: str, row: dict[str, Any], message: str) -> None:
    with pytest.raises(pandera.errors.SchemaError, match=message):
        find(schema).validate(pd.DataFrame([row]))


def test_a_contrast_stands_there_once() -> None:
    with pytest.raises(pandera.errors.SchemaError, match="unique"):
        cultural_schemas.CulturalContrasts.validate(pd.DataFrame([CONTRAST, CONTRAST]))


@pytest.mark.parametrize(
    "schema",
    [
        "CulturalAlignment",
        "CulturalContrasts",
        "CountryCorrelations",
        "SelfConsistency",
        "CrossEffects",
        "ElicitationAgreement",
        "CapabilityRegression",
        "LabellerAgreement",
        "OriginalCells",
        "OriginalUsBias",
        "OriginalCapability",
        "OriginalConsistency",
        "ModelCapabilities",
        "SurveyScores",
    ],
)
def test_empty_tables_pass(schema: str) -> None:
    model = find(schema)
    model.validate(model.empty())
