"""Small word lists, and a chat model that answers as a function says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd

from isogloss.chat import ChatRequest, ChatResponse

LANGUAGES = ("eng", "deu")
CATEGORIES = ("birds", "colours", "fruits", "metals", "sports", "tools")
RELATED = {frozenset(("fruits", "colours"))}


def word_lists(
    categories: Sequence[str] = CATEGORIES,
    languages: Sequence[str] = LANGUAGES,
    members: int = 12,
) -> pd.DataFrame:
    """Words such as `Bird3 eng`, without any member of two categories."""
    rows = [
        (category, f"{category}{number}", language, f"{category} {language} {letters(number)}", "")
        for category in categories
        for number in range(members)
        for language in languages
    ]
    return pd.DataFrame(rows, columns=["category", "concept", "language", "word", "also"])


def letters(number: int) -> str:
    """Give a number in letters: a, b, …, z, ba, bb, …."""
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    more, last = divmod(number, len(alphabet))
    return (letters(more) if more else "") + alphabet[last]


def relations(categories: Sequence[str] = CATEGORIES) -> pd.DataFrame:
    rows = [
        (
            one,
            two,
            "same" if one == two else "related" if frozenset((one, two)) in RELATED else "disjoint",
        )
        for one in categories
        for two in categories
    ]
    return pd.DataFrame(rows, columns=["category_a", "category_b", "relation"])


def category_names(
    categories: Sequence[str] = CATEGORIES, languages: Sequence[str] = LANGUAGES
) -> pd.DataFrame:
    rows = [
        (category, language, f"{category} in {language}", f"{category} of {language}")
        for category in categories
        for language in languages
    ]
    return pd.DataFrame(rows, columns=["category", "language", "counted", "number_of"])


def phrases() -> pd.DataFrame:
    text = "Count the {counted} in this list: {list}. Number of {number_of}:"
    return pd.DataFrame(
        [(language, "first", text) for language in LANGUAGES],
        columns=["language", "position", "text"],
    )


def language_table() -> pd.DataFrame:
    return pd.DataFrame({"language": list(LANGUAGES), "name": ["English", "German"]})


class ScriptedChat:
    """Stands for a chat model: a function gives what it answers, and requests are kept."""

    def __init__(self, reply: Callable[[ChatRequest], ChatResponse]) -> None:
        self._reply = reply
        self.requests: list[ChatRequest] = []

    def ask(self, requests: Sequence[ChatRequest]) -> list[ChatResponse]:
        self.requests += requests
        return [self._reply(request) for request in requests]


def said(text: str, *calls: tuple[str, str], error: str = "") -> ChatResponse:
    return ChatResponse("key", text, tool_calls=calls, error=error)
