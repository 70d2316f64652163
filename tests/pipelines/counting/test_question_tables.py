"""Reading questions whether words belong: faults are named with file, row and remedy."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from isogloss.datasets import OptionalTextTableDataset
from isogloss.pipelines.counting.word_nodes import read_membership_questions
from isogloss.pipelines.counting.word_tables import WordTableError
from isogloss.word_schemas import MembershipQuestions

SAMPLE = Path(__file__).parents[3] / "data" / "01_raw" / "sample" / "counting"
QUESTION = {
    "language": "eng", "text": "Word: {word}. Category: {category}. Correct:",
    "yes": "yes", "no": "no",
}  # fmt: skip
CATEGORIES = pd.DataFrame(
    {
        "category": ["birds", "metals"],
        "language": "eng",
        "counted": "x",
        "heading": ["birds", "ores"],
    }
)
NAMES = CATEGORIES[["category", "language"]]


def read(**changed: str) -> pd.DataFrame:
    return read_membership_questions(pd.DataFrame([QUESTION | changed]), CATEGORIES, NAMES)


def test_every_category_has_its_heading() -> None:
    found = read()
    MembershipQuestions.validate(found)
    assert found["heading"].tolist() == ["birds", "ores"]
    assert found["text"].unique().tolist() == [QUESTION["text"]]


def test_without_a_file_nothing_is_asked(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    columns = list(QUESTION)
    dataset = OptionalTextTableDataset(filepath=str(tmp_path / "questions.csv"), columns=columns)
    assert dataset.exists()
    without = CATEGORIES.drop(columns="heading")
    with caplog.at_level("INFO"):
        found = read_membership_questions(dataset.load(), without, NAMES)
    MembershipQuestions.validate(found)
    assert found.empty
    assert "no question in eng: models are not asked" in caplog.text
    (tmp_path / "questions.csv").write_text("language;text;yes;no\neng;a, b;yes;no\n")
    assert dataset.load().to_dict("records") == [
        {"language": "eng", "text": "a, b", "yes": "yes", "no": "no"}
    ]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"text": "Word: {word}. Correct:"}, r"row 2: the text holds \{word\}: \{word\} and"),
        ({"text": "{category}: {word}"}, "row 2: the text ends with a blank or a placeholder"),
        ({"text": "{category}: {word}? "}, "row 2: the text ends with a blank or a placeholder"),
        ({"yes": "no, no"}, "row 2: yes is 'no, no' and no is 'no': write two answers"),
        ({"no": " "}, "write two answers"),
    ],
)
def test_wrong_questions_are_refused(changed: dict[str, str], message: str) -> None:
    with pytest.raises(WordTableError, match=message):
        read(**changed)


def test_second_question_and_missing_headings_are_refused() -> None:
    with pytest.raises(WordTableError, match="row 3: there is another question in eng"):
        read_membership_questions(pd.DataFrame([QUESTION] * 2), CATEGORIES, NAMES)
    lacking = CATEGORIES.assign(heading=["birds", ""])
    with pytest.raises(WordTableError, match="metals has no heading in eng"):
        read_membership_questions(pd.DataFrame([QUESTION]), lacking, NAMES)
    with pytest.raises(WordTableError, match="lacks the columns heading"):
        without = CATEGORIES.drop(columns="heading")
        read_membership_questions(pd.DataFrame([QUESTION]), without, NAMES)


def test_shipped_questions_cover_all_languages_and_categories() -> None:
    questions, categories = (
        pd.read_csv(SAMPLE / name, dtype=str, keep_default_na=False)
        for name in ("questions.csv", "categories.csv")
    )
    found = read_membership_questions(questions, categories, categories)
    MembershipQuestions.validate(found)
    assert len(found) == len(categories) == 8 * 14
    assert found.groupby("language")["heading"].nunique().eq(14).all()
