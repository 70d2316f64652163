from __future__ import annotations

import dataclasses
import json
import logging
import time
from typing import Any

import pytest

from isogloss.chat import ChatError, ChatResponse, ResponseStore, Spending
from isogloss.chat.contents import Failure
from isogloss.chat.scrubbing import Scrubber
from tests.chat.conftest import SENTINEL

PLAIN = Scrubber("")


def answered(key: str, text: str = "x", **more: Any) -> dict[str, Any]:
    return {**ChatResponse(key, text, (), "stop", 10, 5, "m").to_line(), **more}


def test_a_store_that_nobody_has_written_to_is_empty(store: ResponseStore) -> None:
    assert store.read().responses == {}
    assert store.spending() == Spending()
    assert not store.folder.exists()


def test_answers_are_on_the_disk_when_they_are_kept(store: ResponseStore) -> None:
    with store.open(PLAIN) as held:
        assert held.keep_answers([answered("a", "Größe"), answered("b")]) == 2
        assert store.read().responses["a"] == ChatResponse("a", "Größe", (), "stop", 10, 5, "m")
    line = json.loads((store.folder / "responses.jsonl").read_text().splitlines()[0])
    assert line["custom_id"] == "a"
    assert line["response"]["body"]["choices"][0]["message"]["content"] == "Größe"
    assert line["received"].endswith("+00:00")


def test_the_first_answer_to_a_request_counts(
    store: ResponseStore, caplog: pytest.LogCaptureFixture
) -> None:
    with store.open(PLAIN) as held:
        assert held.keep_answers([answered("a", "first"), answered("a", "second")]) == 1
        assert held.keep_answers([answered("a", "third")]) == 0
    path = store.folder / "responses.jsonl"
    path.write_text(path.read_text() * 2)
    with caplog.at_level(logging.INFO):
        contents = store.read()
    assert contents.responses["a"].text == "first"
    assert contents.spending.answers == 1
    assert "of 1 repeated answers the first counts" in caplog.text


def test_an_answer_makes_up_for_failures_and_the_last_failure_counts(store: ResponseStore) -> None:
    with store.open(PLAIN) as held:
        held.keep_failures([Failure("a", "HTTP 500"), Failure("b", "HTTP 500")])
        held.keep_failures([Failure("a", "HTTP 400", permanent=True, sent="s")])
        held.keep_answers([answered("b")])
        held.keep_failures([Failure("b", "late")])
        assert held.contents.failures == {"a": Failure("a", "HTTP 400", True, "s")}
    assert store.read().failures == held.contents.failures


def test_spending_is_the_same_while_asking_and_read_again(store: ResponseStore) -> None:
    with store.open(PLAIN) as held:
        held.keep_answers([answered("a", cost=0.5, unreported_tokens=7), answered("b")])
        held.keep_failures([Failure("c", "cut", cost=0.25, unreported_tokens=100)])
        spent = held.contents.spending
    assert store.spending() == spent
    assert dataclasses.asdict(spent) == {
        "answers": 2,
        "prompt_tokens": 20,
        "completion_tokens": 10,
        "unreported_tokens": 107,
        "money": 0.75,
        "without_price": 1,
    }
    assert spent.tokens == 137
    assert str(spent) == "2 answers, 137 tokens, price 0.75"


@pytest.mark.parametrize("name", ["responses.jsonl", "failures.jsonl"])
def test_lines_of_something_else_are_refused_with_file_and_line(
    store: ResponseStore, name: str
) -> None:
    with store.open(PLAIN) as held:
        held.keep_answers([answered("a")])
    (store.folder / name).write_text('{"custom_id": "a", "response": {"body": {"choices": []}}}\n')
    with pytest.raises(ChatError, match=f"{name}, line 1 is damaged"):
        store.read()


def test_a_key_that_a_server_sends_back_reaches_no_file(store: ResponseStore) -> None:
    with store.open(Scrubber(SENTINEL)) as held:
        held.keep_answers([answered("a", f"your key is {SENTINEL}")])
        held.keep_failures([Failure("b", f"HTTP 400: {SENTINEL}")])
    for path in store.folder.iterdir():
        assert SENTINEL not in path.read_text()
    assert store.read().responses["a"].text == "your key is <key>"
    assert store.read() == held.contents


def test_what_is_used_is_what_was_written(store: ResponseStore) -> None:
    with store.open(PLAIN) as held:
        held.keep_answers([answered("a", "cut in the middle of \ud83d")])
        assert held.contents.responses["a"].text == "cut in the middle of ?"
        assert store.read() == held.contents


def test_a_hundred_thousand_answers_are_read_quickly(store: ResponseStore) -> None:
    text = "A sentence of an answer as they are, with some more words in it. " * 10
    store.folder.mkdir()
    with (store.folder / "responses.jsonl").open("w") as file:
        for number in range(100_000):
            file.write(json.dumps(answered(f"key-{number}", text, cost=0.001)) + "\n")
    start = time.monotonic()
    contents = store.read()
    assert time.monotonic() - start < 10
    assert len(contents.responses) == 100_000
    assert contents.spending.money == pytest.approx(100)
