from __future__ import annotations

import json
import logging
from pathlib import Path

import pandas as pd
import pytest

from isogloss.chat import ChatRequest, ChatResponse, ResponseStore
from isogloss.language_models import LanguageModel
from isogloss.pipelines.cultural import response_nodes
from isogloss.pipelines.cultural.prompt_nodes import make_prompts
from isogloss.pipelines.cultural.prompt_parameters import SurveyPromptParameters
from isogloss.pipelines.cultural.prompt_tables import PromptTableError
from isogloss.pipelines.cultural.response_nodes import responder
from isogloss.pipelines.cultural.response_parameters import ResponseParameters
from isogloss.pipelines.cultural.response_requests import request_answers, whole_answer
from isogloss.response_schemas import Responses
from tests.pipelines.cultural.small_prompts import (
    ScriptedChat,
    countries,
    said,
    templates,
    topics,
)

PARAMETERS = ResponseParameters(samples=2, max_tokens=6, seed=5)


@pytest.fixture
def prompts() -> pd.DataFrame:
    parameters = SurveyPromptParameters(per_question=1)
    return make_prompts(templates(), topics(), countries(), parameters)


def test_every_prompt_and_sample_is_asked_alike(prompts: pd.DataFrame) -> None:
    requests = request_answers(prompts, "chat", PARAMETERS)
    assert len(requests) == 8
    assert [one.sample for one in requests] == [0, 1] * 4
    assert [one.messages[0]["content"] for one in requests[::2]] == prompts["text"].tolist()
    sampling = {one.sampling.model_dump_json() for one in requests}
    assert len(sampling) == 1
    assert json.loads(sampling.pop()) == {
        "temperature": 0.7,
        "top_p": 0.95,
        "max_tokens": 6,
        "seed": 5,
        "stop": ["\n11."],
    }
    documents = request_answers(prompts, "document", PARAMETERS)
    assert documents[0].messages == ({"role": "user", "content": prompts["document"].iloc[0]},)


def test_chat_model_is_sent_the_text(
    monkeypatch: pytest.MonkeyPatch, prompts: pd.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    def reply(request: ChatRequest) -> ChatResponse:
        return said(f"{request.sample}: {request.messages[0]['content'][:8]}")

    chat = ScriptedChat(reply)
    monkeypatch.setattr(response_nodes, "answer", chat.answer)
    with caplog.at_level(logging.INFO):
        table = responder("m")(chat, None, prompts, PARAMETERS)  # type: ignore[arg-type]
    Responses.validate(table)
    assert table["prompt_id"].tolist() == prompts["prompt_id"].repeat(2).tolist()
    expected = [f"{s}: {text[:8]}" for text in prompts["text"] for s in (0, 1)]
    assert table["text"].tolist() == expected
    assert json.loads(table["decoding"].iloc[0])["style"] == "chat"
    assert whole_answer("a", table["decoding"].iloc[0]) == "a"
    assert "8 answers (style chat), 0 of them cut" in caplog.text


def test_text_that_no_file_can_hold_is_mended(
    monkeypatch: pytest.MonkeyPatch, prompts: pd.DataFrame, tmp_path: Path
) -> None:
    chat = ScriptedChat(lambda request: said("1. Yes \ud83d\n2. 好 {topic}\x00"))
    monkeypatch.setattr(response_nodes, "answer", chat.answer)
    table = responder("m")(chat, None, prompts, PARAMETERS)  # type: ignore[arg-type]
    assert table["text"].iloc[0] == "1. Yes ?\n2. 好 {topic}\x00"
    table.to_parquet(tmp_path / "responses.parquet")


def test_base_model_goes_on_with_the_document_and_is_asked_once(
    speaker: LanguageModel, prompts: pd.DataFrame, tmp_path: Path
) -> None:
    store = ResponseStore(tmp_path / "store")
    table = Responses.validate(responder("speaker")(speaker, store, prompts, PARAMETERS))
    assert len(table) == 8
    assert (table["completion_tokens"] <= 6).all()
    described = json.loads(table["decoding"].iloc[0])
    assert (described["style"], described["lead"]) == ("document", "1.")
    assert whole_answer(" Yes.", table["decoding"].iloc[0]) == "1. Yes."
    first, second = table["text"].iloc[0], table["text"].iloc[1]
    assert first != second, "samples are drawn apart"
    kept = (tmp_path / "store" / "responses.jsonl").read_bytes()
    again = responder("speaker")(speaker, store, prompts, PARAMETERS)
    pd.testing.assert_frame_equal(table, again)
    more = responder("speaker")(
        speaker, store, prompts, PARAMETERS.model_copy(update={"samples": 3})
    )
    assert (tmp_path / "store" / "responses.jsonl").read_bytes().startswith(kept)
    merged = table.merge(more, on=["prompt_id", "sample"])
    assert (merged["text_x"] == merged["text_y"]).all()
    assert len(more) == 12


def test_model_with_a_chat_template_is_sent_the_text(
    chat_speaker: LanguageModel, prompts: pd.DataFrame, tmp_path: Path
) -> None:
    store = ResponseStore(tmp_path / "store")
    table = responder("chat_speaker")(chat_speaker, store, prompts, PARAMETERS)
    assert {json.loads(one)["style"] for one in table["decoding"]} == {"chat"}
    assert {json.loads(one)["lead"] for one in table["decoding"]} == {""}


def test_base_model_without_a_document_is_refused(prompts: pd.DataFrame) -> None:
    prompts.loc[2, "document"] = ""
    with pytest.raises(PromptTableError, match=r"in deu has no document|in eng has no document"):
        request_answers(prompts, "document", PARAMETERS)
    assert len(request_answers(prompts, "chat", PARAMETERS)) == 8
