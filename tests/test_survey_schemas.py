from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pandera.errors import SchemaError

from isogloss.survey_schemas import (
    CountryLanguages,
    SurveyDistributions,
    SurveyGroundTruth,
    SurveyQuestions,
    SurveyRemarks,
)

TRUTH: dict[str, Any] = {
    "level": "country",
    "group": "NA",
    "language": "eng",
    "question": "f120",
    "pro_score": 0.5,
    "error": 0.05,
    "ci_low": 0.4,
    "ci_high": 0.6,
    "n": 100,
    "n_eff": 90.0,
    "group_variance": 0.02,
    "rules": "declared",
    "synthetic": False,
}
SHARE = {
    "level": "global",
    "group": "all",
    "question": "q",
    "n": 9,
    "n_eff": 9.0,
    "synthetic": True,
}


def test_a_row_of_the_ground_truth_may_lack_what_published_scores_lack() -> None:
    published = TRUTH | dict.fromkeys(["error", "ci_low", "ci_high", "n", "n_eff"])
    published |= {"group_variance": None, "rules": "published", "level": "global", "group": "all"}
    found = SurveyGroundTruth.validate(pd.DataFrame([TRUTH, published]))
    assert found["n"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    "wrong",
    [
        {"level": "region"},
        {"pro_score": 1.2},
        {"pro_score": None},
        {"question": "F120"},
        {"ci_low": 0.55},
        {"ci_high": 0.45},
        {"rules": "mine"},
        {"group": ""},
    ],
)
def test_wrong_rows_of_the_ground_truth_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SchemaError):
        SurveyGroundTruth.validate(pd.DataFrame([TRUTH | wrong]))


def test_no_score_stands_twice() -> None:
    with pytest.raises(SchemaError, match="unique"):
        SurveyGroundTruth.validate(pd.DataFrame([TRUTH, TRUTH]))


def test_shares_sum_to_one() -> None:
    rows = [SHARE | {"code": code, "share": share} for code, share in ((1, 0.25), (2, 0.75))]
    assert len(SurveyDistributions.validate(pd.DataFrame(rows))) == 2
    with pytest.raises(SchemaError, match="do not sum to 1"):
        SurveyDistributions.validate(pd.DataFrame(rows[:1]))


@pytest.mark.parametrize(
    "schema", [SurveyGroundTruth, SurveyDistributions, CountryLanguages, SurveyRemarks]
)
def test_empty_tables_pass(schema: Any) -> None:
    columns = list(schema.to_schema().columns)
    assert schema.validate(pd.DataFrame(columns=columns)).empty


def test_a_question_needs_a_key_in_lower_case() -> None:
    row = dict.fromkeys(["title", "battery"], "x") | {
        "lowest": "1",
        "highest": "4",
        "scale": "ordinal",
    }
    row |= dict.fromkeys(["pro", "con", "neutral"], "")
    assert SurveyQuestions.validate(pd.DataFrame([row | {"question": "f120"}]))[
        "lowest"
    ].tolist() == [1]
    with pytest.raises(SchemaError):
        SurveyQuestions.validate(pd.DataFrame([row | {"question": "F120"}]))
