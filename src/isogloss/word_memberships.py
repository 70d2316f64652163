"""To which categories a word belongs by any path, and which of them share no member."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

DISJOINT = "disjoint"


def folded(word: str) -> str:
    """Give a word as words are compared: without regard to case, and composed (NFC)."""
    return unicodedata.normalize("NFC", word.strip()).casefold()


def categories_of_words(word_lists: pd.DataFrame) -> dict[tuple[str, str], frozenset[str]]:
    """Give language and word, as words are compared -> all categories to which it belongs.

    Args:
        word_lists: category, language, word, also (categories separated by blanks).
    """
    found: dict[tuple[str, str], set[str]] = {}
    for category, language, word, also in zip(
        *(word_lists[name] for name in ("category", "language", "word", "also")), strict=True
    ):
        own = found.setdefault((str(language), folded(str(word))), {str(category)})
        own |= {str(category), *(also.split() if isinstance(also, str) else ())}
    return {form: frozenset(categories) for form, categories in found.items()}


def disjoint_categories(relations: pd.DataFrame) -> dict[str, frozenset[str]]:
    """Give category -> those that share no member with it.

    Args:
        relations: category_a, category_b, relation, in both orders.
    """
    found: dict[str, set[str]] = {}
    for one, two, relation in zip(
        *(relations[name] for name in ("category_a", "category_b", "relation")), strict=True
    ):
        own = found.setdefault(str(one), set())
        own |= {str(two)} if relation == DISJOINT else set()
    return {category: frozenset(others) for category, others in found.items()}
