"""Which words of a language belong to a category, and which certainly do not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from isogloss.word_memberships import categories_of_words, disjoint_categories, folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy as np
    import pandas as pd


@dataclass(frozen=True)
class Word:
    """A word of one language.

    Attributes:
        text: as it stands in lists.
        category: under which it is listed.
        categories: to which it belongs by any path, its own among them.
    """

    text: str
    category: str
    categories: frozenset[str]


@dataclass(frozen=True)
class Lexicon:
    """The words of one language, and what is known of the categories.

    Attributes:
        language: of the words.
        words: all of them; a text may stand under several categories.
        disjoint: category -> those that share no member with it.
    """

    language: str
    words: tuple[Word, ...]
    disjoint: Mapping[str, frozenset[str]]

    @property
    def single_words(self) -> Lexicon:
        """Those that hold no blank, which can be told apart where blanks part items."""
        found = tuple(word for word in self.words if len(word.text.split()) == 1)
        return replace(self, words=found)

    @cached_property
    def categories(self) -> tuple[str, ...]:
        """The categories that have words, in alphabetical order."""
        return tuple(sorted({word.category for word in self.words}))

    def members(self, asked: str) -> list[Word]:
        """Give the words that are listed under a category."""
        return [word for word in self.words if word.category == asked]

    def others(self, asked: str) -> list[Word]:
        """Give the words all of whose categories are disjoint from the one asked for."""
        return [word for word in self.words if self.is_outside(word, asked)]

    def is_outside(self, word: Word, asked: str) -> bool:
        """Say whether a word certainly does not belong to a category."""
        return word.categories <= self.disjoint.get(asked, frozenset())


@dataclass
class WordUse:
    """Gives out words so that all are used about equally often.

    Attributes:
        generator: decides among words that were used equally often.
        counts: text -> how often it was given out.
    """

    generator: np.random.Generator
    counts: Counter[str] = field(default_factory=Counter)

    def order(self, words: Sequence[Word]) -> list[Word]:
        """Order words by how often they were used, equals at random."""
        ties = self.generator.random(len(words))
        places = sorted(range(len(words)), key=lambda at: (self.counts[words[at].text], ties[at]))
        return [words[at] for at in places]

    def take(self, words: Sequence[Word], number: int, taken: Iterable[str]) -> list[Word]:
        """Choose words that were used least; fewer than asked for where there are no more.

        Args:
            words: to choose from.
            number: of words.
            taken: texts that may not be chosen, in whatever case.
        """
        used = set(map(folded, taken))
        free = []
        for word in self.order(words):
            if (form := folded(word.text)) not in used:
                used.add(form)
                free.append(word)
        return free[:number]

    def count(self, texts: Iterable[str]) -> None:
        """Remember that words were used."""
        self.counts.update(texts)


def read_lexicon(words: pd.DataFrame, relations: pd.DataFrame, language: str) -> Lexicon:
    """Read the words of a language.

    A text that stands under several categories, in whatever case, belongs to all of them, wherever
    it is drawn from.

    Args:
        words: category, language, word, also (categories, blank-separated).
        relations: category_a, category_b, relation, both orders present.
        language: of the words.
    """
    own = words[words["language"] == language]
    belongs = categories_of_words(own)
    listed = [
        Word(text, category, belongs[language, folded(text)])
        for text, category in zip(own["word"], own["category"], strict=True)
    ]
    return Lexicon(language, tuple(listed), disjoint_categories(relations))
