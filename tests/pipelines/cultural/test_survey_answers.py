from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from isogloss.datasets.survey_file import SurveyFileDataset
from isogloss.errors import Refusal
from isogloss.pipelines.cultural.survey_answers import (
    NO_COUNTRY,
    NO_LANGUAGE,
    NO_WEIGHT,
    NOT_ASKED,
    OTHER_LANGUAGE,
    Respondents,
    read_respondents,
)
from isogloss.pipelines.cultural.survey_codes import ZERO, SurveyError
from isogloss.pipelines.cultural.survey_languages import SurveyLanguageError
from isogloss.pipelines.cultural.survey_remarks import Remark, Remarks
from tests.pipelines.cultural.small_surveys import LANGUAGES, parameters, questions, survey

FOUR = ("q", 1, 4, "1-2", "3-4", "")


def read(rows: dict[str, Any], *asked: Any, **settings: Any) -> tuple[Respondents, list[Remark]]:
    remarks = Remarks()
    found = read_respondents(
        survey(rows), questions(*(asked or [FOUR])), LANGUAGES, parameters(**settings), remarks
    )
    return found, remarks.rows


def spoken(respondents: Respondents) -> list[str]:
    names = [*respondents.languages.names, ""]
    return [names[place] for place in respondents.languages.places]


def test_codes_up_to_zero_and_empty_cells_are_missing() -> None:
    found, remarks = read({"Q": [1, 4, -1, -5, np.nan]})
    assert found.codes.tolist() == [[1, 4, -1, -5, -1]]
    assert found.questions[0].place(found.codes[0].astype(int)).tolist() == [1, 2, 0, 0, 0]
    assert remarks == []


def test_answers_of_zero_are_missing_and_counted_unless_the_scale_begins_there() -> None:
    _, remarks = read({"q": [0, 0, 3, -2]})
    assert remarks == [Remark(ZERO, question="q", n=2, of=3)]
    found, remarks = read({"q": [0, 0, 3, -2]}, ("q", 0, 4, "1-2", "0 3-4", ""))
    assert found.questions[0].place(found.codes[0].astype(int)).tolist() == [2, 2, 2, 0]
    assert remarks == []


def test_unknown_codes_are_refused_with_question_codes_and_remedy() -> None:
    five = ("r", 2, 5, "2", "3-5", "")
    with pytest.raises(SurveyError) as caught:
        read({"q": [5, 5, 99, 1], "r": [1, 2, 3, 4]}, FOUR, five)
    first, second, remedy = str(caught.value).split("\n")
    assert first == (
        "survey.csv, question q: its answers go from 1 to 4, but the file also has 5 (2x), 99 (1x)."
    )
    assert second.endswith("question r: its answers go from 2 to 5, but the file also has 1 (1x).")
    assert "--params survey_questions=FILE" in remedy


def test_codes_are_whole_numbers() -> None:
    with pytest.raises(SurveyError, match="question q: 1.5 is no code of an answer.\nCodes are"):
        read({"q": [1, 1.5]})


def test_questions_that_the_file_lacks_are_named_and_those_asked_for_refused() -> None:
    other = ("r", 1, 2, "1", "2", "")
    found, remarks = read({"q": [1]}, FOUR, other)
    assert [question.question for question in found.questions] == ["q"]
    assert remarks == [Remark(NOT_ASKED, question="r", expected=True)]
    with pytest.raises(SurveyError, match="survey.csv has no column r, which survey.questions"):
        read({"q": [1]}, FOUR, other, questions="q r")
    with pytest.raises(SurveyError, match="none of the 1 questions .* such as q. Is it the right"):
        read({"f120": [1]})


@pytest.mark.parametrize(
    ("setting", "value"),
    [("country", "land"), ("language", "sprache"), ("cluster", "psu"), ("weights", "gewicht")],
)
def test_columns_that_the_file_lacks_are_named(tmp_path: Path, setting: str, value: str) -> None:
    (tmp_path / "own.csv").write_text("cntry_AN,lnge_iso,gwght,pwght,q\nUS,en,1,1,2\n")
    own = SurveyFileDataset(filepath=str(tmp_path)).load()
    settings = parameters(columns={setting: value})
    with pytest.raises(
        Refusal, match=f"own.csv has no column '{value}', which survey.columns.{setting} n"
    ):
        read_respondents(own, questions(FOUR), LANGUAGES, settings, Remarks())


def test_no_column_is_suggested_that_is_something_else(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("cntry_AN,lnge,pwght,g_wght,q\nUS,en,1,1,2\n")
    own = SurveyFileDataset(filepath=str(tmp_path)).load()
    with pytest.raises(SurveyError) as caught:
        read_respondents(own, questions(FOUR), LANGUAGES, parameters(), Remarks())
    first, second, last = str(caught.value).replace(f"{tmp_path}/", "").splitlines()
    assert first == (
        "own.csv has no column 'lnge_iso', which survey.columns.language names. Did you mean lnge? "
        "Set survey.columns.language to what the file calls it."
    )
    assert second == (
        "own.csv has no column 'gwght', which survey.columns.weights names. Did you mean g_wght? "
        "Set survey.columns.weights to what the file calls it, or to an empty list."
    )
    assert last == "Its other columns: lnge, g_wght"


def test_questions_without_any_score_are_refused() -> None:
    with pytest.raises(SurveyError, match="None of the questions q has both pro and con codes"):
        read({"q": [1, 2]}, ("q", 1, 2, "", "", "1-2"))


def test_weights_are_multiplied_and_missing_ones_never_make_one() -> None:
    found, remarks = read(
        {
            "q": [1, 2, 3, 4, 1, 2],
            "gwght": [0.5, 2.0, -1.0, 0.0, np.nan, 3.0],
            "pwght": [4.0, 0.25, -2.0, 1.0, 1.0, 1.0],
            "cntry_AN": ["US", "US", "US", "US", "NA", "NA"],
        }
    )
    assert found.weights.tolist() == [2.0, 0.5, 3.0]
    assert found.codes.tolist() == [[1, 2, 2]]
    assert remarks == [
        Remark(NO_WEIGHT, "country", "NA", n=1, of=2),
        Remark(NO_WEIGHT, "country", "US", n=2, of=4),
    ]
    even, _ = read({"q": [1, 2]}, columns={"weights": []})
    assert even.weights.tolist() == [1.0, 1.0]


def test_a_file_without_weights_or_countries_is_refused() -> None:
    with pytest.raises(
        SurveyError, match=r"no respondent has .*\(gwght \* pwght\).*columns.weights"
    ):
        read({"q": [1], "gwght": [0.0]})
    found, remarks = read({"q": [1, 2, 3], "cntry_AN": [" ", "DK ", "-4"]})
    assert found.countries.names == ["DK"]
    assert remarks == [Remark(NO_COUNTRY, n=2, of=3)]


def test_languages_of_interview_are_those_of_this_project() -> None:
    codes = ["en", "da", "zh", "zh", "hi", "sr", "fil", "tsg", "-3", "", "oth", "EN"]
    where = ["GB", "DK", "CN", "TW", "IN", "RS", "PH", "PH", "PH", "PH", "PH", "AU"]
    found, remarks = read({"q": [1] * 12, "lnge_iso": codes, "cntry_AN": where})
    assert spoken(found) == [
        *"eng dan zho_simpl zho_trad hin srp tgl tsg".split(),
        *["", "", "", "eng"],
    ]
    assert remarks == [
        Remark(OTHER_LANGUAGE, detail="tsg"),
        Remark(NO_LANGUAGE, "country", "PH", n=3, of=5),
    ]


def test_a_mapping_of_languages_comes_first_and_is_checked() -> None:
    codes = {"language_codes": {"en": "deu", "en-IE": "gle"}}
    found, _ = read({"q": [1, 1], "lnge_iso": ["en", "EN"], "cntry_AN": ["GB", "IE"]}, **codes)
    assert spoken(found) == ["deu", "gle"]
    with pytest.raises(
        SurveyLanguageError, match="maps zh to 'zho_simple'.*Did you mean zho_simpl"
    ):
        read({"q": [1]}, language_codes={"zh": "zho_simple"})


def test_the_two_surveys_of_a_country_are_two_strata() -> None:
    rows = {"q": [1, 2, 3, 4], "cntry_AN": ["DE", "DE", "DE", "FR"], "study": [1, 2, 2, 1]}
    found, _ = read(rows)
    assert found.strata.names == ["DE 1", "DE 2", "FR 1"]
    assert found.strata.places.tolist() == [0, 1, 1, 2]
    assert found.clusters is None
    alone, _ = read({**rows, "psu": [7, 7, 8, 7]}, columns={"strata": [], "cluster": "PSU"})
    assert alone.strata.names == ["DE", "FR"]
    assert alone.clusters is not None
    assert alone.clusters.places.tolist() == [0, 0, 1, 0]


def test_neutral_answers_can_count_as_con() -> None:
    three = ("q", 1, 3, "1", "3", "2")
    plain, _ = read({"q": [1, 2, 3]}, three)
    assert plain.questions[0].place(plain.codes[0].astype(int)).tolist() == [1, 3, 2]
    con, _ = read({"q": [1, 2, 3]}, three, neutral="con")
    assert con.questions[0].place(con.codes[0].astype(int)).tolist() == [1, 2, 2]
