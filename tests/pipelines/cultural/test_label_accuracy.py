from __future__ import annotations

import json

import pandas as pd
import pytest

from isogloss.chat import ChatRequest, ChatResponse
from isogloss.language_models import LanguageModel
from isogloss.pipelines.cultural import label_check_nodes
from isogloss.pipelines.cultural.label_accuracy import measure_accuracy, read_labelled_statements
from isogloss.pipelines.cultural.label_calls import FUNCTION
from isogloss.pipelines.cultural.label_check_nodes import call_checker, likelihood_checker
from isogloss.pipelines.cultural.label_parameters import LabellingParameters
from isogloss.pipelines.cultural.label_tables import Labelled, Opinion
from isogloss.pipelines.cultural.prompt_tables import PromptTableError
from isogloss.response_schemas import LabelAccuracy
from tests.pipelines.cultural.small_prompts import ScriptedChat, read_shipped, said

PARAMETERS = LabellingParameters.model_validate(
    {"labellers": {"x": {"kind": "call", "model": "m"}}, "scores": "x"}
)
STATEMENTS = pd.DataFrame(
    {
        "question": "f121",
        "language": ["eng", "eng", "eng", "deu"],
        "stance": ["pro", "pro", "con", "neutral"],
        "text": ["a", "b", "c", "d"],
    }
)


def test_shares_of_right_labels() -> None:
    known = read_labelled_statements(STATEMENTS)
    given: list[tuple[Opinion, ...]] = [("pro",), ("con",), ("con",), ()]
    labels = {
        one.key: Labelled(opinions, "labelled") for one, opinions in zip(known, given, strict=True)
    }
    table = measure_accuracy("x", list(STATEMENTS["stance"]), known, labels, 0.95)
    LabelAccuracy.validate(table)
    cells = {
        (row["language"], row["stance"]): [row[name] for name in ("n", "right", "pro", "con")]
        for row in table.to_dict("records")
    }
    assert cells["eng", "pro"] == [2, 0.5, 0.5, 0.5]
    assert cells["all", "all"] == [4, 0.5, 0.25, 0.5]
    assert cells["deu", "neutral"] == [1, 0, 0, 0]
    assert ("deu", "pro") not in cells
    # Wilson 1927: one of two.
    assert table["ci_low"].iloc[0] == pytest.approx(0.0945, abs=1e-4)


def test_rows_without_a_side_are_refused() -> None:
    with pytest.raises(PromptTableError, match="row 2: the stance is 'for'"):
        read_labelled_statements(STATEMENTS.assign(stance=["pro", "for", "con", "pro"]))


def test_labellers_by_calls_and_by_likelihood_are_tried(
    monkeypatch: pytest.MonkeyPatch, speaker: LanguageModel
) -> None:
    def reply(request: ChatRequest) -> ChatResponse:
        return said("", (FUNCTION, json.dumps({"opinions": ["pro"], "language": "en"})))

    chat = ScriptedChat(reply)
    monkeypatch.setattr(label_check_nodes, "answer", chat.answer)
    languages = pd.DataFrame({"language": ["eng", "deu"], "bcp47": ["en", "de"]})
    stances = read_shipped("statements")
    check = call_checker("judge")
    called = check(chat, None, STATEMENTS, stances, languages, PARAMETERS)  # type: ignore[arg-type]
    assert LabelAccuracy.validate(called)["right"].iloc[-1] == 0.5
    words = read_shipped("answer_words")
    tried = likelihood_checker("here")(speaker, STATEMENTS, stances, words, PARAMETERS)
    assert LabelAccuracy.validate(tried)["n"].max() == 4
