"""The swapped words of pairs, and whether the model knows that they belong or do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from isogloss.pipelines.mediation.words import read_lexicon

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTROL = "control"
PAIR = ("pair_id", "language", "kind")
SWAPPED_COLUMNS = (
    "model",
    *PAIR,
    "category",
    "word",
    "member",
    "log_odds",
    "threshold",
    "answer",
    "known",
    "members_share",
)


def list_swapped_words(
    pairs: pd.DataFrame, words: pd.DataFrame, relations: pd.DataFrame
) -> pd.DataFrame:
    """List the words in which base and donor of each pair differ; controls ask for no category.

    Args:
        pairs: `mediation_pairs`.
        words: `word_lists`.
        relations: `category_relations`.

    Returns:
        pair_id, language, kind, category (that is asked for), word, member.
    """
    belongs = {
        language: {
            word.text: word.categories for word in read_lexicon(words, relations, language).words
        }
        for language in pairs["language"].unique()
    }
    columns = (*PAIR, "asked", "words", "donor_words")
    rows = [
        (pair, language, kind, asked, word, asked in belongs[language][word])
        for pair, language, kind, asked, base, donor in zip(
            *(pairs[name] for name in columns), strict=True
        )
        if kind != CONTROL
        for word in _swapped(base, donor)
    ]
    return pd.DataFrame(rows, columns=[*PAIR, "category", "word", "member"])


def _swapped(base: list[str], donor: list[str]) -> Iterator[str]:
    both = [one for one in zip(base, donor, strict=True) if one[0] != one[1]]
    yield from dict.fromkeys(str(word) for one in both for word in one)


def find_known_pairs(knowledge: pd.DataFrame) -> frozenset[str]:
    """Give the pairs of whose swapped words the model takes each for what it is.

    Args:
        knowledge: `swapped_knowledge`; pairs that it lacks were not asked about.
    """
    known = knowledge.groupby("pair_id")["known"].all()
    return frozenset(known.index[known.astype(bool)])
