"""Which words of a list belong to its category, as far as the word lists can say."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from isogloss.word_memberships import categories_of_words, disjoint_categories, folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

Role = bool | None
"""Whether a word belongs to the category; None if that is open."""
DecidedBy = Literal["lists", "model", "nobody"]
VALID, INVALID, UNDECIDED = "valid", "invalid", "undecided"
LISTS: Literal["lists"] = "lists"
JUDGE: Literal["model"] = "model"
NOBODY: Literal["nobody"] = "nobody"
SHOWN = 4


@dataclass(frozen=True)
class KnownWords:
    """To which categories words belong.

    Attributes:
        categories: language, word as compared -> its categories.
        disjoint: category -> those that share no member with it.
    """

    categories: Mapping[tuple[str, str], frozenset[str]]
    disjoint: Mapping[str, frozenset[str]]

    def role(self, language: str, category: str, word: str) -> Role:
        """Say whether a word belongs to a category.

        True if a list says so; False if all lists that hold the word are of disjoint categories;
        None if no list holds it, or one of a related category.

        Args:
            language: of the word.
            category: that is asked for.
            word: in any spelling of case.
        """
        found = self.categories.get((language, folded(word)), frozenset())
        if category in found:
            return True
        if found and found <= self.disjoint.get(category, frozenset()):
            return False
        return None

    def roles(self, language: str, category: str, words: Sequence[str]) -> list[Role]:
        """Say of every word of a list whether it belongs to a category; see `role`."""
        return [self.role(language, category, word) for word in words]


@dataclass(frozen=True)
class Verdict:
    """Whether a list has as many members as its label says.

    Attributes:
        decided_by: `lists`, `model` or `nobody`.
        judge: the model that decided, or tried to; else empty.
        counted: members that were found; None if any word stayed open.
        verdict: `valid`, `invalid` or `undecided`.
        reason: why it is not valid; else empty.
    """

    decided_by: DecidedBy
    judge: str
    counted: int | None
    verdict: str
    reason: str


def read_known_words(word_lists: pd.DataFrame, relations: pd.DataFrame) -> KnownWords:
    """Read to which categories words belong.

    Args:
        word_lists: category, language, word, also.
        relations: category_a, category_b, relation, in both orders.
    """
    return KnownWords(categories_of_words(word_lists), disjoint_categories(relations))


def decide(
    words: Sequence[str],
    members: Sequence[bool],
    roles: Sequence[Role],
    decided_by: DecidedBy,
    judge: str = "",
) -> Verdict:
    """Compare what a list says of its words with what was found.

    Args:
        words: of the list.
        members: whether each belongs to the category, as the list says.
        roles: the same, as it was found.
        decided_by: who found it.
        judge: the model, where a model decided.
    """
    counted = None if None in roles else sum(map(bool, roles))
    if repeated := _repeated(words):
        return Verdict(decided_by, judge, counted, INVALID, f"repeats {repeated[0]}")
    wrong = [
        f"{word} {'is' if role else 'is not'} one"
        for word, member, role in zip(words, members, roles, strict=True)
        if role is not None and role != member
    ]
    if wrong:
        return Verdict(decided_by, judge, counted, INVALID, _listed(wrong))
    if counted is None:
        open_words = [word for word, role in zip(words, roles, strict=True) if role is None]
        return Verdict(NOBODY, judge, None, UNDECIDED, f"open: {_listed(open_words)}")
    return Verdict(decided_by, judge, counted, VALID, "")


def _repeated(words: Sequence[str]) -> list[str]:
    uses = Counter(map(folded, words))
    return [word for word in words if uses[folded(word)] > 1]


def _listed(parts: Sequence[str]) -> str:
    more = len(parts) - SHOWN
    return ", ".join([*parts[:SHOWN], *([f"and {more} more"] if more > 0 else [])])
