from __future__ import annotations

import pandas as pd
import pytest

from isogloss.pipelines.cultural.closed_questions import (
    ClosedQuestion,
    join_options,
    list_orders,
    read_closed_questions,
    show_question,
    split_options,
)
from isogloss.pipelines.cultural.prompt_tables import PromptTableError
from isogloss.pipelines.cultural.survey_questions import read_questions
from tests.pipelines.cultural.small_prompts import read_reference

SURVEY = read_questions(read_reference("survey_questions"))
FOUR = ClosedQuestion("e069_04", "eng", "How much?", (1, 2, 3, 4), ("a", "b", "c", "d"))
SCALE = ClosedQuestion("f121", "eng", "Just?", (1, 2, 3, 10), ("Never", "", "", "Always"))


def table(**changes: str) -> pd.DataFrame:
    row = {"question": "e069_04", "language": "eng", "text": "How much?", "options": "1=a|2=b|4=d"}
    return pd.DataFrame([row | changes])


def test_codes_and_words_are_read() -> None:
    (one,) = read_closed_questions(table(options=" 1 = A, b |2|4=a=b"), SURVEY)
    assert one.codes == (1, 2, 4)
    assert one.labels == ("A, b", "", "a=b")
    assert not one.has_words
    assert FOUR.has_words


def test_options_are_written_as_they_are_read() -> None:
    text = "1=Never|2|3=Always"
    assert join_options(split_options(text)) == text


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"options": "1=a|two=b"}, "'two=b' is no answer"),
        ({"options": "2=a|1=b"}, "in rising order"),
        ({"options": "1=a"}, "at least two"),
        ({"options": "1|2=b"}, "first and last answer need words"),
        ({"options": "1=a|2=a"}, "same words"),
        ({"options": "1=a|5=b"}, "code 5 is none of the survey's, which go from 1 to 4"),
        ({"question": "e070"}, "the survey has no such question"),
        ({"text": " "}, "it has no text"),
    ],
)
def test_faults_are_named_with_their_row(changes: dict[str, str], fault: str) -> None:
    with pytest.raises(PromptTableError) as caught:
        read_closed_questions(table(**changes), SURVEY)
    assert fault in str(caught.value)
    assert f"{changes.get('question', 'e069_04')} in eng" in str(caught.value)


def test_languages_must_offer_the_same_codes() -> None:
    both = pd.concat([table(), table(language="deu", options="1=a|2=b|3=c")])
    with pytest.raises(PromptTableError, match="its answers in deu are others than in eng"):
        read_closed_questions(both, SURVEY)


def test_one_wrong_code_is_one_fault_however_many_languages_there_are() -> None:
    others = [table(language=code) for code in ("deu", "spa", "fra")]
    wrong = pd.concat([table(options="1=a|2=b|9=d"), *others], ignore_index=True)
    with pytest.raises(PromptTableError) as caught:
        read_closed_questions(wrong, SURVEY)
    assert str(caught.value) == (
        "closed_questions.csv, row 2, e069_04 in eng: code 9 is none of the survey's, which go "
        "from 1 to 4."
    )
    odd = pd.concat([table(options="1=a|2=b|3=d"), *others], ignore_index=True)
    with pytest.raises(PromptTableError) as caught:
        read_closed_questions(odd, SURVEY)
    assert str(caught.value) == (
        "closed_questions.csv, e069_04: its answers in eng are others than in deu spa fra. Give "
        "all the same codes, and words to the same ones."
    )


def test_orders() -> None:
    assert list_orders(FOUR, ("forward",)) == {0: (1, 2, 3, 4)}
    assert list_orders(FOUR, ("forward", "reversed")) == {0: (1, 2, 3, 4), -1: (4, 3, 2, 1)}
    assert list_orders(FOUR, ("cyclic",)) == {
        0: (1, 2, 3, 4),
        1: (2, 3, 4, 1),
        2: (3, 4, 1, 2),
        3: (4, 1, 2, 3),
    }


def test_scale_keeps_its_direction_or_is_reversed() -> None:
    assert list_orders(SCALE, ("cyclic",)) == {0: (1, 2, 3, 10)}
    assert list_orders(SCALE, ("cyclic", "reversed")) == {-1: (10, 3, 2, 1)}
    assert list_orders(SCALE, ("forward", "cyclic", "reversed")) == {
        0: (1, 2, 3, 10),
        -1: (10, 3, 2, 1),
    }


def test_answers_are_numbered_as_they_are_shown() -> None:
    assert show_question(FOUR, (4, 3, 2, 1), "Answer:") == (
        "How much?\n1. d\n2. c\n3. b\n4. a\nAnswer:"
    )
    assert show_question(SCALE, (1, 2, 3, 10), "Answer:") == (
        "Just?\n1. Never\n2.\n3.\n4. Always\nAnswer:"
    )
    assert show_question(FOUR, (1, 2), "A:", bare=True) == "1. a\n2. b\nA:"
