from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from isogloss.chat import ChatError, ChatRequest, ChatResponse, ChatSampling
from isogloss.chat.records import fault_of_body, response_line
from tests.chat.conftest import ask

TOOL = {"type": "function", "function": {"name": "label", "parameters": {"type": "object"}}}
FORCED = {"type": "function", "function": {"name": "label"}}


def test_the_body_holds_what_was_asked_and_nothing_that_was_left_open() -> None:
    request = ask("{topic} [bold]%s", sampling=ChatSampling(temperature=0, stop=("11.",)))
    assert request.body("m") == {
        "model": "m",
        "messages": [{"role": "user", "content": "{topic} [bold]%s"}],
        "temperature": 0.0,
        "stop": ["11."],
    }
    forced = ask("x", sampling=ChatSampling(), tools=(TOOL,), tool_choice=FORCED)
    body = forced.body("m")
    assert (body["tools"], body["tool_choice"]) == ([TOOL], FORCED)


def test_samples_of_a_seeded_request_are_seeded_one_after_the_other() -> None:
    sampling = ChatSampling(seed=7)
    assert [ask("x", sampling=sampling, sample=n).body("m")["seed"] for n in (0, 1)] == [7, 8]


def test_the_key_tells_apart_what_is_asked_of_whom_and_how_often() -> None:
    changed = [
        ask("x").key("m"),
        ask("y").key("m"),
        ask("x").key("other"),
        ask("x", sample=1).key("m"),
        ask("x", tools=(TOOL,)).key("m"),
        ask("x", sampling=ChatSampling(max_tokens=51)).key("m"),
        ask("x").key("m", {"top_k": 5}),
    ]
    assert len(set(changed)) == len(changed)
    # It must never change: stored answers, which were paid, are found by it.
    assert changed[0] == "a528f8837274141ff79b1212"


def test_the_key_does_not_depend_on_the_order_of_fields() -> None:
    one = ChatRequest(({"role": "user", "content": "x"},), ChatSampling())
    other = ChatRequest(({"content": "x", "role": "user"},), ChatSampling())
    assert one.key("m") == other.key("m")


def test_a_request_becomes_a_line_of_a_batch_file_and_back() -> None:
    sampling = ChatSampling(temperature=0.5, max_tokens=9, seed=3, stop=("a", "b"))
    request = ask("Größe 中", sampling=sampling, tools=(TOOL,), tool_choice=FORCED, sample=2)
    line = request.to_line("m", {"top_k": 5})
    assert line["custom_id"] == request.key("m", {"top_k": 5})
    assert (line["method"], line["url"]) == ("POST", "/v1/chat/completions")
    assert (line["body"]["top_k"], line["body"]["seed"]) == (5, 5)
    assert ChatRequest.from_line(line, sample=2) == request
    line["body"]["max_completion_tokens"] = line["body"].pop("max_tokens")
    assert ChatRequest.from_line(line, sample=2) == request


def test_a_response_becomes_a_line_of_a_batch_file_and_back() -> None:
    calls = (("label", '{"opinions": ["pro"]}'), ("label", "no JSON"))
    response = ChatResponse("k", "text", calls, "tool_calls", 3, 4, "m-1")
    line = response.to_line()
    assert line["custom_id"] == "k"
    assert line["response"]["status_code"] == 200
    assert ChatResponse.from_line(line) == response


def body(**message: Any) -> dict[str, Any]:
    return {"choices": [{"message": message, "finish_reason": "stop"}]}


@pytest.mark.parametrize(
    ("given", "text", "calls"),
    [
        (body(content=None), "", ()),
        (body(content=None, refusal="I will not."), "I will not.", ()),
        (body(content=[{"type": "text", "text": "a"}, {"text": "b"}, "c"]), "ab", ()),
        (body(), "", ()),
        (body(content="x", tool_calls=None), "x", ()),
        (body(content="x", tool_calls=["?", {"function": {"name": "f"}}, {}]), "x", (("f", ""),)),
        (body(content="x", tool_calls={"name": "f"}), "x", ()),
    ],
)
def test_messages_in_all_the_ways_of_servers(given: Any, text: str, calls: Any) -> None:
    response = ChatResponse.from_line(response_line("k", given))
    assert (response.text, response.tool_calls) == (text, calls)
    assert (response.prompt_tokens, response.completion_tokens) == (None, None)


def test_an_answer_that_a_filter_cut_says_so() -> None:
    cut = {"choices": [{"message": {"content": "I th"}, "finish_reason": "content_filter"}]}
    response = ChatResponse.from_line(response_line("k", cut))
    assert (response.text, response.finish_reason) == ("I th", "content_filter")
    assert "content filter" in response.error


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ([], "no JSON object"),
        ({}, "no choices"),
        ({"choices": [], "error": {"message": "over"}}, "no choices: {'message': 'over'}"),
        ({"choices": ["x"]}, "no message"),
        ({"choices": [{"message": "x"}]}, "no message"),
        ({"choices": [{"message": {}}], "usage": [1]}, "usage"),
        ({"choices": [{"message": {}}]}, ""),
    ],
)
def test_bodies_that_are_no_answers(given: Any, fault: str) -> None:
    assert fault in fault_of_body(given)
    assert bool(fault) == bool(fault_of_body(given))


def test_requests_that_cannot_be_sent_are_refused() -> None:
    with pytest.raises(ChatError, match="without messages"):
        ChatRequest((), ChatSampling())
    with pytest.raises(ChatError, match="role 'human'.*system, developer, user"):
        ChatRequest(({"role": "human", "content": "x"},), ChatSampling())
    with pytest.raises(ChatError, match="character 2 is half of a surrogate pair"):
        ask("ab\ud800")
    with pytest.raises(ChatError, match="from 0"):
        ask("x", sample=-1)
    with pytest.raises(ValidationError, match="temprature"):
        ChatSampling.model_validate({"temprature": 1})
