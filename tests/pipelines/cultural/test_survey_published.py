from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from isogloss.datasets.survey_file import PublishedTruthDataset
from isogloss.errors import Refusal
from isogloss.pipelines.cultural.truth_nodes import measure_ground_truth
from isogloss.survey_schemas import (
    CountryLanguages,
    SurveyDistributions,
    SurveyGroundTruth,
    SurveyRemarks,
)
from isogloss.surveys import PublishedTruth
from tests.conftest import real_data
from tests.pipelines.cultural.small_surveys import LANGUAGES, QUESTIONS, parameters

COUNTRIES = [("DK", "F120", 0.84, "da"), ("US", "F120", 0.38, "en"), ("US", "D059", 0.16, "en")]


def published(countries: list[tuple[str, str, float, str]] = COUNTRIES) -> PublishedTruth:
    columns = ["cntry_an", "question_key", "pro_score", "lnge_iso"]
    return PublishedTruth(
        "published",
        pd.DataFrame(countries, columns=columns),
        pd.DataFrame(
            [("da", "F120", 0.8), ("en", "F120", 0.4)], columns=[columns[3], *columns[1:3]]
        ),
        pd.DataFrame([("F120", 0.2)], columns=columns[1:3]),
    )


def measure(source: PublishedTruth, **settings: Any) -> tuple[pd.DataFrame, ...]:
    return measure_ground_truth(source, QUESTIONS, LANGUAGES, parameters(**settings))


def test_published_scores_become_rows_without_numbers_or_intervals() -> None:
    truth, shares, spoken, remarks = measure(published())
    SurveyGroundTruth.validate(truth)
    assert len(SurveyDistributions.validate(shares)) == 0
    CountryLanguages.validate(spoken)
    SurveyRemarks.validate(remarks)
    keys = ["level", "group", "language", "question", "pro_score"]
    assert truth[keys].to_numpy().tolist() == [
        ["country", "DK", "dan", "f120", 0.84],
        ["country", "US", "eng", "d059", 0.16],
        ["country", "US", "eng", "f120", 0.38],
        ["global", "all", "", "f120", 0.2],
        ["language", "dan", "", "f120", 0.8],
        ["language", "eng", "", "f120", 0.4],
    ]
    assert truth[["error", "ci_low", "n", "n_eff", "group_variance"]].isna().all(axis=None)
    assert set(truth["rules"]) == {"published"}
    assert not truth["synthetic"].any()
    assert spoken[["country", "language"]].to_numpy().tolist() == [["DK", "dan"], ["US", "eng"]]
    assert (remarks["what"] == "Questions of the table that have no published score").sum() == 86


def test_questions_countries_and_languages_can_be_chosen() -> None:
    truth, _, spoken, _ = measure(published(), languages="eng", questions="F120")
    assert truth["group"].tolist() == ["US", "all", "eng"]
    assert spoken["country"].tolist() == ["US"]
    with pytest.raises(Refusal, match="survey.questions names e035, of which there are no publ"):
        measure(published(), questions="e035")
    with pytest.raises(Refusal, match="survey.countries names UK, .*Did you mean"):
        measure(published(), countries="UK")


def test_what_is_no_share_or_no_single_language_is_refused() -> None:
    with pytest.raises(Refusal, match="the score of f120 in DK is 84.0, which is no share"):
        measure(published([("DK", "F120", 84.0, "da")]))
    twice = [("DK", "F120", 0.8, "da"), ("DK", "F121", 0.8, "en")]
    with pytest.raises(Refusal, match="DK has several main languages"):
        measure(published(twice))


def test_the_published_files_of_the_study() -> None:
    source = PublishedTruthDataset(filepath=str(real_data("cultural"))).load()
    truth, _, spoken, _ = measure(source)
    SurveyGroundTruth.validate(truth)
    assert truth.groupby("level").size().to_dict() == {
        "country": 1062,
        "global": 83,
        "language": 332,
    }
    assert spoken["language"].value_counts().to_dict() == {"eng": 9, "por": 2, "dan": 1, "nld": 1}
    assert set(truth["question"]) <= set(QUESTIONS["question"])
    countries = truth[truth["level"] == "country"]
    wide = countries.pivot(index="question", columns="group", values="pro_score")
    # The row of the United States in the published map of the correlations.
    expected = (
        "AU .90 BR .75 CA .84 DK .74 GB .90 KE .57 NL .75 NZ .82 NG .43 NIR .91 PT .77 SG .66"
    )
    words = expected.split()
    found = wide.corr()["US"]
    for country, correlation in zip(words[::2], words[1::2], strict=True):
        assert found[country] == pytest.approx(float(correlation), abs=0.005)
