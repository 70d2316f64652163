"""Near duplicates among many lists, found through an index and not by comparing all pairs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Mapping

K = TypeVar("K")
T = TypeVar("T", bound="Hashable")
ROUNDING = 1e-9


def jaccard(one: Collection[object], two: Collection[object]) -> float:
    """Give the share of the words of two lists, taken as sets, that both have; 0 if both are empty.

    Args:
        one: words.
        two: words.
    """
    first, second = set(one), set(two)
    union = len(first | second)
    return len(first & second) / union if union else 0.0


class NearDuplicates(Generic[K, T]):
    """Finds a list whose Jaccard index with a given one exceeds a threshold; misses none.

    By prefix filtering (Chaudhuri, Ganti and Kaushik 2006, ICDE; Bayardo, Ma and Srikant 2007,
    WWW). Two sets with a Jaccard index J > t share more than t n words, n the size of either. Put
    the words of all sets in one order: the sets then share a word among the first
    n - floor(t n) of each, for otherwise floor(t n) words would be left to share. So only sets
    that share such a word are compared; with rare words first there are few.

    Args:
        threshold: t, 0..1.
        uses: word -> how often it occurs, as far as that is known; it must not change.
    """

    def __init__(self, threshold: float, uses: Mapping[T, int] | None = None) -> None:
        self._threshold = threshold
        self._uses = uses or {}
        self._keys: list[K] = []
        self._sets: list[frozenset[T]] = []
        self._places: dict[T, list[int]] = {}

    def add(self, key: K, words: Collection[T]) -> None:
        """Add a list.

        Args:
            key: its name.
            words: of the list.
        """
        own = frozenset(words)
        for word in self._prefix(own):
            self._places.setdefault(word, []).append(len(self._keys))
        self._keys.append(key)
        self._sets.append(own)

    def find(self, words: Collection[T]) -> K | None:
        """Give the first list that was added and is a near duplicate; None if there is none.

        Args:
            words: of the list to compare.
        """
        wanted = frozenset(words)
        places = {place for word in self._prefix(wanted) for place in self._places.get(word, ())}
        close = [place for place in places if jaccard(wanted, self._sets[place]) > self._threshold]
        return self._keys[min(close)] if close else None

    def _prefix(self, words: frozenset[T]) -> list[T]:
        ordered = sorted(words, key=lambda word: (self._uses.get(word, 0), repr(word)))
        return ordered[: len(words) - math.floor(self._threshold * len(words) - ROUNDING)]
