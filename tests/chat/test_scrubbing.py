from __future__ import annotations

import pytest

from isogloss.chat.scrubbing import Scrubber
from tests.chat.conftest import SENTINEL


def test_a_key_is_masked_in_data_and_nothing_else_is_changed() -> None:
    scrubber = Scrubber(SENTINEL)
    assert scrubber.data(f"[b]{SENTINEL}\u2028\x1b {SENTINEL[:-1]}") == (
        f"[b]<key>\u2028\x1b {SENTINEL[:-1]}"
    )
    assert SENTINEL not in repr(scrubber)


def test_a_key_is_masked_as_it_stands_in_json() -> None:
    assert Scrubber('quoted"key\\1').data(r'{"a": "quoted\"key\\1"}') == '{"a": "<key>"}'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"bad key {SENTINEL}.", "bad key <key>."),
        (f"bad key {SENTINEL[:12]}***", "bad key <key>***"),
        (f"{SENTINEL[3:14]} and {SENTINEL[20:]}", "<key> and <key>"),
        (f"{SENTINEL}{SENTINEL}", "<key>"),
        ("sk-sent", "sk-sent"),
        ("", ""),
        ("one\r\ntwo\x1b[31m\u2028three\x00", "one two [31m three"),
    ],
)
def test_messages_show_no_part_of_a_key_and_no_control_codes(text: str, shown: str) -> None:
    assert Scrubber(SENTINEL).message(text) == shown


def test_long_messages_are_cut() -> None:
    assert Scrubber(SENTINEL).message("x" * 1000) == "x" * 300 + "..."


def test_a_key_is_masked_as_it_stands_in_an_address() -> None:
    scrubber = Scrubber("sk/live+abc=1 2?3")
    for written in (
        "sk/live%2Babc%3D1%202%3F3",
        "sk%2Flive%2Babc%3D1%202%3F3",
        "sk%2flive%2babc%3d1%202%3f3",
        "sk%2Flive%2Babc%3D1+2%3F3",
    ):
        assert scrubber.data(f"GET /v1?key={written}&x=1") == "GET /v1?key=<key>&x=1"
        assert scrubber.message(f"at key={written[:14]}...") == "at key=<key>..."


@pytest.mark.parametrize("secret", ["", "none", "EMPTY"])
def test_a_stand_in_for_a_key_masks_nothing(secret: str) -> None:
    assert Scrubber(secret).data("none EMPTY") == "none EMPTY"
    assert Scrubber(secret).message("none EMPTY") == "none EMPTY"
