from __future__ import annotations

import json
from typing import Any, cast

import pandas as pd
import pytest

from isogloss.chat import ChatRequest, ChatResponse
from isogloss.language_models import LanguageModel
from isogloss.partitions import StoredPartitions
from isogloss.pipelines.cultural import label_check_nodes
from isogloss.pipelines.cultural.label_accuracy import measure_accuracy, read_labelled_statements
from isogloss.pipelines.cultural.label_calls import FUNCTION
from isogloss.pipelines.cultural.label_check_nodes import (
    call_checker,
    likelihood_checker,
    weigh_known_statements,
)
from isogloss.pipelines.cultural.label_parameters import LabellingParameters
from isogloss.pipelines.cultural.label_tables import Labelled, Opinion
from isogloss.pipelines.cultural.prompt_parameters import SurveyPromptParameters
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


BOTH = SurveyPromptParameters(languages=("eng", "deu"))


def weigh(
    speaker: LanguageModel,
    parameters: LabellingParameters = PARAMETERS,
    prompts: SurveyPromptParameters = BOTH,
    statements: pd.DataFrame = STATEMENTS,
) -> StoredPartitions[pd.DataFrame]:
    stances, words = read_shipped("statements"), read_shipped("answer_words")
    made = weigh_known_statements(speaker, statements, stances, words, parameters, prompts)
    found = dict(made.compute(list(made.items)))
    return StoredPartitions(made.fingerprint, made.items, found.__getitem__)


def test_shares_of_right_labels() -> None:
    known, sides = read_labelled_statements(STATEMENTS)
    assert sides == ["pro", "pro", "con", "neutral"]
    assert [one.key for one in known] == [("eng", 0), ("eng", 1), ("eng", 2), ("deu", 0)]
    given: list[tuple[Opinion, ...]] = [("pro",), ("con",), ("con",), ()]
    labels = {
        one.key: Labelled(opinions, "labelled") for one, opinions in zip(known, given, strict=True)
    }
    table = measure_accuracy("x", sides, known, labels, 0.95)
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
    wrong = STATEMENTS.assign(stance=["pro", "for", "con", "pro"])
    for languages in (None, ["deu"]):
        with pytest.raises(PromptTableError, match="row 3, f121 in eng: the stance is 'for'"):
            read_labelled_statements(wrong, languages)


def test_labellers_by_calls_and_by_likelihood_are_tried(
    monkeypatch: pytest.MonkeyPatch, speaker: LanguageModel
) -> None:
    def reply(request: ChatRequest) -> ChatResponse:
        return said("", (FUNCTION, json.dumps({"opinions": ["pro"], "language": "en"})))

    chat: Any = ScriptedChat(reply)
    monkeypatch.setattr(label_check_nodes, "answer", chat.answer)
    languages = pd.DataFrame({"language": ["eng", "deu"], "bcp47": ["en", "de"]})
    stances = read_shipped("statements")
    check = call_checker("judge")
    store: Any = None
    called = check(chat, store, STATEMENTS, stances, languages, PARAMETERS, BOTH)
    assert LabelAccuracy.validate(called)["right"].iloc[-1] == 0.5
    tried = likelihood_checker("here")(weigh(speaker), STATEMENTS, PARAMETERS)
    assert LabelAccuracy.validate(tried)["n"].max() == 4
    assert tried.attrs["made_from"]["check_weights"]["definition"] == 1


def test_labellers_are_tried_in_the_languages_asked(
    monkeypatch: pytest.MonkeyPatch, speaker: LanguageModel
) -> None:
    german = SurveyPromptParameters(languages=("deu",))
    weights = weigh(speaker, prompts=german)
    assert list(weights) == ["deu"]
    whole = weigh(speaker)
    assert whole.item_fingerprints["deu"] == weights.item_fingerprints["deu"]
    tried = likelihood_checker("here")(weights, STATEMENTS, PARAMETERS)
    assert set(tried["language"]) == {"deu", "all"}
    assert tried["n"].max() == 1
    anyway = PARAMETERS.model_copy(update={"check_languages": ("all",)})
    assert list(weigh(speaker, anyway, german)) == ["eng", "deu"]

    asked: list[ChatRequest] = []

    def reply(request: ChatRequest) -> ChatResponse:
        asked.append(request)
        return said("", (FUNCTION, json.dumps({"opinions": ["neutral"], "language": "de"})))

    monkeypatch.setattr(label_check_nodes, "answer", ScriptedChat(reply).answer)
    languages = pd.DataFrame({"language": ["eng", "deu"], "bcp47": ["en", "de"]})
    chat, store = cast("Any", None), cast("Any", None)
    stances = read_shipped("statements")
    called = call_checker("judge")(chat, store, STATEMENTS, stances, languages, PARAMETERS, german)
    assert len(asked) == 1, "nothing is paid for languages that are not asked"
    assert set(called["language"]) == {"deu", "all"}


def test_another_text_is_weighed_anew_in_its_language_alone(speaker: LanguageModel) -> None:
    before = weigh(speaker).item_fingerprints
    other = STATEMENTS.assign(text=["a", "b", "c", "e"])
    after = weigh(speaker, statements=other).item_fingerprints
    assert before["eng"] == after["eng"]
    assert before["deu"] != after["deu"]
