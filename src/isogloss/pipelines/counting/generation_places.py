"""At which places of a list its members stand: every place about equally often."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

ANY = -1
"""Stands for all counts."""


class PlaceBalance:
    """Chooses places, those first where members have stood least, ties by lot.

    Args:
        generator: of the lots.
    """

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator
        self._uses: Counter[tuple[int, int, int]] = Counter()

    def choose(self, length: int, count: int, taken: Sequence[bool] = ()) -> tuple[bool, ...]:
        """Give for every place whether a member is to stand there.

        Places are compared among lists of the same length and count, then of the same length.

        Args:
            length: of the list.
            count: of its members.
            taken: for every place whether it is taken already; empty: none is.
        """
        lots = self._generator.permutation(length)
        ranked = sorted(
            (place for place in range(length) if not any(taken[place : place + 1])),
            key=lambda place: (
                self._uses[length, count, place],
                self._uses[length, ANY, place],
                lots[place],
            ),
        )
        chosen = set(ranked[:count])
        return tuple(place in chosen for place in range(length))

    def account_for(self, members: Sequence[bool]) -> None:
        """Count the places of a list as used.

        Args:
            members: whether a member stands at each place.
        """
        length, count = len(members), sum(members)
        for place, member in enumerate(members):
            if member:
                self._uses[length, count, place] += 1
                self._uses[length, ANY, place] += 1
