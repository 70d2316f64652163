"""The stance sentences that statements are compared with, and the words around them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isogloss.errors import join_faults
from isogloss.pipelines.cultural.prompt_tables import (
    FAULTS_SHOWN,
    PromptTableError,
    call_table,
    list_places,
    require_columns,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

WIDE = ("W", "F")
"""Widths of characters after which no blank is written."""


@dataclass(frozen=True)
class Stance:
    """The two sides of a question in one language.

    Attributes:
        pro: what somebody says whose answer to the survey counts as pro.
        con: likewise as con.
    """

    pro: str
    con: str


def read_stances(
    table: pd.DataFrame, needed: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], Stance]:
    """Read the stance sentences.

    Args:
        table: question, language, pro, con.
        needed: question and language of those that are needed.

    Returns:
        question, language -> sentences.

    Raises:
        PromptTableError: names those that are missing, empty, twice there, or equal.
    """
    name = "statements"
    require_columns(table, name, ("question", "language", "pro", "con"))
    found: dict[tuple[str, str], Stance] = {}
    faults = []
    for place, row in list_places(table, name, ["question", "language"]):
        key, stance = (row["question"], row["language"]), Stance(row["pro"], row["con"])
        if key in found:
            faults.append(f"{place}: stands there twice. Remove one of the rows.")
        if not stance.pro.strip() or not stance.con.strip() or stance.pro == stance.con:
            faults.append(f"{place}: pro and con must be two different sentences.")
        found[key] = stance
    faults += [
        f"{call_table(table, name)}: {question} is missing in {language}. Add a row."
        for question, language in dict.fromkeys(needed)
        if (question, language) not in found
    ]
    if faults:
        raise PromptTableError(join_faults(faults, FAULTS_SHOWN, "more faults of this kind."))
    return found


def read_words(table: pd.DataFrame, column: str, languages: Iterable[str]) -> dict[str, str]:
    """Read a word that is needed in several languages.

    Args:
        table: language, answer (what stands before an answer), summary (what stands between a
            statement and what it comes to).
        column: which of them.
        languages: in which it is needed.

    Returns:
        language -> word.

    Raises:
        PromptTableError: names the languages in which there is none.
    """
    name = "answer_words"
    require_columns(table, name, ("language", column))
    words: Mapping[str, str] = dict(zip(table["language"], table[column], strict=True))
    if missing := [code for code in dict.fromkeys(languages) if not words.get(code, "").strip()]:
        raise PromptTableError(
            f"{call_table(table, name)} has no '{column}' in {' '.join(missing)}. Add it, or leave "
            "out these languages."
        )
    return {str(language): word for language, word in words.items()}


def follow(word: str, text: str) -> str:
    """Give a text as it stands after a word: behind a blank, if the script writes one there.

    Args:
        word: such as `Answer:` or, in Chinese, one that ends in a wide colon.
        text: that follows.
    """
    wide = unicodedata.east_asian_width(word[-1]) in WIDE
    return text if wide else f" {text}"
