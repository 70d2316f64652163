"""Which lists are scored, and which are shown before them as examples."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from isogloss.partitions import digest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_SCORED = 4
"""At most one list in so many is shown, as long as one set can be had."""
_BY_CATEGORY, _BY_COUNT, _BY_SIZE = 100.0, 10.0, 1.0
"""How much it weighs that numbers of lists are uneven: by category; by count in each category; by
count, length, and both, over all."""
_KICK, _KICKS = 6, 300
"""How many lists are changed by lot, and how often, in search of a better choice."""
_ROUNDING = 1e-9
_LEAK = 3.0
"""How much it weighs that every set of examples has a word of the list."""


@dataclass(frozen=True)
class CountedList:
    """A list in which members of a category are counted.

    Attributes:
        item_id: of the list.
        category: that is asked for.
        words: in their order.
        count: members of the category among them.
        method: by which the list was made.
        list_id: of the words; the same where they are asked for two categories.
        concepts: of the words, as far as they are known; else the words.
    """

    item_id: str
    category: str
    words: tuple[str, ...]
    count: int
    method: str
    list_id: str = ""
    concepts: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """What lists of the same words have in common."""
        return self.list_id or self.item_id


Shown = tuple[CountedList, ...]


def choose_shots(
    lists: Sequence[CountedList], number: int, sets: int, seed: int
) -> tuple[Shown, ...]:
    """Choose sets of lists to be shown, so that no number is favoured by the examples.

    In the first set counts spread from the least to the greatest; every further set has the next
    count each time, the greatest being followed by the least. With as many sets as counts each
    count is shown equally often, and last once. Lists of a set are of different categories as long
    as there are any, and no two have the same words. Lots belong to the lists themselves, so that
    lists that are the same in several languages are shown in all of them; lists that a model has
    written come last. There are fewer sets if more than a quarter of the lists would be shown.

    Args:
        lists: of one language.
        number: how many a set has.
        sets: how many there are to be.
        seed: of the lots.

    Returns:
        at least one set, of no lists if none are to be shown.
    """
    if not number:
        return ((),)
    lots = sorted(lists, key=lambda one: (one.method != "systematic", digest(seed, one.item_id)))
    counts = sorted({one.count for one in lists})
    last = len(counts) - 1
    places = np.linspace(0, last, number) if number > 1 else np.array([last / 2])
    wanted = [round(float(place)) for place in places]
    possible = min(sets, len(counts), len(lists) // (_SCORED * number))
    taken: list[CountedList] = []
    found = []
    for step in range(max(1, possible)):
        own = _choose_set(lots, [counts[(one + step) % len(counts)] for one in wanted], taken)
        taken += own
        *others, closing = own
        mixed = sorted(others, key=lambda one: digest(seed, "order", one.item_id))
        found.append((*mixed, closing))
    return tuple(found)


def _choose_set(
    lots: Sequence[CountedList], counts: Sequence[int], taken: Sequence[CountedList]
) -> list[CountedList]:
    chosen: list[CountedList] = []
    shown, used = {one.item_id for one in taken}, {one.group for one in taken}
    for count in counts:
        groups, categories = (
            {getattr(one, name) for one in chosen} for name in ("group", "category")
        )
        ranked = sorted(
            (one for one in lots if one.item_id not in shown and one.group not in groups),
            # Words that are shown anyway are taken before others, which can be scored then.
            key=lambda one: (one.count != count, one.category in categories, one.group not in used),
        )
        chosen += ranked[:1]
        shown |= {one.item_id for one in ranked[:1]}
    return chosen


def choose_lists(
    lists: Sequence[CountedList],
    per_category: int | Literal["all"],
    sets: Sequence[Shown],
    seed: int,
) -> tuple[CountedList, ...]:
    """Choose some lists, so that neither a category nor a length tells the count.

    Each category has as many lists, and each count as often in every category, as can be; then
    counts, lengths, and both together are even over all. Lists of the same words are chosen
    together, and rather those that share no word with a set of examples. As with `choose_shots`,
    lists that are the same in several languages are chosen in all of them.

    Lists are added, taken out and exchanged as long as that makes the weighted sum of squared
    deviations from even numbers smaller; then a few are changed by lot, and so again (iterated
    local search; Lourenço, Martin and Stützle 2003).

    Args:
        lists: of one language.
        per_category: how many to choose of each category; fewer where there are fewer.
        sets: of examples.
        seed: of the lots.
    """
    if per_category == "all":
        return tuple(lists)
    groups: dict[str, list[CountedList]] = {}
    for one in sorted(lists, key=lambda one: digest(seed, one.group)):
        groups.setdefault(one.group, []).append(one)
    generator = np.random.default_rng(seed)
    chosen = _search(*_measure(list(groups.values()), per_category, sets), generator)
    kept = {group for group, taken in zip(groups, chosen, strict=True) if taken}
    return tuple(one for one in lists if one.group in kept)


def _measure(
    groups: Sequence[Sequence[CountedList]], per_category: int, sets: Sequence[Shown]
) -> tuple[Floats, Floats]:
    """Give the quadratic and the linear part of how uneven a choice of groups is."""
    every = [one for group in groups for one in group]
    features: list[tuple[float, float, Floats]] = []
    total = float(per_category * len({one.category for one in every}))
    for weight, wanted, key in (
        (_BY_CATEGORY, total, lambda one: (one.category,)),
        (_BY_COUNT, total, lambda one: (one.category, one.count)),
        (_BY_SIZE, total, lambda one: (one.count,)),
        (_BY_SIZE, total, lambda one: (len(one.words),)),
        (_BY_SIZE, total, lambda one: (one.count, len(one.words))),
    ):
        levels = sorted({key(one) for one in every})
        for level in levels:
            held = np.array([sum(key(one) == level for one in group) for group in groups], float)
            features.append((weight, wanted / len(levels), held))
    weights, targets = (np.array([one[place] for one in features]) for place in (0, 1))
    held = np.array([one[2] for one in features]).reshape(len(features), len(groups))
    quadratic = held.T @ (weights[:, None] * held)
    leaks = [_LEAK * min(len(_shared(group, one)) for one in sets) for group in groups]
    return quadratic, np.array(leaks) - 2 * held.T @ (weights * targets)


def _search(quadratic: Floats, linear: Floats, generator: np.random.Generator) -> NDArray[np.bool_]:
    """Find x of 0 and 1 with a small x'Qx + b'x."""

    def cost(chosen: NDArray[np.bool_]) -> float:
        return float(chosen @ quadratic @ chosen + linear @ chosen)

    best = _descend(quadratic, linear, np.zeros(len(linear), bool))
    if len(best) <= _KICK:
        return best
    for _ in range(_KICKS):
        kicked = best.copy()
        kicked[generator.choice(len(best), _KICK, replace=False)] ^= True
        found = _descend(quadratic, linear, kicked)
        best = found if cost(found) <= cost(best) else best
    return best


def _descend(quadratic: Floats, linear: Floats, start: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Make x'Qx + b'x over x of 0 and 1 smaller, one or two at a time, until nothing helps."""
    chosen = start.copy()
    alone = np.diag(quadratic) + linear
    while True:
        slope = 2 * (quadratic @ chosen - np.diag(quadratic) * chosen) + alone
        flip = np.where(chosen, -slope, slope)
        both = flip[:, None] + flip[None] - 2 * quadratic
        both[chosen[:, None] == chosen[None]] = np.inf
        steps = np.concatenate([flip, both.ravel()])
        best = int(steps.argmin()) if len(steps) else 0
        if not len(steps) or steps[best] >= -_ROUNDING:
            return chosen
        if best < len(flip):
            chosen[best] ^= True
        else:
            chosen[list(divmod(best - len(flip), len(flip)))] ^= True


def assign_sets(lists: Sequence[CountedList], sets: Sequence[Shown]) -> tuple[int, ...]:
    """Say which set of examples is shown before each list.

    One that has no word of the list, if there is any, and shows no list of the same category; of
    several, the one that was shown least before lists of the same count, then before all. Lists
    of the same words have the same examples.

    Args:
        lists: that are scored.
        sets: of examples.

    Returns:
        the place of a set for every list.
    """
    groups: dict[str, list[CountedList]] = {}
    for one in lists:
        groups.setdefault(one.group, []).append(one)
    uses: Counter[tuple[int, int]] = Counter()
    found: Mapping[str, int] = {}
    for name, group in groups.items():

        def cost(place: int, group: Sequence[CountedList] = group) -> tuple[int, ...]:
            asked = {one.category for one in group}
            return (
                len(_shared(group, sets[place])),
                sum(one.category in asked for one in sets[place]),
                sum(uses[place, one.count] for one in group),
                sum(number for (where, _), number in uses.items() if where == place),
            )

        best = min(range(len(sets)), key=cost)
        found = {**found, name: best}
        uses.update((best, one.count) for one in group)
    return tuple(found[one.group] for one in lists)


def _shared(group: Sequence[CountedList], shown: Shown) -> set[str]:
    """Give what a list has in common with examples."""
    own = {concept for one in group for concept in one.concepts}
    return own & {concept for one in shown for concept in one.concepts}
