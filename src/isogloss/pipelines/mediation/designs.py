"""Plans of pairs: how long a list is, what is swapped where, and how many members stand where."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from isogloss.pipelines.mediation.pair_parameters import (
    CATEGORY_SWAP,
    LARGEST,
    NULLS,
    SOURCES,
    Kind,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

Swapped = Literal["", "member", "other"]
Floats = NDArray[np.float64]
NO_PLACE = -1
MOVES: tuple[Kind, ...] = ("relocation", "irrelevant_relocation", "reordering")
"""Kinds of pairs in which two items of a list change places."""
IRRELEVANT: tuple[Kind, ...] = tuple(SOURCES)
_PROPOSALS = 96
_THIRDS = 3
_MOST_BEFORE, _MOST_BEFORE_TWO = 4, 2
"""Members in front of a swap, and of an exchange: more would fit behind many items only."""


@dataclass(frozen=True)
class Design:
    """Everything about a pair but its words.

    Attributes:
        kind: of the pair.
        length: items of the list.
        place: of the swapped item, from 0; -1 if none is swapped.
        other_place: of the item that it is exchanged with; -1 for none.
        before: members among the items in front of the swapped one.
        between: members between the two exchanged items.
        after: members behind them.
        sign: +1 if the donor has the member at `place`, -1 if the base has it; of a category swap
            +1 if the donor asks for the category that has more members.
        swapped: of a null swap or a reordering, whether members or others are swapped.
        donor_members: of a category swap, members of the category that the donor asks for.
    """

    kind: Kind
    length: int
    place: int
    other_place: int
    before: int
    between: int
    after: int
    sign: int
    swapped: Swapped = ""
    donor_members: int = 0

    @property
    def fillers(self) -> int:
        """Members among the items that are not swapped."""
        return self.before + self.between + self.after

    @property
    def count(self) -> int:
        """Members of the category asked for in the base."""
        if self.kind == "count_swap":
            return self.fillers + (self.sign < 0)
        if self.kind in NULLS:
            words = 2 if self.kind in MOVES else 1
            return self.fillers + words * (self.swapped == "member")
        return self.fillers + (self.kind == "relocation")

    @property
    def donor_count(self) -> int:
        """Members of the category asked for in the donor."""
        if self.kind == CATEGORY_SWAP:
            return self.donor_members
        return self.count + self.sign * (self.kind == "count_swap")

    @property
    def third(self) -> int:
        """Whether the swapped item stands early (0), in the middle (1) or late (2)."""
        return min(_THIRDS * self.place // self.length, _THIRDS - 1)

    def ask_otherwise(self, kind: Kind, members: Sequence[bool]) -> Design:
        """Give the design of the same lists, asked for a category without the swapped words.

        Args:
            kind: of the new pair.
            members: whether each item of the list belongs to that category.
        """
        second = self.place if self.other_place == NO_PLACE else self.other_place
        return replace(
            self,
            kind=kind,
            before=sum(members[: self.place]),
            between=sum(members[self.place + 1 : second]),
            after=sum(members[second + 1 :]),
        )


def plan_designs(
    kind: Kind,
    categories: Sequence[str],
    lengths: tuple[int, int],
    control: Literal["first", "last"],
    generator: np.random.Generator,
) -> list[Design]:
    """Plan pairs one by one, each so that what was planned too seldom is made up for.

    Of a number of random designs that one is taken whose length, third of the list, running count
    before the swap, cell of the two, count, and sign and third in its category have occurred least
    (minimisation: Pocock and Simon 1975, Biometrics 31, p. 103), and of equals the one that leaves
    the place of the swap and the running count in front of it least correlated.

    Args:
        kind: of the pairs.
        categories: of each pair in turn.
        lengths: the least and the greatest number of items.
        control: the item that a control asks for.
        generator: the source of randomness.
    """
    planned: list[Design] = []
    used: Counter[Hashable] = Counter()
    dependence = _Dependence()
    for category in categories:
        proposed = [_propose(kind, lengths, control, generator) for _ in range(_PROPOSALS)]
        chosen = min(
            proposed,
            key=lambda one: (
                sum(used[level] for level in _levels(one, category)) + dependence.with_one_more(one)
            ),
        )
        planned.append(chosen)
        used.update(_levels(chosen, category))
        dependence.add(chosen)
    return planned


def take_turns(categories: Sequence[str], number: int, generator: np.random.Generator) -> list[str]:
    """Give every category as many turns as any other, in random order."""
    order: list[str] = []
    while len(order) < number:
        order += [categories[at] for at in generator.permutation(len(categories))]
    return order[:number]


def _levels(design: Design, category: str) -> list[Hashable]:
    levels: list[Hashable] = [
        ("length", design.length),
        ("third", design.third),
        ("before", design.before),
        ("cell", design.third, design.before),
        ("count", design.count),
        ("sign", category, design.sign),
        ("swapped", category, design.swapped),
        ("category", category, design.third),
        ("gap", design.other_place - design.place),
    ]
    if design.kind == CATEGORY_SWAP:
        change = design.donor_count - design.count
        levels += [("donor count", design.donor_count), ("change", change)]
    return levels


class _Dependence:
    """How far designs tie a list's place of the swap to its running count, and length to count."""

    def __init__(self) -> None:
        self._sums = np.zeros((6, 2))

    def add(self, design: Design) -> None:
        self._sums += _moments(design)

    def with_one_more(self, design: Design) -> float:
        """Give n (|r| + |r'|) of the two correlations that one design more would leave."""
        n, x, y, xx, yy, xy = self._sums + _moments(design)
        spread = np.sqrt(np.maximum((xx - x * x / n) * (yy - y * y / n), 0))
        product = np.abs(xy - x * y / n)
        ratios = np.divide(product, spread, out=np.zeros(2), where=spread > 0)
        return float(np.sum(n * ratios))


def _moments(design: Design) -> Floats:
    x = np.array([design.place, design.length], np.float64)
    y = np.array([design.before, design.count], np.float64)
    return np.stack([np.ones(2), x, y, x * x, y * y, x * y])


def _propose(
    kind: Kind,
    lengths: tuple[int, int],
    control: Literal["first", "last"],
    generator: np.random.Generator,
) -> Design:
    length = int(generator.integers(lengths[0], lengths[1] + 1))
    if kind == CATEGORY_SWAP:
        return _propose_counts(kind, length, generator)
    place, other = _places(kind, length, control, generator)
    swapped: Swapped = ""
    if kind in NULLS:
        swapped = "member" if generator.random() < 0.5 else "other"
    sign = 1 if generator.random() < 0.5 else -1
    most = LARGEST - (2 if kind == "reordering" else 1)
    early = _MOST_BEFORE_TWO if kind in MOVES else _MOST_BEFORE
    before = int(generator.integers(0, min(place, early) + 1))
    inside = max(other - place - 1, 0)
    between = int(generator.integers(0, min(inside, most - before) + 1))
    behind = length - 1 - (other if other >= 0 else place)
    after = int(generator.integers(0, min(behind, most - before - between) + 1))
    return Design(kind, length, place, other, before, between, after, sign, swapped)


def _propose_counts(kind: Kind, length: int, generator: np.random.Generator) -> Design:
    """Choose two different counts that a list has room for."""
    most = min(length, LARGEST)
    pairs = [(a, b) for a in range(most + 1) for b in range(most + 1) if a != b and a + b <= length]
    count, donor = pairs[int(generator.integers(len(pairs)))]
    sign = 1 if donor > count else -1
    return Design(kind, length, NO_PLACE, NO_PLACE, 0, 0, count, sign, donor_members=donor)


def _places(
    kind: Kind, length: int, control: Literal["first", "last"], generator: np.random.Generator
) -> tuple[int, int]:
    if kind == "control":
        return (0 if control == "first" else length - 1), NO_PLACE
    if kind not in MOVES:
        return int(generator.integers(length)), NO_PLACE
    # At least one item lies in between, and one behind the second.
    place = int(generator.integers(length - 3))
    return place, int(generator.integers(place + 2, length - 1))
