from __future__ import annotations

import logging

import pandas as pd
import pytest

from isogloss.pipelines.cultural.closed_parameters import ClosedSurveyParameters
from isogloss.pipelines.cultural.label_parameters import LabellingParameters
from isogloss.pipelines.cultural.prompt_check_nodes import check_prompt_tables
from isogloss.pipelines.cultural.prompt_parameters import SurveyPromptParameters
from isogloss.pipelines.cultural.prompt_tables import PromptTableError
from tests.pipelines.cultural.small_prompts import read_reference, read_shipped

QUESTIONS = ("f120", "e117")
PROMPTS = SurveyPromptParameters(languages=("eng", "deu"), questions=QUESTIONS)
CLOSED = ClosedSurveyParameters(languages=("asked",))
OPEN_TABLES = (
    *("templates", "topics", "countries", "statements", "labelled_statements", "answer_words"),
)


def labelling(kind: str = "likelihood") -> LabellingParameters:
    return LabellingParameters.model_validate(
        {"labellers": {"mine": {"kind": kind, "model": "any"}}, "scores": "mine"}
    )


def truth(*questions: str) -> pd.DataFrame:
    return pd.DataFrame({"question": questions, "pro_score": [0.5] * len(questions)})


def shipped(*names: str) -> dict[str, pd.DataFrame]:
    return {name: read_shipped(name) for name in names}


def check(
    tables: dict[str, pd.DataFrame],
    kind: str = "likelihood",
    closed: ClosedSurveyParameters = CLOSED,
    scored: tuple[str, ...] = QUESTIONS,
) -> dict[str, pd.DataFrame]:
    questions = read_reference("survey_questions")
    return check_prompt_tables(
        questions, truth(*scored), PROMPTS, labelling(kind), closed, **tables
    )


def without(table: pd.DataFrame, **values: str) -> pd.DataFrame:
    found = pd.Series(data=True, index=table.index)
    for column, value in values.items():
        found &= table[column] == value
    assert found.any()
    return table[~found]


def test_tables_without_faults_are_given_on_as_they_are() -> None:
    tables = shipped(*OPEN_TABLES, "closed_questions")
    checked = check(tables)
    assert list(checked) == list(tables)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(checked[name], table)


@pytest.mark.parametrize(
    ("table", "removed", "message"),
    [
        ("topics", {"question": "f120", "language": "deu", "phrasing": "1"}, "f120"),
        ("statements", {"question": "e117", "language": "eng"}, "e117 is missing in eng"),
        ("labelled_statements", {"language": "deu"}, "deu"),
        ("closed_questions", {"language": "deu"}, "deu"),
        ("answer_words", {"language": "deu"}, "has no 'summary' in deu"),
    ],
)
def test_what_a_later_step_would_miss_is_missed_here(
    table: str, removed: dict[str, str], message: str, caplog: pytest.LogCaptureFixture
) -> None:
    tables = shipped(*OPEN_TABLES, "closed_questions")
    tables[table] = without(tables[table], **removed)
    if table in ("labelled_statements", "closed_questions"):
        # Languages that are only followed are left out with a warning; those asked for are not.
        check(tables)
        assert "the table has no deu" in caplog.text
        if table == "closed_questions":
            with pytest.raises(PromptTableError, match=message):
                check(tables, closed=ClosedSurveyParameters(languages=("deu",)))
        return
    with pytest.raises(PromptTableError, match=message):
        check(tables)


def test_only_what_is_used_is_needed() -> None:
    check(shipped("closed_questions", "answer_words"))
    tables = shipped(*OPEN_TABLES)
    tables["answer_words"] = without(tables["answer_words"], language="deu")
    check(tables, kind="call")


def test_questions_that_nobody_has_a_score_of_are_named(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    check(shipped(*OPEN_TABLES))
    assert "compared with nothing" not in caplog.text
    check(shipped(*OPEN_TABLES), scored=("f120",))
    assert "has a score of e117: answers to them are compared with nothing" in caplog.text
