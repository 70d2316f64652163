"""Words of one language to choose examples from: members of categories that share none."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from isogloss.partitions import digest
from isogloss.word_memberships import categories_of_words, disjoint_categories, folded

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd

NONE = ("", "")


@dataclass(frozen=True)
class WordPools:
    """Words by category, those first that are not wanted elsewhere, then by lot.

    Attributes:
        members: category -> words that belong to no other; categories by lot.
        disjoint: category -> those that share no member with it.
    """

    members: Mapping[str, tuple[str, ...]]
    disjoint: Mapping[str, frozenset[str]]

    def choose_two(self, among: Collection[str]) -> tuple[str, str]:
        """Choose the first two categories that share no member; empty names if there are none.

        Args:
            among: their names.
        """
        known = [name for name in self.members if name in among]
        pairs = combinations(known, 2)
        return next((one for one in pairs if one[1] in self.disjoint.get(one[0], ())), NONE)

    @classmethod
    def read(
        cls, words: pd.DataFrame, relations: pd.DataFrame, wanted: Collection[str]
    ) -> WordPools:
        """Read the words of one language.

        Args:
            words: category, concept, language, word, also (categories, blank-separated).
            relations: category_a, category_b, relation; both orders are there.
            wanted: words that are wanted elsewhere.
        """
        columns = ("category", "concept", "language", "word")
        rows = sorted(
            zip(*(words[name].astype(str) for name in columns), strict=True),
            # By concept, so that the same ones come first in all languages.
            key=lambda row: (row[3] in wanted, digest(row[0], row[1])),
        )
        belongs = categories_of_words(words)
        listed: dict[str, list[str]] = {}
        for category, _, language, word in rows:
            own = listed.setdefault(category, [])
            if len(belongs[language, folded(word)]) == 1:
                own.append(word)
        members = {name: tuple(listed[name]) for name in sorted(listed, key=digest)}
        return cls(members, disjoint_categories(relations))
