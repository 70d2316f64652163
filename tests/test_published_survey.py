from __future__ import annotations

import pandas as pd
import pytest

from isogloss import cultural_schemas
from isogloss.errors import Refusal
from isogloss.published_survey import (
    CAPABILITY_COLUMNS,
    read_benchmarks,
    read_named_responses,
    read_responses,
)
from isogloss.survey_score_rows import SCORE_COLUMNS

RESPONSES = pd.DataFrame(
    {
        "model_name": ["m", "m", "m"],
        "model_family": ["f", "f", "f"],
        "template_type": "survey_hypothetical",
        "language": ["da", "da", "pt"],
        "response_language": ["da", "da", "pt"],
        "question_key": ["F121", "f121", "f120"],
        "response_pro_score": [0.7, 1.0, 0.25],
        "ground_truth_pro_score": [0.8, 0.8, 0.1],
    }
)
NAMED = pd.DataFrame(
    {
        "language": ["en", "nl"],
        "country": ["Great Britain", "Kenya"],
        "question_key": ["f120", "f121"],
        "model": "m",
        "model_family": "f",
        "response_language": ["en", "nl"],
        "response_pro_score": [0.75, 0.0],
        "response_pro_con": ["pro;pro;CON;null;pro", "con"],
        "ground_truth_pro_score": [0.6, 0.2],
    }
)


def test_responses_get_the_keys_of_this_project() -> None:
    found = read_responses(RESPONSES, "a.csv")
    cultural_schemas.SurveyScores.validate(found)
    assert list(found)[:-1] == list(SCORE_COLUMNS)
    assert found["language"].tolist() == ["dan", "dan", "por"]
    assert found["question"].tolist() == ["f121", "f121", "f120"]
    assert found["sample"].tolist() == [0, 1, 0]
    assert found["pro_score"].tolist() == [0.7, 1.0, 0.25]
    assert found["published_truth"].tolist() == [0.8, 0.8, 0.1]
    assert found[["prompt_id", "pro", "con", "neutral"]].isna().all(axis=None)
    assert set(found["country"]) == {""}


def test_named_responses_know_the_country_and_count_opinions() -> None:
    found = read_named_responses(NAMED, "d.csv")
    cultural_schemas.SurveyScores.validate(found)
    assert found["country"].tolist() == ["GB", "KE"]
    assert found[["pro", "con", "neutral"]].to_numpy(int).tolist() == [[3, 1, 1], [0, 1, 0]]


def test_benchmarks_name_models_as_the_responses_do() -> None:
    table = pd.DataFrame(
        {
            "model": ["GPT-4 Turbo", "OLMo-2 7B"],
            "benchmark": ["MMLU (5-shot)", "dansk"],
            "language": ["English", "Danish"],
            "score": [86.7, 43.1],
            "family": ["openai", "olmo"],
        }
    )
    found = read_benchmarks(table, "b.csv")
    assert list(found) == list(CAPABILITY_COLUMNS)
    assert found["model"].tolist() == ["gpt-4-turbo-2024-04-09", "OLMo-2-1124-7B-Instruct"]
    assert found["language"].tolist() == ["eng", "dan"]
    assert found["score"].to_list() == pytest.approx([0.867, 0.431])


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (RESPONSES.drop(columns="question_key"), "a.csv has no column question_key"),
        (
            RESPONSES.assign(language=["da", "xx", "pt"]),
            "a.csv, column language: 'xx' is none of da, en, nl, pt",
        ),
        (
            RESPONSES.assign(response_pro_score=["0.7", "much", "1"]),
            "a.csv, row 3, column response_pro_score: 'much' is no number",
        ),
        (
            RESPONSES.assign(response_pro_score=[0.7, 1.5, 0.2]),
            "a.csv, row 3, column response_pro_score: 1.5 is no share",
        ),
    ],
)
def test_other_files_are_refused(table: pd.DataFrame, message: str) -> None:
    with pytest.raises(Refusal, match=message):
        read_responses(table, "a.csv")


def test_an_unknown_country_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(Refusal, match="'Kenia' is none of .* Did you mean Kenya"):
        read_named_responses(NAMED.assign(country=["Great Britain", "Kenia"]), "d.csv")
