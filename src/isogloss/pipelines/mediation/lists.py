"""Lists for pairs: words put in the places that a design gives them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from isogloss.partitions import digest
from isogloss.pipelines.mediation.designs import NO_PLACE, Design

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np

    from isogloss.pipelines.mediation.words import Lexicon, Word, WordUse


IDENTIFIER = 16
"""Characters of an identifier."""


@dataclass(frozen=True)
class ListPair:
    """Two lists that differ in one word, in the places of two, or in what they are asked for.

    Attributes:
        category: to which the member among the swapped words belongs; where none is swapped, asked.
        asked: category whose members are counted.
        donor_asked: the same of the donor.
        words: of the base.
        donor_words: of the donor.
        members: whether each word of the base belongs to the category asked for.
    """

    category: str
    asked: str
    donor_asked: str
    words: tuple[str, ...]
    donor_words: tuple[str, ...]
    members: tuple[bool, ...]

    @property
    def lists_id(self) -> str:
        """The same of all pairs that have these lists, whatever they are asked for."""
        return digest(self.words, self.donor_words)[:IDENTIFIER]

    def ask_otherwise(self, asked: str, lexicon: Lexicon) -> ListPair | None:
        """Ask the same lists for another category.

        Args:
            asked: the category.
            lexicon: the words of the language.

        Returns:
            None if a swapped word might belong to the category, or if that is not certain of
            another word of the lists.
        """
        words = {word.text: word for word in lexicon.words}
        both = list(zip(self.words, self.donor_words, strict=True))
        swapped = {text for pair in both for text in pair if pair[0] != pair[1]}
        for text in {*self.words, *self.donor_words}:
            member = asked in words[text].categories and text not in swapped
            if not member and not lexicon.is_outside(words[text], asked):
                return None
        members = tuple(asked in words[text].categories for text in self.words)
        return replace(self, asked=asked, donor_asked=asked, members=members)


@dataclass(frozen=True)
class Supply:
    """Words to make lists of.

    Attributes:
        lexicon: the words of the language.
        use: gives them out evenly.
        reserved: texts that stand in the examples and nowhere else.
        sizes: text -> how many tokens it takes in a list.
        tolerance: characters by which swapped words may differ in length, if possible.
    """

    lexicon: Lexicon
    use: WordUse
    reserved: frozenset[str]
    sizes: Mapping[str, int]
    tolerance: int

    def swapped_pairs(self, design: Design, category: str) -> Iterator[tuple[str, str]]:
        """Go through pairs of words that may be swapped, the least used first.

        The first word is the one that stands in the donor where the design's sign is +1: the member
        of a member and a non-member. Both take equally many tokens, and are of about the same
        length in characters and begin alike, with a capital or not, where such words are left.

        Args:
            design: of the pair.
            category: of the member, and asked for.
        """
        first, second = self._pools(design, category)
        for one in self.use.order(first):
            partners = [
                two
                for two in self.use.order(second)
                if two.text != one.text and self.sizes[two.text] == self.sizes[one.text]
            ]
            partners.sort(key=lambda two: self._mismatch(one.text, two.text))
            for two in partners[:2]:
                yield one.text, two.text

    def _mismatch(self, one: str, two: str) -> int:
        """Count in which of length and capital letter two words do not match."""
        unlike = abs(len(one) - len(two)) > self.tolerance
        return int(unlike) + (one[:1].isupper() != two[:1].isupper())

    def fill(
        self,
        design: Design,
        category: str,
        swapped: tuple[str, str],
        generator: np.random.Generator,
    ) -> ListPair | None:
        """Choose the other words of a list; None if there are too few.

        Args:
            design: of the pair.
            category: of the member, and asked for.
            swapped: of `swapped_pairs`.
            generator: decides which places hold members.
        """
        flags = _member_flags(design, generator)
        members = self._take(self.lexicon.members(category), sum(flags.values()), swapped)
        others = self._take(
            self.lexicon.others(category), len(flags) - sum(flags.values()), (*swapped, *members)
        )
        if len(members) + len(others) < len(flags):
            return None
        sources = {True: iter(members), False: iter(others)}
        filled = {place: next(sources[member]) for place, member in flags.items()}
        base, donor = _lay_out(filled, design, swapped)
        belonging = {word.text for word in self.lexicon.words if category in word.categories}
        members_of_base = tuple(word in belonging for word in base)
        return ListPair(category, category, category, base, donor, members_of_base)

    def fill_for_two(
        self, design: Design, asked: tuple[str, str], generator: np.random.Generator
    ) -> ListPair | None:
        """Choose the words of a list that is asked for two categories; None if there are too few.

        Members of one certainly do not belong to the other, and other words to neither.

        Args:
            design: of a category swap.
            asked: the category that the base asks for, and that of the donor.
            generator: decides which word stands where.
        """
        outside = [frozenset(self.lexicon.others(category)) for category in asked]
        members, donor_members, others = (
            [word for word in self.lexicon.members(asked[0]) if word in outside[1]],
            [word for word in self.lexicon.members(asked[1]) if word in outside[0]],
            [word for word in self.lexicon.others(asked[0]) if word in outside[1]],
        )
        rest = design.length - design.count - design.donor_count
        words: list[str] = []
        for pool, number in (
            (members, design.count), (donor_members, design.donor_count), (others, rest),
        ):  # fmt: skip
            words += self._take(pool, number, words)
        if len(words) < design.length:
            return None
        order = generator.permutation(design.length).tolist()
        shuffled = tuple(words[at] for at in order)
        flags = tuple(at < design.count for at in order)
        return ListPair(asked[0], *asked, shuffled, shuffled, flags)

    def _pools(self, design: Design, category: str) -> tuple[Sequence[Word], Sequence[Word]]:
        members = self._free(self.lexicon.members(category))
        others = self._free(self.lexicon.others(category))
        if design.swapped:
            pool = members if design.swapped == "member" else others
            return pool, pool
        return members, others

    def _free(self, words: Sequence[Word]) -> list[Word]:
        return [word for word in words if word.text not in self.reserved]

    def _take(self, words: Sequence[Word], number: int, taken: Sequence[str]) -> list[str]:
        chosen = self.use.take(self._free(words), number, taken)
        return [word.text for word in chosen]


def _member_flags(design: Design, generator: np.random.Generator) -> dict[int, bool]:
    """Say for each place that is not swapped whether it holds a member."""
    second = design.place if design.other_place == NO_PLACE else design.other_place
    stretches = [
        (range(design.place), design.before),
        (range(design.place + 1, second), design.between),
        (range(second + 1, design.length), design.after),
    ]
    flags: dict[int, bool] = {}
    for places, members in stretches:
        chosen = set(generator.permutation(len(places))[:members].tolist())
        flags |= {place: at in chosen for at, place in enumerate(places)}
    return flags


def _lay_out(
    filled: Mapping[int, str], design: Design, swapped: tuple[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give base and donor; where two words change places the second stands at the other place."""
    first, second = swapped
    here = {True: first, False: second}
    lists = []
    for with_first in (design.sign < 0, design.sign > 0):
        words = {**filled, design.place: here[with_first]}
        if design.other_place != NO_PLACE:
            words[design.other_place] = here[not with_first]
        lists.append(tuple(words[place] for place in range(design.length)))
    return lists[0], lists[1]
