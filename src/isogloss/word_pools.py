"""Words of one language to choose examples from: members of categories that share none."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from isogloss.partitions import digest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd

DISJOINT = "disjoint"
NONE = ("", "")


@dataclass(frozen=True)
class WordPools:
    """Words by category, those first that are not wanted elsewhere, then by lot.

    Attributes:
        members: category -> words that belong to no other; categories by lot.
        disjoint: ordered pairs of categories that share no member.
    """

    members: Mapping[str, tuple[str, ...]]
    disjoint: frozenset[tuple[str, str]]

    def choose_two(self, among: Collection[str]) -> tuple[str, str]:
        """Choose the first two categories that share no member; empty names if there are none.

        Args:
            among: their names.
        """
        known = [name for name in self.members if name in among]
        return next((both for both in combinations(known, 2) if both in self.disjoint), NONE)

    @classmethod
    def read(
        cls, words: pd.DataFrame, relations: pd.DataFrame, wanted: Collection[str]
    ) -> WordPools:
        """Read the words of one language.

        Args:
            words: category, concept, word, also (categories, blank-separated).
            relations: category_a, category_b, relation; both orders are there.
            wanted: words that are wanted elsewhere.
        """
        columns = ("category", "concept", "word", "also")
        rows = sorted(
            zip(*(words[name].astype(str) for name in columns), strict=True),
            # By concept, so that the same ones come first in all languages.
            key=lambda row: (row[2] in wanted, digest(row[0], row[1])),
        )
        listed: dict[str, list[str]] = {}
        belongs: dict[str, set[str]] = {}
        for category, _, word, also in rows:
            listed.setdefault(category, []).append(word)
            belongs.setdefault(word, set()).update([category, *also.split()])
        members = {
            name: tuple(word for word in listed[name] if len(belongs[word]) == 1)
            for name in sorted(listed, key=digest)
        }
        apart = relations[relations["relation"] == DISJOINT]
        pairs = zip(apart["category_a"], apart["category_b"], strict=True)
        return cls(members, frozenset((str(one), str(two)) for one, two in pairs))
