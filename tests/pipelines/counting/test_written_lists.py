from __future__ import annotations

import json
from typing import Any

import pytest

from isogloss.chat import ChatRequest, ChatResponse
from isogloss.pipelines.counting.generation_parameters import WritingParameters
from isogloss.pipelines.counting.generation_plan import INVENTED, Cell
from isogloss.pipelines.counting.written_lists import Writer, WrittenList
from tests.pipelines.counting.small_words import ScriptedChat, said

BIRDS = Cell("birds", 3, 2)
NEW = Cell(INVENTED, 2, 1)
GOOD: dict[str, Any] = {"members": ["Amsel", "Meise"], "others": ["Hammer"]}
NAMED = {"counted": "Tänze", "number_of": "der Tänze", "english": "Folk dances"}
INVENTION: dict[str, Any] = {"members": ["Polka"], "others": ["Brot"], **NAMED}


def writer(chat: ScriptedChat, **settings: Any) -> Writer:
    return Writer(
        chat.ask,
        "German",
        {"birds": "Vögel"},
        "Zähle {counted}: {list}. Zahl {number_of}:",
        {"birds", "musical genres"},
        WritingParameters.model_validate(settings),
    )


def answering(content: dict[str, Any]) -> ScriptedChat:
    def reply(request: ChatRequest) -> ChatResponse:
        return said("", (request.tools[0]["function"]["name"], json.dumps(content)))

    return ScriptedChat(reply)


def content_of(request: ChatRequest) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(request.messages[1]["content"])
    return found


def test_list_of_a_known_category_is_asked_for_and_read() -> None:
    chat = answering(GOOD)
    [found] = writer(chat).write([BIRDS], 0)
    assert isinstance(found, WrittenList)
    assert found.words == ["Amsel", "Meise", "Hammer"]
    [request] = chat.requests
    assert content_of(request) == {
        "language": "German",
        "members": 2,
        "others": 1,
        "category": "Vögel",
        "english": "birds",
    }
    assert request.sampling.temperature == 0.7


def test_category_is_invented_from_themes_in_turn() -> None:
    chat = answering(INVENTION)
    found = writer(chat, themes="music food").write([NEW, NEW, NEW], 0)
    assert [content_of(request)["theme"] for request in chat.requests] == ["music", "food", "music"]
    first = content_of(chat.requests[0])
    assert first["avoid"] == ["birds", "musical genres"]
    assert first["sentence"] == "Zähle {counted}: {list}. Zahl {number_of}:"
    assert "category" not in first
    assert isinstance(found[0], WrittenList)
    assert found[0].slug == "folk_dances"


def test_same_request_is_another_sample() -> None:
    chat = answering(GOOD)
    writer(chat).write([BIRDS, BIRDS, Cell("birds", 3, 2)], 40)
    assert [request.sample for request in chat.requests] == [40, 41, 42]


def test_json_is_asked_for_where_there_are_no_functions() -> None:
    chat = ScriptedChat(lambda request: said(json.dumps(GOOD)))
    [found] = writer(chat, answers="json").write([BIRDS], 0)
    assert isinstance(found, WrittenList)
    assert chat.requests[0].tools == ()


@pytest.mark.parametrize(
    ("cell", "content", "fault"),
    [
        (BIRDS, {**GOOD, "members": ["Amsel"]}, "There are 1 members and 1 others in place of 2"),
        (BIRDS, {**GOOD, "others": ["meise"]}, "'meise' stands there more than once"),
        (BIRDS, {**GOOD, "others": ["Hammer, Zange"]}, "'Hammer, Zange' is no word"),
        (BIRDS, {**GOOD, "others": ["7"]}, "'7' is no word"),
        (BIRDS, {**GOOD, "others": [" "]}, "'' is no word"),
        (BIRDS, {**GOOD, "others": ["x" * 41]}, "is no word"),
        (BIRDS, {**GOOD, "others": ["ein Wort zu viel hier"]}, "is no word"),
        (NEW, {**INVENTION, "counted": "  "}, "counted is no name of a category"),
        (NEW, {**INVENTION, "english": "Musical genres"}, "is one of those to avoid"),
        (NEW, {**INVENTION, "english": "Народы"}, "english is not English"),
        (NEW, GOOD, "There are 2 members"),
    ],
)
def test_unfit_lists_are_refused_with_their_fault(
    cell: Cell, content: dict[str, Any], fault: str
) -> None:
    chat = answering(content)
    [found] = writer(chat).write([cell], 0)
    assert isinstance(found, str)
    assert fault in found
    assert len(chat.requests) == 2  # one chance to mend
