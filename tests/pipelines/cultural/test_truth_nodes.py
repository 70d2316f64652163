from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from isogloss.pipelines.cultural.ground_truth_tables import (
    FEW_ANSWERS,
    FEW_RESPONDENTS,
    NO_ANSWER,
    ONE_SIDED_STRATA,
)
from isogloss.pipelines.cultural.survey_codes import SurveyError
from isogloss.pipelines.cultural.survey_countries import ELSEWHERE, NO_MAIN_LANGUAGE, NOT_SPOKEN
from isogloss.pipelines.cultural.truth_nodes import measure_ground_truth
from isogloss.survey_schemas import (
    CountryLanguages,
    SurveyDistributions,
    SurveyGroundTruth,
    SurveyRemarks,
)
from isogloss.surveys import NO_CLUSTERS
from tests.pipelines.cultural.small_surveys import LANGUAGES, parameters, question_table, survey

TABLE = question_table(
    ("f120", 1, 10, "6-10", "1-5", ""),
    ("c001_01", 1, 5, "1-2", "4-5", "3"),
    ("e001", 1, 2, "", "", "1-2"),
)
ROWS: dict[str, Any] = {
    "cntry_AN": ["US"] * 4 + ["DK"] * 4,
    "lnge_iso": ["en", "en", "en", "es", "da", "da", "en", "-4"],
    "gwght": [1.0, 2.0, 1.0, 1.0, 0.5, 1.5, 1.0, 1.0],
    "pwght": [10.0] * 4 + [1.0] * 4,
    "F120": [10, 1, 6, 5, 7, 8, 1, -1],
    "C001_01": [1, 2, 3, 4, 3, 3, 5, 5],
    "E001": [1, 2, 1, 2, 1, 2, 1, 2],
}


def measure(rows: dict[str, Any] = ROWS, **settings: Any) -> tuple[pd.DataFrame, ...]:
    settings = {"group": {"rounds": 0}, **settings}
    tables = measure_ground_truth(survey(rows), TABLE, LANGUAGES, parameters(**settings))
    for table, schema in zip(
        tables,
        (SurveyGroundTruth, SurveyDistributions, CountryLanguages, SurveyRemarks),
        strict=True,
    ):
        schema.validate(table)
    return tables


def score(truth: pd.DataFrame, level: str, group: str, question: str = "f120") -> pd.Series[Any]:
    keys = {"level": level, "group": group, "question": question}
    found = truth[(truth[list(keys)] == pd.Series(keys)).all(axis=1)]
    assert len(found) == 1
    row: pd.Series[Any] = found.iloc[0]
    return row


def test_countries_languages_and_everyone_by_hand() -> None:
    truth, _, spoken, _ = measure()
    # US: 10 (w 1), 6 (w 1) pro; 1 (w 2), 5 (w 1) con
    assert score(truth, "country", "US")["pro_score"] == pytest.approx(2 / 5)
    # DK: 7 (0.5), 8 (1.5) pro; 1 (1) con, interviewed in English; one did not answer
    danish = score(truth, "country", "DK")
    assert danish["pro_score"] == pytest.approx(2 / 3)
    assert (danish["n"], danish["language"]) == (3, "dan")
    assert danish["n_eff"] == pytest.approx(9 / (0.25 + 2.25 + 1))
    # English: the three of the US weigh 10, 20 and 10, the one of DK 1
    assert score(truth, "language", "eng")["pro_score"] == pytest.approx(20 / 41)
    assert score(truth, "language", "dan")["pro_score"] == 1
    assert score(truth, "language", "spa")["pro_score"] == 0
    assert score(truth, "global", "all")["pro_score"] == pytest.approx(22 / 53)
    assert set(truth["language"]) == {"eng", "dan", ""}
    assert spoken.to_dict("records") == [
        {"country": "DK", "language": "dan", "share": 2 / 3, "synthetic": False},
        {"country": "US", "language": "eng", "share": 0.8, "synthetic": False},
    ]


def test_a_countrys_score_does_not_depend_on_its_population() -> None:
    truth, *_ = measure()
    other, *_ = measure({**ROWS, "pwght": [3.0] * 4 + [700.0] * 4})
    for table in (truth, other):
        assert score(table, "country", "US")["pro_score"] == pytest.approx(2 / 5)
    # so does everything but the scores over countries
    columns = ["error", "ci_low", "ci_high", "n_eff"]
    first, second = (score(table, "country", "DK")[columns] for table in (truth, other))
    np.testing.assert_allclose(first.to_numpy(float), second.to_numpy(float))
    assert score(other, "global", "all")["pro_score"] > 0.6


def test_neutral_answers_are_left_out_or_con() -> None:
    truth, *_ = measure()
    american = score(truth, "country", "US", "c001_01")
    assert (american["pro_score"], american["n"]) == (pytest.approx(3 / 4), 3)
    assert american["neutral_share"] == pytest.approx(1 / 5)
    con, *_ = measure(neutral="con")
    american = score(con, "country", "US", "c001_01")
    assert (american["pro_score"], american["n"]) == (pytest.approx(3 / 5), 4)
    assert american["neutral_share"] == 0


def test_distributions_hold_all_valid_codes_also_of_questions_without_a_score() -> None:
    truth, shares, *_ = measure()
    assert "e001" not in set(truth["question"])
    own = shares[(shares["group"] == "DK") & (shares["question"] == "c001_01")]
    assert own["code"].tolist() == [1, 2, 3, 4, 5]
    assert own["share"].tolist() == pytest.approx([0, 0, 0.5, 0, 0.5])
    assert set(own["n"]) == {4}
    assert set(shares["question"]) == {"f120", "c001_01", "e001"}


def test_small_groups_are_left_out_counted_and_named(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        truth, shares, _, remarks = measure(minimum_respondents=3)
    kept = set(zip(truth["group"], truth["question"], strict=True))
    assert kept == {
        *((group, "f120") for group in ("US", "DK", "eng", "all")),
        *((group, "c001_01") for group in ("US", "eng", "all")),
    }
    named = {
        (row["what"], row["group"], row["question"]): (row["n"], row["of"])
        for row in remarks.to_dict("records")
    }
    assert named[(FEW_RESPONDENTS, "dan", "")] == (2, 0)
    assert named[(FEW_RESPONDENTS, "spa", "")] == (1, 0)
    assert named[(FEW_ANSWERS, "DK", "c001_01")] == (2, 4)
    assert set(shares.loc[shares["question"] == "c001_01", "group"]) == {"US", "DK", "eng", "all"}
    [warning] = [text for text in caplog.messages if text.startswith(FEW_ANSWERS)]
    assert "DK c001_01 (2 of 4) (see survey_remarks)." in warning
    assert "2 questions in 2 countries." in caplog.messages


def test_a_question_that_nobody_answered_is_no_warning(caplog: pytest.LogCaptureFixture) -> None:
    rows = {**ROWS, "C001_01": [-4] * 4 + [1, 2, 4, 5]}
    _, _, _, remarks = measure(rows)
    nobody = remarks[remarks["what"] == NO_ANSWER]
    assert set(nobody["group"]) == {"US", "spa"}
    warned = [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]
    assert not [text for text in warned if text.startswith(NO_ANSWER)]


def test_countries_can_be_left_out_but_not_from_everyone() -> None:
    truth, _, spoken, remarks = measure(languages="eng swh")
    assert spoken["country"].tolist() == ["US"]
    assert set(truth["group"]) == {"US", "eng", "all"}
    assert score(truth, "global", "all")["pro_score"] == pytest.approx(22 / 53)
    named = remarks[["what", "group", "detail"]].to_numpy().tolist()
    assert [ELSEWHERE, "DK", "mainly dan"] in named
    assert [NOT_SPOKEN, "swh", ""] in named
    one, *_ = measure(countries="DK")
    assert set(one.loc[one["level"] == "country", "group"]) == {"DK"}
    with pytest.raises(
        SurveyError, match=r"GB, which the survey does not have\..* The survey has: "
    ):
        measure(countries="GB")
    with pytest.raises(SurveyError, match="No country is left"):
        measure(countries="DK", languages="eng")
    with pytest.raises(SurveyError, match="survey.languages names swa, .* Did you mean"):
        measure(languages="swa")


def test_a_country_without_languages_gets_no_score() -> None:
    truth, _, spoken, remarks = measure({**ROWS, "lnge_iso": ["en"] * 4 + ["-4"] * 4})
    assert spoken["country"].tolist() == ["US"]
    assert "DK" not in set(truth["group"])
    assert remarks.set_index("what").loc[NO_MAIN_LANGUAGE, "group"] == "DK"


def test_strata_of_one_unit_are_named() -> None:
    rows = {**ROWS, "psu": [1] * 4 + [5, 5, 6, 6]}
    *_, remarks = measure(rows, columns={"cluster": "psu"})
    assert remarks.loc[remarks["what"] == ONE_SIDED_STRATA, "detail"].tolist() == ["US"]


def test_errors_without_clusters_are_remarked_on(caplog: pytest.LogCaptureFixture) -> None:
    *_, remarks = measure()
    [told] = remarks.loc[remarks["what"] == NO_CLUSTERS, "detail"]
    assert "survey.columns.cluster, or set survey.design_effect" in told
    assert NO_CLUSTERS in caplog.text
    rows = {**ROWS, "psu": [1] * 4 + [5, 5, 6, 6]}
    for found in (measure(design_effect=2), measure(rows, columns={"cluster": "psu"})):
        assert NO_CLUSTERS not in set(found[-1]["what"])
    made_up = measure_ground_truth(
        survey(ROWS, synthetic=True), TABLE, LANGUAGES, parameters(group={"rounds": 0})
    )
    assert NO_CLUSTERS not in set(made_up[-1]["what"])


def test_made_up_answers_are_marked_and_said(caplog: pytest.LogCaptureFixture) -> None:
    tables = measure_ground_truth(
        survey(ROWS, synthetic=True), TABLE, LANGUAGES, parameters(group={"rounds": 0})
    )
    assert all(table["synthetic"].all() for table in tables[:3])
    assert any("is SYNTHETIC" in text for text in caplog.messages)
    assert not any(table["synthetic"].any() for table in measure()[:3])


def test_two_runs_give_equal_tables() -> None:
    rows = {name: list(values) * 5 for name, values in ROWS.items()}
    first = measure(rows, group={"rounds": 200})
    second = measure(rows, group={"rounds": 200})
    for one, other in zip(first, second, strict=True):
        pd.testing.assert_frame_equal(one, other)
    assert first[0].loc[first[0]["level"] == "country", "group_variance"].notna().all()


def test_people_are_drawn_by_weight_but_for_the_rules_of_the_original() -> None:
    assert parameters().drawn.draw == "by_weight"
    assert parameters(rules="original").drawn.draw == "alike"
    assert parameters(rules="original", group={"draw": "by_weight"}).drawn.draw == "by_weight"
    assert parameters(group={"draw": "alike"}).drawn.draw == "alike"
    rows = {name: list(values) * 5 for name, values in ROWS.items()}
    found = measure(rows, group={"rounds": 200, "size": 4})[0]
    assert found["group_variance"].notna().all(), "of languages and everybody too"
    assert set(found["group_size"]) == {4}


def test_the_truth_says_what_its_rules_do_to_neutral_answers() -> None:
    assert set(measure()[0]["rules"]) == {"declared"}
    assert set(measure(neutral="con")[0]["rules"]) == {"declared_neutral_con"}


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValidationError, match="a variance takes at least 100 rounds"):
        parameters(group={"rounds": 50})
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        parameters(design_effect=0.5)
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        parameters(contries="US")
    assert parameters(questions="f120 e035").questions == ("f120", "e035")
