"""Which lists are asked for two of their categories: a rule that heeds neither is half wrong."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from isogloss.pipelines.counting.generation_plan import Cell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np

Pairs = list[tuple[Cell, Cell]]
_TRIES = 50


def pair_cells(
    cells: Sequence[Cell], disjoint: Mapping[str, frozenset[str]], generator: np.random.Generator
) -> tuple[Pairs, list[Cell]]:
    """Pair what is planned, so that both of a pair can be the same words.

    They have the same length, disjoint categories and different counts that fit into one list. Who
    answers without regard to the category is then right about one of the two at most. Cells with
    high counts choose first; of several tries the one that leaves the fewest alone is taken.

    Args:
        cells: that are planned.
        disjoint: category -> those that share no member with it.
        generator: of the lots.

    Returns:
        the pairs, and what is left without a partner.
    """
    odd = sum(number % 2 for number in Counter(cell.length for cell in cells).values())
    best: tuple[Pairs, list[Cell]] | None = None
    for _ in range(_TRIES):
        found = _pair_once(cells, disjoint, generator)
        if best is None or len(found[1]) < len(best[1]):
            best = found
        if len(best[1]) == odd:
            break
    return best or ([], [])


def _pair_once(
    cells: Sequence[Cell], disjoint: Mapping[str, frozenset[str]], generator: np.random.Generator
) -> tuple[Pairs, list[Cell]]:
    shuffled = [cells[place] for place in generator.permutation(len(cells))]
    waiting = sorted(shuffled, key=lambda cell: -cell.count)
    left: Counter[tuple[int, int]] = Counter((cell.length, cell.count) for cell in cells)
    pairs: Pairs = []
    alone = []
    while waiting:
        one = waiting.pop(0)
        left[one.length, one.count] -= 1
        fitting = [place for place, two in enumerate(waiting) if _fit(one, two, disjoint)]
        if not fitting:
            alone.append(one)
            continue
        # Of equally many, max takes the first, which is random within a count.
        place = max(fitting, key=lambda at: left[waiting[at].length, waiting[at].count])
        two = waiting.pop(place)
        left[two.length, two.count] -= 1
        pairs.append((one, two))
    return [pairs[place] for place in generator.permutation(len(pairs))], alone


def _fit(one: Cell, two: Cell, disjoint: Mapping[str, frozenset[str]]) -> bool:
    return (
        one.length == two.length
        and one.count != two.count
        and one.count + two.count <= one.length
        and two.category in disjoint.get(one.category, frozenset())
    )
