from __future__ import annotations

import json
from typing import Any

import pytest

from isogloss.chat import ChatResponse, batch_lines
from isogloss.chat.batch_lines import join_lines, split_lines
from isogloss.chat.scrubbing import Scrubber
from tests.chat.conftest import SENTINEL, ask

PLAIN = Scrubber("")


def lines(*given: Any) -> bytes:
    return b"".join(
        (one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in given
    )


def answered(key: str, text: str = "x") -> dict[str, Any]:
    return ChatResponse(key, text).to_line()


def failed(key: str, status: int, message: str) -> dict[str, Any]:
    response = {"status_code": status, "body": {"error": {"message": message}}}
    return {"id": "b", "custom_id": key, "response": response, "error": None}


def text_of(line: Any) -> str:
    return ChatResponse.from_line(line).text


def test_files_hold_as_many_requests_as_the_api_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = [ask(f"Größe {number}").to_line("m") for number in range(25)]
    monkeypatch.setattr(batch_lines, "MOST_REQUESTS", 10)
    parts = list(split_lines(requests))
    assert [len(part) for part in parts] == [10, 10, 5]
    assert [line for part in parts for line in part] == requests
    assert list(split_lines([])) == []


def test_files_hold_as_many_bytes_as_the_api_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = [ask("ß" * number).to_line("m") for number in (100, 100, 1000, 10)]
    size = len(json.dumps(requests[0], ensure_ascii=False, separators=(",", ":")).encode()) + 1
    monkeypatch.setattr(batch_lines, "MOST_BYTES", 2 * size)
    assert [len(part) for part in split_lines(requests)] == [2, 1, 1]
    monkeypatch.setattr(batch_lines, "MOST_BYTES", 2 * size - 1)
    assert [len(part) for part in split_lines(requests)] == [1, 1, 1, 1]


def test_answers_are_joined_by_key_whatever_their_order() -> None:
    joined = join_lines([lines(answered("b", "B"), answered("a", "A"))], ["a", "b"], PLAIN)
    assert {key: text_of(line) for key, line in joined.answers.items()} == {"a": "A", "b": "B"}
    assert (joined.odd, joined.missing(["a", "b"])) == (0, [])


def test_lines_that_a_server_should_not_write_are_counted() -> None:
    output = lines(
        answered("a", "first"),
        answered("a", "second"),
        answered("never asked"),
        b'{"custom_id": "b", "respon',
        b"",
        {"no": "key"},
        answered("c", "\u2028 is no line end"),
    )
    joined = join_lines([output], ["a", "b", "c", "d"], PLAIN)
    assert {key: text_of(line) for key, line in joined.answers.items()} == {
        "a": "first",
        "c": "\u2028 is no line end",
    }
    assert (joined.repeated, joined.unknown, joined.damaged) == (1, 1, 2)
    assert joined.missing(["a", "b", "c", "d"]) == ["b", "d"]


@pytest.mark.parametrize(
    ("line", "reason", "permanent"),
    [
        (failed("a", 400, "too long"), "HTTP 400: too long", True),
        (failed("a", 500, f"broke {SENTINEL}"), "HTTP 500: broke <key>", False),
        (failed("a", 429, "busy"), "HTTP 429: busy", False),
        (
            {"custom_id": "a", "response": None, "error": {"code": "x", "message": "expired"}},
            "expired",
            False,
        ),
        ({"custom_id": "a", "response": None, "error": "plain"}, "plain", False),
        ({"custom_id": "a"}, "the answer is no JSON object", False),
        (
            {"custom_id": "a", "response": {"status_code": 200, "body": {"choices": []}}},
            "the answer has no choices",
            False,
        ),
        ({"custom_id": "a", "response": {"status_code": "?"}}, "no JSON object", False),
    ],
)
def test_lines_with_errors_are_failures(line: Any, reason: str, permanent: bool) -> None:
    joined = join_lines([b"", lines(line)], ["a"], Scrubber(SENTINEL))
    found, is_permanent = joined.failures["a"]
    assert (reason in found, is_permanent) == (True, permanent)


def test_an_answer_makes_up_for_an_error_before_or_after_it() -> None:
    for order in ([failed("a", 500, "x"), answered("a")], [answered("a"), failed("a", 500, "x")]):
        joined = join_lines([lines(one) for one in order], ["a"], PLAIN)
        assert list(joined.answers) == ["a"]
        assert joined.failures == {}
