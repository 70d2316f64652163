"""Which sentences lie in other texts word for word."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

# Editions of one text differ in these more than in anything else: the released Belebele doubles
# them in passages that hold a quotation, as CSV files do.
QUOTATION_MARKS = dict.fromkeys(map(ord, "\"'`´“”„‟‘’‚‛«»‹›「」『』〝〞〟＂＇"))
BETWEEN_TEXTS = "\n"


def normalise_text(text: str) -> str:
    """Give a text in Unicode's form NFKC, without quotation marks and with single blanks."""
    bare = text.translate(QUOTATION_MARKS)
    return " ".join(unicodedata.normalize("NFKC", bare).split())


def find_overlap(sentences: Sequence[str], texts: Iterable[str]) -> list[bool]:
    """Say of each sentence whether it lies verbatim in one of the texts.

    White space, Unicode forms and quotation marks make no difference; a sentence counts only where
    no word of the text goes on at its ends.

    Args:
        sentences: in the language of the texts; an empty one lies nowhere.
        texts: such as passages; repeated ones cost nothing.
    """
    joined = BETWEEN_TEXTS.join(normalise_text(text) for text in dict.fromkeys(texts))
    return [_occurs(normalise_text(sentence), joined) for sentence in sentences]


def _occurs(sentence: str, text: str) -> bool:
    start = text.find(sentence) if sentence else -1
    while start >= 0:
        end = start + len(sentence)
        if not _cuts_a_word(text, start) and not _cuts_a_word(text, end):
            return True
        start = text.find(sentence, start + 1)
    return False


def _cuts_a_word(text: str, place: int) -> bool:
    return 0 < place < len(text) and text[place - 1].isalnum() and text[place].isalnum()


def text_overlap(sentences: Sequence[str], texts: Iterable[str]) -> float:
    """Give the share (0 to 1) of sentences that lie verbatim in one of the texts.

    Args:
        sentences: in the language of the texts.
        texts: such as passages.

    Returns:
        NaN where there is no sentence.
    """
    found = find_overlap(sentences, texts)
    return sum(found) / len(found) if found else math.nan


def overlapping_ids(
    sentences: pd.DataFrame, texts: Mapping[str, Iterable[str]]
) -> dict[str, list[str]]:
    """Find the sentences of every language that lie verbatim in texts of the same language.

    Args:
        sentences: language, sentence_id, text.
        texts: language -> texts.

    Returns:
        language -> ids in the order of the table, for the languages that have any.
    """
    found: dict[str, list[str]] = {}
    for language, group in sentences.groupby("language", sort=True):
        within = find_overlap(list(group["text"]), texts.get(str(language), ()))
        if ids := list(group["sentence_id"][within]):
            found[str(language)] = ids
    return found
