"""The table of lists: one row a list and language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.partitions import digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from isogloss.pipelines.counting.generation_lexicon import Lexicon
    from isogloss.pipelines.counting.systematic_lists import ConceptList

SYSTEMATIC, MODEL = "systematic", "model"
DRAFT_COLUMNS = (
    "item_id",
    "language",
    "category",
    "words",
    "members",
    "length",
    "count",
    "method",
    "author",
    "attempt",
    "concepts",
    "list_id",
)
ID_DIGITS = 16


def identify(category: str, words: Sequence[str]) -> str:
    """Give the name of a list: a digest of its category and words.

    Args:
        category: that is asked for.
        words: in their order; for the same list in all languages its concepts.
    """
    return digest("list", category, list(words))[:ID_DIGITS]


def identify_words(words: Sequence[str]) -> str:
    """Give the name of the words of a list, whatever is asked of them.

    Args:
        words: in their order; for the same list in all languages its concepts.
    """
    return digest("words", list(words))[:ID_DIGITS]


def tabulate(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    """Make the table of some lists.

    Args:
        rows: with the columns of drafts.
    """
    table = pd.DataFrame(list(rows), columns=list(DRAFT_COLUMNS))
    return table.astype({"length": int, "count": int, "attempt": int})


def join_drafts(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Put tables of lists below each other.

    Args:
        tables: any number, empty ones too.
    """
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else tabulate([])


def draft_systematic(
    lists: Iterable[ConceptList], lexicon: Lexicon, attempt: int, parallel: bool
) -> pd.DataFrame:
    """Write lists in every language of their words.

    Args:
        lists: of concepts.
        lexicon: their words.
        attempt: round in which they were made, from 0.
        parallel: lists have the same name in all languages.

    Returns:
        See `counting_schemas.CountingDrafts`.
    """
    rows = []
    for one in lists:
        concepts = [str(concept) for concept in one.concepts]
        for place, language in enumerate(lexicon.languages):
            words = [lexicon.words[concept][place] for concept in one.concepts]
            rows.append(
                {
                    "item_id": identify(one.cell.category, concepts if parallel else words),
                    "language": language,
                    "category": one.cell.category,
                    "words": words,
                    "members": list(one.members),
                    "length": one.cell.length,
                    "count": one.cell.count,
                    "method": SYSTEMATIC,
                    "author": "",
                    "attempt": attempt,
                    "concepts": concepts,
                    "list_id": identify_words(concepts if parallel else words),
                }
            )
    return tabulate(rows)


def draft_written(
    category: str,
    words: Sequence[str],
    members: Sequence[bool],
    language: str,
    author: str,
    attempt: int,
) -> dict[str, Any]:
    """Give the row of a list that a model wrote.

    Args:
        category: that is asked for.
        words: in their order.
        members: whether each belongs to the category, as its author says.
        language: of the words.
        author: who wrote them.
        attempt: round in which they were written, from 0.
    """
    return {
        "item_id": identify(category, words),
        "language": language,
        "category": category,
        "words": list(words),
        "members": list(members),
        "length": len(words),
        "count": sum(members),
        "method": MODEL,
        "author": author,
        "attempt": attempt,
        "concepts": [],
        "list_id": identify_words(words),
    }
