import json

import pandas as pd
import pytest

from isogloss.pipelines.cultural.label_statements import (
    leave_out_cut,
    split_statements,
    tabulate_statements,
)
from isogloss.response_schemas import Statements


@pytest.mark.parametrize(
    ("answer", "statements"),
    [
        ("1. Yes.\n2. No.", ["Yes.", "No."]),
        ("1) Yes.\n2) No.", ["Yes.", "No."]),
        ("(1) Yes.\n(2) No.", ["Yes.", "No."]),
        ("1: Yes.\n2: No.", ["Yes.", "No."]),
        ("1 - Yes.\n2 - No.", ["Yes.", "No."]),
        ("**1.** Yes.\n**2.** No.", ["Yes.", "No."]),
        ("- 1. Yes.\n- 2. No.", ["Yes.", "No."]),
        ("Citizen 1: Yes.\n\n**Citizen 2:** No.", ["Yes.", "No."]),
        ("公民1：同意。\n公民2：反对。", ["同意。", "反对。"]),
        ("（１）同意。\n（２）反对。", ["同意。", "反对。"]),
        ("１．同意。２．反对。３．不知道。", ["同意。", "反对。", "不知道。"]),
        ("1、同意。2、反对。", ["同意。", "反对。"]),
        ("١. نعم\n٢. لا", ["نعم", "لا"]),
        ("1. Yes. 2. No. 3. Both.", ["Yes.", "No.", "Both."]),
        ("Here they are:\n\n1. Yes.\n2. No.", ["Yes.", "No."]),
        ("1. Yes.\n2. No.\n\nIn sum, they differ.", ["Yes.", "No."]),
        ("1. Yes.\n2. No.\n\n1. Again.\n2. And again.", ["Yes.", "No."]),
        ("1. Yes.\nSurely.\n2. No.", ["Yes. Surely.", "No."]),
        ("3. Yes.\n4. No.", ["Yes.", "No."]),
        ("1. Yes.\r\n2. No.\r\n", ["Yes.", "No."]),
        (
            "1. I pay 2.5 and 3 to 4.\n2. In 1990. Then 10.",
            ["I pay 2.5 and 3 to 4.", "In 1990. Then 10."],
        ),
        ("1. At 30. I thought 2. of it.\n2. No.", ["At 30. I thought 2. of it.", "No."]),
        ("- Yes.\n• No.", ["Yes.", "No."]),
        ("Yes.\n\nNo.", ["Yes.", "No."]),
        ("Just one.", ["Just one."]),
        ("1. Only one.", ["Only one."]),
        ("1. <b>Yes</b>.\n2. <strong>“</strong>\n3. ...", ["Yes."]),
        ("1.", []),
        ("  \n ", []),
        ("", []),
    ],
)
def test_statements_are_found(answer: str, statements: list[str]) -> None:
    assert split_statements(answer) == statements


def test_braces_and_markup_of_an_answer_mean_nothing() -> None:
    assert split_statements("1. {topic} {0} %s \\1\n2. $x") == ["{topic} {0} %s \\1", "$x"]


def test_long_answers_take_no_time() -> None:
    assert len(split_statements("1. " + "*" * 20_000 + " a\n2. b")) == 2
    assert split_statements("a 1 " * 20_000)


def test_first_number_of_a_base_model_stood_in_its_prompt() -> None:
    responses = pd.DataFrame(
        {
            "model": "m",
            "prompt_id": ["a" * 16, "b" * 16, "c" * 16],
            "sample": 0,
            "text": [" Yes.\n2. No.\n11", "1. Good.\n2. Bad.", ""],
            "decoding": [json.dumps({"lead": "1."}), *[json.dumps({"lead": ""})] * 2],
            "finish_reason": "stop",
        }
    )
    table = Statements.validate(tabulate_statements(responses))
    assert table["text"].tolist() == ["Yes.", "No. 11", "Good.", "Bad."]
    assert table["statement"].tolist() == [0, 1, 0, 1]
    assert set(table["prompt_id"]) == {"a" * 16, "b" * 16}


def test_statement_that_was_cut_is_none() -> None:
    assert leave_out_cut(["Yes.", "No, bec"], "length") == ["Yes."]
    assert leave_out_cut(["Yes.", "No, bec"], "stop") == ["Yes.", "No, bec"]
    assert leave_out_cut(["Yes.", "“No.”"], "length") == ["Yes.", "“No.”"]
    assert leave_out_cut(["同意。", "反对！"], "length") == ["同意。", "反对！"]
    assert leave_out_cut(["No, bec"], "length") == ["No, bec"]
    responses = pd.DataFrame(
        {
            "model": "m",
            "prompt_id": ["a" * 16],
            "sample": 0,
            "text": "1. Yes.\n2. No, bec",
            "decoding": '{"lead": ""}',
            "finish_reason": "length",
        }
    )
    assert tabulate_statements(responses)["text"].tolist() == ["Yes."]


def test_no_statement_at_all() -> None:
    responses = pd.DataFrame(
        {
            "model": "m",
            "prompt_id": ["a" * 16],
            "sample": 0,
            "text": "",
            "decoding": '{"lead": ""}',
            "finish_reason": "stop",
        }
    )
    assert Statements.validate(tabulate_statements(responses)).empty
