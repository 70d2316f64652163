from __future__ import annotations

import json
from typing import Any

import pytest

from isogloss.chat import ChatRequest, ChatResponse
from isogloss.pipelines.counting.generation_parameters import JudgingParameters
from isogloss.pipelines.counting.validation_judge import OpenWords, judge_words
from tests.pipelines.counting.small_words import ScriptedChat, said

NAMES = {("birds", "deu"): "Vögel", ("invented_old_songs", "deu"): "Lieder"}
OPINIONS = {"Amsel": "yes", "Hammer": "No", "Strauß": "unsure", "Note": "no"}
QUESTIONS = [
    OpenWords("deu", "birds", ("Amsel", "Hammer")),
    OpenWords("deu", "birds", ("Strauß", "Amsel")),
    OpenWords("deu", "invented_old_songs", ("Note",)),
]


def content_of(request: ChatRequest) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(request.messages[1]["content"])
    return found


def opinion(request: ChatRequest) -> ChatResponse:
    answers = [OPINIONS[word] for word in content_of(request)["words"]]
    return said("", ("judge_words", json.dumps({"answers": answers})))


def judge(chat: ScriptedChat, **settings: Any) -> list[Any]:
    parameters = JudgingParameters.model_validate(settings)
    return judge_words(chat.ask, QUESTIONS, {"deu": "German"}, NAMES, parameters)


@pytest.mark.parametrize(("words", "requests"), [("apart", 4), ("together", 3)])
def test_words_are_judged_apart_or_together(words: str, requests: int) -> None:
    chat = ScriptedChat(opinion)
    assert judge(chat, words=words) == [(True, False), (None, True), (False,)]
    assert len(chat.requests) == requests  # Amsel is asked about once


def test_category_is_named_in_the_language_and_in_english() -> None:
    chat = ScriptedChat(opinion)
    judge(chat, words="together")
    assert content_of(chat.requests[0]) == {
        "language": "German",
        "category": "Vögel",
        "english": "birds",
        "words": ["Amsel", "Hammer"],
    }
    assert content_of(chat.requests[2])["english"] == "old songs"
    assert chat.requests[0].sampling.temperature == 0


def test_unreadable_answer_is_no_answer() -> None:
    def reply(request: ChatRequest) -> ChatResponse:
        return (
            said("I cannot say.")
            if "Hammer" in request.messages[1]["content"]
            else opinion(request)
        )

    for words in ("apart", "together"):
        first, second, third = judge(ScriptedChat(reply), words=words)
        assert "Invalid JSON" in first
        assert (second, third) == ((None, True), (False,))


def test_number_of_answers_must_fit() -> None:
    chat = ScriptedChat(lambda request: said("", ("judge_words", '{"answers": ["yes"]}')))
    first, _, third = judge(chat, words="together")
    assert first == "There are 2 words, and 1 answers."
    assert third == (True,)
