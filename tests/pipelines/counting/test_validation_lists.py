from __future__ import annotations

import pandas as pd
import pytest

from isogloss.pipelines.counting.validation_lists import (
    KnownWords,
    Role,
    Verdict,
    decide,
    read_known_words,
)
from tests.pipelines.counting.small_words import relations

WORDS = pd.DataFrame(
    [
        ("birds", "eng", "Crane", "tools"),
        ("metals", "eng", "tin", ""),
        ("fruits", "eng", "plum", ""),
        ("fruits", "deu", "Pflaume", ""),
    ],
    columns=["category", "language", "word", "also"],
)


@pytest.fixture
def known() -> KnownWords:
    return read_known_words(WORDS, relations())


@pytest.mark.parametrize(
    ("category", "word", "role"),
    [
        ("birds", "crane", True),
        ("tools", "crane", True),
        ("metals", " TIN", True),
        ("birds", "tin", False),
        ("metals", "crane", False),
        ("colours", "plum", None),  # related: it may be one
        ("birds", "penguin", None),  # in no list
        ("birds", "Pflaume", None),  # of another language
        ("dances", "tin", None),  # no list of the category
    ],
)
def test_role_of_a_word(known: KnownWords, category: str, word: str, role: Role) -> None:
    assert known.role("eng", category, word) is role


@pytest.mark.parametrize(
    ("roles", "verdict"),
    [
        ([True, False], Verdict("lists", "", 1, "valid", "")),
        ([True, True], Verdict("lists", "", 2, "invalid", "tin is one")),
        ([False, False], Verdict("lists", "", 0, "invalid", "crane is not one")),
        # The number is right, and both roles are wrong.
        ([False, True], Verdict("lists", "", 1, "invalid", "crane is not one, tin is one")),
        ([True, None], Verdict("nobody", "", None, "undecided", "open: tin")),
        # What is known already refutes it.
        ([False, None], Verdict("lists", "", None, "invalid", "crane is not one")),
    ],
)
def test_verdict_on_crane_as_member_and_tin_as_none(roles: list[Role], verdict: Verdict) -> None:
    assert decide(["crane", "tin"], [True, False], roles, "lists") == verdict


def test_repeated_word_is_invalid() -> None:
    found = decide(["tin", "Tin"], [False, False], [False, False], "lists")
    assert (found.verdict, found.reason) == ("invalid", "repeats tin")


def test_long_reasons_are_cut() -> None:
    words = [f"word{letter}" for letter in "abcdef"]
    found = decide(words, [False] * 6, [None] * 6, "model", "j")
    assert found.reason == "open: worda, wordb, wordc, wordd, and 2 more"
    assert (found.decided_by, found.judge) == ("nobody", "j")
