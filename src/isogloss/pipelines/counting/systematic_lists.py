"""Lists put together from the word lists, with every word used about as often in either role."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from isogloss.pipelines.counting.generation_duplicates import NearDuplicates
from isogloss.pipelines.counting.generation_places import PlaceBalance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import numpy as np

    from isogloss.pipelines.counting.generation_lexicon import Concept, Lexicon
    from isogloss.pipelines.counting.generation_plan import Cell

T = TypeVar("T")
Form = tuple[str, str]


class ConceptList(NamedTuple):
    """A list before it is written in a language.

    Attributes:
        cell: what it was to be like.
        concepts: in their order.
        members: whether each belongs to the category.
    """

    cell: Cell
    concepts: tuple[Concept, ...]
    members: tuple[bool, ...]


class Composer:
    """Puts lists together, and keeps account of what it has used.

    Words, positions of members and sources of distractors are taken least used first, ties by lot.
    A word is counted apart as member and as distractor, and categories lend distractors in
    proportion to the members that are planned of them: so a word is as often a member, among its
    uses, as any other, and does not tell its role.

    Args:
        lexicon: the words.
        planned: all lists that are to be made.
        distractor_categories: from how many categories distractors come, in turn.
        overlap: largest Jaccard index of two lists.
        generator: of the lots.
    """

    def __init__(
        self,
        lexicon: Lexicon,
        planned: Iterable[Cell],
        distractor_categories: Sequence[int],
        overlap: float,
        generator: np.random.Generator,
    ) -> None:
        self._lexicon = lexicon
        self._sources = {one: lexicon.distractors(one) for one in lexicon.categories}
        self._weights: Counter[str] = Counter()
        for cell in planned:
            self._weights[cell.category] += cell.count
        self._groups = sorted(set(distractor_categories))
        self._generator = generator
        self._as_member: Counter[Concept] = Counter()
        self._as_distractor: Counter[Concept] = Counter()
        self._lent: Counter[str] = Counter()
        self._places = PlaceBalance(generator)
        self._grouped: Counter[tuple[int, int, int]] = Counter()
        self._rests: Counter[tuple[int, int, int]] = Counter()
        self._index: NearDuplicates[int, Concept] = NearDuplicates(overlap)
        self._lists = 0

    def compose(self, cell: Cell, tries: int) -> ConceptList | None:
        """Make a list; None if every try gives a near duplicate or runs out of words.

        Args:
            cell: what it is to be like.
            tries: how often it is drawn.
        """
        for _ in range(tries):
            made = self._draw(cell)
            if made is not None and self._index.find(made.concepts) is None:
                self.account_for(made)
                return made
        return None

    def compose_pair(
        self, one: Cell, two: Cell, tries: int
    ) -> tuple[ConceptList, ConceptList] | None:
        """Make a list that is asked for two categories; None as in `compose`.

        Args:
            one: what it is to be like, asked for one of them.
            two: the same for the other; as long, and both counts fit in.
            tries: how often it is drawn.
        """
        for _ in range(tries):
            made = self._draw_pair(one, two)
            if made is not None and self._index.find(made[0].concepts) is None:
                for each in made:
                    self.account_for(each)
                return made
        return None

    def account_for(self, made: ConceptList) -> None:
        """Count a list as used, also one that was made before.

        Args:
            made: the list.
        """
        self._index.add(self._lists, made.concepts)
        self._lists += 1
        self._places.account_for(made.members)
        sources = set()
        for concept, member in zip(made.concepts, made.members, strict=True):
            if member:
                self._as_member[concept] += 1
            else:
                self._as_distractor[concept] += 1
                self._lent[concept.category] += 1
                sources.add(concept.category)
        possible = len(self._sources[made.cell.category])
        self._grouped[made.cell.length - made.cell.count, possible, len(sources)] += 1

    def _draw(self, cell: Cell) -> ConceptList | None:
        category, length, count = cell.category, cell.length, cell.count
        taken: set[Form] = set()
        members = self._take(self._lexicon.members[category], count, self._as_member, taken)
        others = self._take_distractors(
            self._sources[category], self._groups, length - count, self._grouped, taken
        )
        if len(members) < count or len(others) < length - count:
            return None
        own, foreign = iter(self._ordered(members)), iter(self._ordered(others))
        roles = self._places.choose(length, count)
        return ConceptList(cell, tuple(next(own if role else foreign) for role in roles), roles)

    def _draw_pair(self, one: Cell, two: Cell) -> tuple[ConceptList, ConceptList] | None:
        """Draw members of both categories, and others that belong to neither."""
        taken: set[Form] = set()
        beside_one, beside_two = self._sources[one.category], self._sources[two.category]
        parts = [
            self._take(beside_two.get(one.category, ()), one.count, self._as_member, taken),
            self._take(beside_one.get(two.category, ()), two.count, self._as_member, taken),
        ]
        sources = {
            name: [concept for concept in concepts if concept in beside_two.get(name, ())]
            for name, concepts in beside_one.items()
        }
        sources = {name: concepts for name, concepts in sources.items() if concepts}
        number = one.length - one.count - two.count
        # To each of the two the members of the other are one source already.
        met = int(one.count > 0 and two.count > 0)
        sizes = [max(1, size - met) for size in self._groups]
        parts.append(self._take_distractors(sources, sizes, number, self._rests, taken))
        if [len(part) for part in parts] != [one.count, two.count, number]:
            return None
        used = len({concept.category for concept in parts[2]})
        self._rests[number, len(sources), used] += 1
        return self._arrange(one, two, parts)

    def _arrange(
        self, one: Cell, two: Cell, parts: Sequence[Sequence[Concept]]
    ) -> tuple[ConceptList, ConceptList]:
        """Put the words of a list in order: members of either category stand everywhere."""
        first = self._places.choose(one.length, one.count)
        second = self._places.choose(two.length, two.count, first)
        waiting = [iter(self._ordered(part)) for part in parts]
        concepts = tuple(
            next(waiting[0 if own else 1 if other else 2])
            for own, other in zip(first, second, strict=True)
        )
        return ConceptList(one, concepts, first), ConceptList(two, concepts, second)

    def _take_distractors(
        self,
        sources: Mapping[str, Sequence[Concept]],
        groups: Sequence[int],
        number: int,
        turns: Mapping[tuple[int, int, int], int],
        taken: set[Form],
    ) -> list[Concept]:
        """Take words from as many categories as it is the turn of, those first that lent least."""
        sizes = sorted({min(size, number, len(sources)) for size in groups})
        size = self._ordered(sizes, lambda one: turns[number, len(sources), one])[0]
        ranked = self._ordered(sources, self._burden)
        found: list[Concept] = []
        for names in (ranked[:size], ranked[size:]):
            found += self._take_in_turn(names, sources, number - len(found), taken)
        return found

    def _take_in_turn(
        self,
        names: Sequence[str],
        sources: Mapping[str, Sequence[Concept]],
        number: int,
        taken: set[Form],
    ) -> list[Concept]:
        found: list[Concept] = []
        waiting = {
            name: self._ordered(sources[name], self._as_distractor.__getitem__) for name in names
        }
        while len(found) < number and waiting:
            for name in list(waiting):
                if len(found) == number:
                    break
                if own := self._take(waiting[name], 1, None, taken):
                    found += own
                else:
                    del waiting[name]
        return found

    def _burden(self, source: str) -> float:
        return (self._lent[source] + 1) / (self._weights[source] or 1)

    def _take(
        self,
        concepts: Iterable[Concept],
        number: int,
        uses: Counter[Concept] | None,
        taken: set[Form],
    ) -> list[Concept]:
        """Take the least used concepts no word of which is taken in any language."""
        ordered = concepts if uses is None else self._ordered(concepts, uses.__getitem__)
        found: list[Concept] = []
        for concept in ordered:
            if len(found) == number:
                break
            forms = self._lexicon.forms(concept)
            if not forms & taken:
                taken |= forms
                found.append(concept)
        return found

    def _ordered(self, things: Iterable[T], uses: Callable[[T], float] | None = None) -> list[T]:
        """Order by uses, ties by lot; without uses all by lot."""
        given = list(things)
        shuffled = [given[place] for place in self._generator.permutation(len(given))]
        return sorted(shuffled, key=uses) if uses else shuffled
