from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.cultural.survey_questions import (
    CON,
    MISSING,
    NEUTRAL,
    PRO,
    QuestionTableError,
    choose_questions,
    original_columns,
    original_question,
    parse_codes,
    read_questions,
)
from isogloss.provenance import READ_FROM
from isogloss.survey_schemas import SurveyQuestions
from tests.conftest import real_data
from tests.pipelines.cultural.small_surveys import QUESTIONS, question_table, questions


def sides(question: str) -> str:
    """Spell what the codes from lowest to highest of a shipped question count as."""
    found = read_questions(QUESTIONS)[question]
    return "".join(" +-0"[found.sides[code]] for code in found.codes)


@pytest.mark.parametrize(
    ("text", "codes"),
    [("", []), ("3", [3]), ("1 2", [1, 2]), ("6-10", [6, 7, 8, 9, 10]), ("0-1 4", [0, 1, 4])],
)
def test_codes_are_numbers_and_ranges(text: str, codes: list[int]) -> None:
    assert parse_codes(text) == codes


def test_every_shipped_code_is_on_one_side() -> None:
    table = SurveyQuestions.validate(QUESTIONS)
    found = read_questions(table)
    assert len(found) == 88
    assert all(set(one.sides) == set(one.codes) for one in found.values())
    assert (table["tested"] == "true").sum() == 37
    assert (table["original"] == "true").sum() == 83
    dropped = table[(table["tested"] == "true") & (table["original"] == "false")]
    assert dropped["question"].tolist() == ["e028", "e225", "e226", "e227", "e228"]
    unscored = [key for key, one in found.items() if not one.has_score]
    assert unscored == ["e001", "e002", "e003", "e004"]
    assert table.set_index("question").loc[unscored, "remark"].str.contains("no score").all()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("f120", "-----+++++"),
        ("e235", "-----+++++"),
        ("e035", "+++++-----"),  # low codes ask for more equal incomes
        ("e069_02", "++--"),
        ("d059", "++--"),
        ("c001_01", "++0--"),
        ("c001", "+-0"),  # 2 is disagree, 3 neither
        ("e015", "+0-"),  # 2 is "do not mind"
        ("e028", "+0-"),
        ("e263", "++-0"),  # 4 is "not allowed to vote"
        ("f028", "+++-----"),
        ("e001", "0000"),
    ],
)
def test_the_shipped_sides_are_those_of_the_statements(question: str, expected: str) -> None:
    assert sides(question) == expected


def test_all_that_the_published_study_tested_has_statements() -> None:
    published = real_data("cultural")
    statements = json.loads((published / "stance_labels.json").read_text(encoding="utf-8"))
    tested = QUESTIONS.loc[QUESTIONS["tested"] == "true", "question"]
    assert set(tested) == set(statements)
    scored = pd.read_csv(published / "ground_truth_global.csv")["question_key"].str.lower()
    assert set(QUESTIONS.loc[QUESTIONS["original"] == "true", "question"]) == set(scored)


@pytest.mark.parametrize(
    "question", [key for key in QUESTIONS["question"] if not key.startswith("e00")]
)
def test_the_shipped_sides_run_as_in_the_original(question: str) -> None:
    declared = read_questions(QUESTIONS)[question]
    original = original_question(question, declared.highest)
    for code, side in declared.sides.items():
        if question == "f028" and code == 4:
            assert (side, original.sides[code]) == (CON, PRO)  # special holy days only
        elif side != NEUTRAL:
            assert side == original.sides[code]
        else:
            assert original.sides[code] == CON


@pytest.mark.parametrize(
    ("highest", "pro"),
    [
        (2, {1}),
        (3, {1}),
        (4, {1, 2}),
        (5, {1, 2}),
        (6, {1, 2, 3}),
        (7, {1, 2, 3}),
        (8, {1, 2, 3, 4}),
        (9, {1, 2, 3, 4}),
        (10, {6, 7, 8, 9, 10}),
        (11, {1, 2, 3, 4, 5}),
    ],
)
def test_the_original_infers_sides_from_the_highest_code(highest: int, pro: set[int]) -> None:
    plain = original_question("F120", highest)
    assert {code for code, side in plain.sides.items() if side == PRO} == pro
    assert {code for code, side in plain.sides.items() if side == CON} == (
        set(range(1, highest + 1)) - pro
    )
    reversed_ = original_question("E035_extra", highest)
    assert {code for code, side in reversed_.sides.items() if side == CON} == pro
    assert plain.question == "f120"


@pytest.mark.parametrize("highest", range(2, 12))
def test_declared_sides_of_all_scales_and_both_directions(highest: int) -> None:
    half, middle = highest // 2, (highest + 1) // 2
    low, high = f"1-{half}", f"{highest - half + 1}-{highest}"
    neutral = str(middle) if highest % 2 else ""
    found = questions(
        ("up", 1, highest, high, low, neutral), ("down", 1, highest, low, high, neutral)
    )
    codes = np.array([-5, -1, 0, *range(1, highest + 1), highest + 1, 99])
    placed = found["down"].place(codes)
    valid = placed[3:-2]
    assert (placed[[0, 1, 2, -2, -1]] == MISSING).all()
    assert (valid[:half] == PRO).all()
    assert (valid[len(valid) - half :] == CON).all()
    assert (valid == NEUTRAL).sum() == highest % 2
    swapped = {PRO: CON, CON: PRO, NEUTRAL: NEUTRAL, MISSING: MISSING}
    assert found["up"].place(codes).tolist() == [swapped[int(side)] for side in placed]


def test_neutral_codes_can_count_as_con_where_there_is_a_score() -> None:
    found = questions(("a", 1, 3, "1", "3", "2"), ("b", 1, 3, "", "", "1-3"))
    assert found["a"].with_neutral_as(CON).sides == {1: PRO, 2: CON, 3: CON}
    assert found["b"].with_neutral_as(CON).sides == found["b"].sides


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("a", 1, 4, "1-2", "2-4", ""), "question 'a': code 2 stands twice"),
        (("a", 1, 4, "1-2", "3", ""), "code 4 lies on no side. Add each to pro, con or neutral"),
        (("a", 1, 4, "1-2", "3-5", ""), "code 5 lies outside of 1 to 4"),
        (("a", 1, 4, "2-1", "3-4", ""), "the range '2-1' runs backwards. Write 1-2"),
        (("a", 1, 4, "1,2", "3-4", ""), "'1,2' is no code"),
        (("a", 1, 1, "1", "", ""), "lowest 1 and highest 1 are no scale"),
        (("a", -2, 1, "1", "-2-0", ""), "are no scale. Valid codes begin at 0"),
        (("a", 1, 2, "1-2", "", ""), "only one of pro and con has codes"),
    ],
)
def test_rows_that_leave_a_code_open_are_refused(
    row: tuple[str, int, int, str, str, str], message: str
) -> None:
    with pytest.raises(QuestionTableError, match=message):
        questions(row)


def test_all_wrong_rows_are_named_at_once() -> None:
    table = question_table(
        ("a", 1, 2, "1", "", ""), ("b", 1, 2, "1", "2", ""), ("B", 1, 2, "2", "1", "")
    )
    with pytest.raises(QuestionTableError) as caught:
        read_questions(table)
    first, second = str(caught.value).split("\n")
    assert "'a': code 2 lies on no side" in first
    assert "'B': it stands twice" in second
    table["lowest"] = "one"
    with pytest.raises(QuestionTableError, match="whole numbers, not 'one' and '2'"):
        read_questions(table)


def test_questions_are_chosen_by_name() -> None:
    found = read_questions(QUESTIONS)
    assert list(choose_questions(found, ("F120", "e035", "f120"))) == ["f120", "e035"]
    assert len(choose_questions(found, ("all",))) == 88
    with pytest.raises(QuestionTableError, match="names f12, .* not have. Did you mean f1"):
        choose_questions(found, ("f12",))


def test_the_original_chooses_columns_by_name() -> None:
    columns = (
        "A001 B008 B009 C001 cntry_AN cntry D059 doi E224 E233 E233A E234 E235 E028 E179_WVS7 "
        "E181_EVS5 F025 F028 F028B_WVS7 F034 fw_start G006 H010 X001 Y002 e069_18A"
    ).split()
    assert original_columns(columns) == "B009 C001 D059 E233A E235 F028 H010 e069_18A".split()


def test_the_shipped_table_is_tidy(root: Path) -> None:
    text = (root / "data/01_raw/reference/survey_questions.csv").read_text(encoding="utf-8")
    keys = [line.split(",")[0] for line in text.splitlines()[1:]]
    assert keys == sorted(keys)
    assert "\r" not in text
    assert set(QUESTIONS["battery"]) == {
        *"confidence democracy economy family gender justifiable politics priorities".split(),
        *"privacy religion trust work".split(),
    }


def test_faults_are_told_with_file_and_row() -> None:
    table = question_table(("a", 1, 4, "1-2", "3-4", ""), ("b", 1, 4, "1-2", "3", ""))
    table.attrs[READ_FROM] = "mine.csv"
    with pytest.raises(QuestionTableError, match=r"^mine\.csv, row 3, question 'b': code 4 lies"):
        read_questions(table)
