"""The words that lists are made of: what belongs to a category, and what certainly does not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from isogloss.errors import Refusal, suggest
from isogloss.pipelines.counting.generation_parameters import ALL
from isogloss.word_memberships import categories_of_words, disjoint_categories, folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

DROPPED_COLUMNS = ("category", "concept", "missing")


class GenerationError(Refusal):
    """Lists cannot be made as asked; says why, and what to change."""


class Concept(NamedTuple):
    """What a word stands for, in any language.

    Attributes:
        category: in whose list it stands.
        name: unique within the category.
    """

    category: str
    name: str

    def __str__(self) -> str:
        return f"{self.category}/{self.name}"


@dataclass(frozen=True)
class Lexicon:
    """Concepts with a word in every one of some languages.

    Attributes:
        languages: codes.
        words: concept -> its words, one a language.
        memberships: concept -> all categories to which it belongs, in any of the languages.
        disjoint: category -> those that share no member with it.
    """

    languages: tuple[str, ...]
    words: Mapping[Concept, tuple[str, ...]]
    memberships: Mapping[Concept, frozenset[str]]
    disjoint: Mapping[str, frozenset[str]]

    @cached_property
    def categories(self) -> list[str]:
        """All categories that have a concept."""
        return sorted({concept.category for concept in self.words})

    @cached_property
    def members(self) -> dict[str, list[Concept]]:
        """Category -> its concepts."""
        found: dict[str, list[Concept]] = {category: [] for category in self.categories}
        for concept in sorted(self.words):
            found[concept.category].append(concept)
        return found

    def distractors(self, category: str) -> dict[str, list[Concept]]:
        """Give the concepts that are no members of a category by any path, by their own category.

        Args:
            category: that is asked for.
        """
        allowed = self.disjoint.get(category, frozenset())
        found = {
            other: [one for one in self.members[other] if self.memberships[one] <= allowed]
            for other in self.categories
            if other in allowed
        }
        return {other: concepts for other, concepts in found.items() if concepts}

    def forms(self, concept: Concept) -> frozenset[tuple[str, str]]:
        """Give language and word of a concept, as words are compared."""
        spelled = zip(self.languages, self.words[concept], strict=True)
        return frozenset((language, folded(word)) for language, word in spelled)


def build_lexicon(
    word_lists: pd.DataFrame, relations: pd.DataFrame, languages: Sequence[str]
) -> tuple[Lexicon, pd.DataFrame]:
    """Gather the concepts that have a word in all of some languages.

    Args:
        word_lists: category, concept, language, word, also (categories separated by blanks).
        relations: category_a, category_b, relation, in both orders.
        languages: that need a word.

    Returns:
        the concepts; and those left out, one row each: category, concept, missing (languages).
    """
    own = word_lists[word_lists["language"].isin(languages)]
    belongs = categories_of_words(own)
    words: dict[Concept, dict[str, str]] = {}
    for category, name, language, word in zip(
        *(own[column] for column in ("category", "concept", "language", "word")), strict=True
    ):
        words.setdefault(Concept(str(category), str(name)), {})[str(language)] = str(word)
    whole = {
        concept: tuple(forms[language] for language in languages)
        for concept, forms in words.items()
        if len(forms) == len(languages)
    }
    memberships = {
        concept: frozenset().union(
            *(belongs[one, folded(word)] for one, word in zip(languages, forms, strict=True))
        )
        for concept, forms in whole.items()
    }
    dropped = [
        (*concept, " ".join(one for one in languages if one not in forms))
        for concept, forms in words.items()
        if concept not in whole
    ]
    return (
        Lexicon(tuple(languages), whole, memberships, disjoint_categories(relations)),
        pd.DataFrame(dropped, columns=list(DROPPED_COLUMNS)),
    )


def choose(kind: str, wanted: Sequence[str], known: Iterable[str]) -> list[str]:
    """Give the names that are asked for.

    Args:
        kind: the setting, `languages` or `categories`.
        wanted: names, or `all`.
        known: the names that there are.

    Raises:
        GenerationError: if a name is not known; suggests the nearest.
    """
    there = sorted(set(known))
    if tuple(wanted) == (ALL,):
        return there
    for name in wanted:
        if name not in there:
            raise GenerationError(
                f"counting.{kind} names '{name}', for which there are no words."
                f"{suggest(name, there)} There are: {', '.join(there)}."
            )
    return list(dict.fromkeys(wanted))


def require_supply(lexicon: Lexicon, lengths: Sequence[int], counts: Sequence[int]) -> None:
    """Refuse categories with too few members, or too few words that are certainly none.

    Args:
        lexicon: the words.
        lengths: of lists.
        counts: of members.

    Raises:
        GenerationError: names all such categories.
    """
    others = max(length - count for length in lengths for count in counts if count <= length)
    faults = []
    for category in lexicon.categories:
        members = len(lexicon.members[category])
        distractors = sum(map(len, lexicon.distractors(category).values()))
        if members < max(counts):
            faults.append(f"{category} has {members} words for up to {max(counts)} members a list")
        if distractors < others:
            faults.append(
                f"{category} has {distractors} words of disjoint categories for up to {others} a "
                "list"
            )
    if faults:
        raise GenerationError(
            f"Too few words in {', '.join(lexicon.languages)}: {'; '.join(faults)}. Add words or "
            "relations, ask for shorter lists or lower counts (counting.lengths, counting.counts), "
            "or leave these categories or a language out."
        )
