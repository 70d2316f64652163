"""Labelled lists as arrays: which word stands at which place of lists of which category."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isogloss.word_memberships import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]


@dataclass(frozen=True)
class Pairs:
    """Pairs of a category and a word that occurs in its lists.

    Attributes:
        of_list: int [lists, longest], number of the pair at each place; 0 beyond the end.
        there: bool [lists, longest], false beyond the end.
        category: int [pairs].
        word: int [pairs].
        uses: [pairs] of the word in all lists.
        own_uses: [pairs] of the word in lists of the category.
        background: [pairs] b_c.
        labels: int [lists].
        categories: names.
        words: as they are compared.
    """

    of_list: Integers
    there: NDArray[np.bool_]
    category: Integers
    word: Integers
    uses: Floats
    own_uses: Floats
    background: Floats
    labels: Integers
    categories: list[str]
    words: list[str]

    def gather(self, messages: Floats) -> Floats:
        """Sum the messages of lists, by pair.

        Args:
            messages: [lists, longest].

        Returns:
            [pairs].
        """
        size = len(self.category)
        summed = np.bincount(self.of_list[self.there], messages[self.there], minlength=size)
        return np.asarray(summed, np.float64)

    def tabulate(self, probability: Floats) -> pd.DataFrame:
        """Give the pairs as a table: category, word, probability, uses, uses_in_category.

        Args:
            probability: [pairs] that the word belongs to the category.
        """
        return pd.DataFrame(
            {
                "category": [self.categories[one] for one in self.category],
                "word": [self.words[one] for one in self.word],
                "probability": probability,
                "uses": self.uses.astype(int),
                "uses_in_category": self.own_uses.astype(int),
            }
        )


def read_pairs(
    categories: Sequence[str], lists: Sequence[Sequence[str]], labels: Sequence[int]
) -> Pairs:
    """Read labelled lists.

    Args:
        categories: of each list.
        lists: words.
        labels: how many of them belong to the category.
    """
    names, own = np.unique(np.asarray(categories, str), return_inverse=True)
    lengths = np.array([len(words) for words in lists])
    there = np.arange(lengths.max()) < lengths[:, None]
    spelled = np.array([folded(word) for words in lists for word in words])
    words, number = np.unique(spelled, return_inverse=True)
    row = np.repeat(np.arange(len(lists)), lengths)
    keys, place = np.unique(own[row] * len(words) + number, return_inverse=True)
    of_list = np.zeros(there.shape, np.intp)
    of_list[there] = place
    category, word = keys // len(words), keys % len(words)
    marks = np.asarray(labels, np.intp)
    others = np.bincount(own, lengths - marks, minlength=len(names)) + 0.5
    uses = np.bincount(number, minlength=len(words)).astype(float)
    return Pairs(
        of_list,
        there,
        category,
        word,
        uses[word],
        np.bincount(place, minlength=len(keys)).astype(float),
        (others / others.sum())[category].clip(max=0.5),
        marks,
        [str(one) for one in names],
        [str(one) for one in words],
    )
