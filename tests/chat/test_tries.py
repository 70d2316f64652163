from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from isogloss.chat.scrubbing import Scrubber
from isogloss.chat.tries import broken_off, read_answer, read_status
from tests.chat.conftest import SENTINEL

PLAIN = Scrubber("")


def stated(message: str, code: str | None = None) -> str:
    return json.dumps({"error": {"message": message, "type": "t", "code": code}})


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (400, "refused"),
        (401, "stop"),
        (403, "stop"),
        (404, "stop"),
        (405, "refused"),
        (408, "again"),
        (409, "again"),
        (413, "refused"),
        (422, "refused"),
        (429, "again"),
        (500, "again"),
        (503, "again"),
        (529, "again"),
    ],
)
def test_what_follows_from_a_status(code: int, kind: str) -> None:
    outcome = read_status(code, stated("why"), {}, PLAIN)
    assert outcome.kind == kind
    assert f"HTTP {code}: why" in outcome.reason
    assert not outcome.may_be_charged


def test_an_account_without_credit_stops_the_run() -> None:
    outcome = read_status(429, stated("quota", "insufficient_quota"), {}, PLAIN)
    assert outcome.kind == "stop"
    assert outcome.reason == "The account has no credit left (HTTP 429: quota)."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (stated(f"key {SENTINEL}"), "HTTP 500: key <key>"),
        ('{"message": "plain"}', "HTTP 500: plain"),
        ('{"detail": "Not Found"}', "HTTP 500: Not Found"),
        ('{"error": "text"}', "HTTP 500: text"),
        ("<html>\n<b>Bad\x1b gateway</b>", "HTTP 500: <html> <b>Bad gateway</b>"),
        ("[1]", "HTTP 500: [1]"),
        ("", "HTTP 500: no message"),
    ],
)
def test_messages_are_found_wherever_servers_put_them(text: str, message: str) -> None:
    assert read_status(500, text, {}, Scrubber(SENTINEL)).reason == message


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
def test_the_wait_that_a_server_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    assert read_status(429, "", headers, PLAIN).wait == seconds


def test_the_wait_may_be_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    wait = read_status(503, "", {"retry-after": date}, PLAIN).wait
    assert wait is not None
    assert 27 < wait <= 30
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=30), usegmt=True)
    assert read_status(503, "", {"retry-after": past}, PLAIN).wait == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"choices": [', "broken JSON"),
        (b"", "broken JSON"),
        (b"\xff\xfe", "broken JSON"),
        (b"[" * 100_000, "broken JSON"),
        (b"<html>", "broken JSON"),
        (b'{"choices": []}', "no choices"),
    ],
)
def test_a_broken_answer_may_be_charged_and_is_asked_again(content: bytes, reason: str) -> None:
    outcome = read_answer(content, PLAIN)
    assert (outcome.kind, outcome.may_be_charged) == ("again", True)
    assert reason in outcome.reason


class ConnectError(Exception):
    """Named as that of the library behind the client."""


def test_an_address_that_cannot_be_reached_is_named_without_what_may_be_a_key() -> None:
    error = RuntimeError("Connection error.")
    error.__cause__ = ConnectError(f"refused {SENTINEL}")
    address = "http://user:word@127.0.0.1:4180/secret/v1?token=abc"
    outcome = broken_off(error, address, Scrubber(SENTINEL))
    assert outcome.unreachable
    assert not outcome.may_be_charged
    assert outcome.reason.startswith(
        "http://127.0.0.1:4180 cannot be reached (ConnectError: refused <key>). Is the server"
    )
    error.__cause__ = OSError("reset")
    outcome = broken_off(error, address, Scrubber(SENTINEL))
    assert outcome.reason == "the connection failed (OSError: reset)"
    assert outcome.may_be_charged
    assert not outcome.unreachable
