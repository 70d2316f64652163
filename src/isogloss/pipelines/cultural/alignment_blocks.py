"""Voices and groups that rest on the same questions, so that they can be measured at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from isogloss.statistics.profile_agreement import mean_of_others

if TYPE_CHECKING:
    from collections.abc import Iterator

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]
Kept = NDArray[np.bool_]

MOST_CELLS = 512
"""Pairs of voice and group to measure at a time, so that memory stays bounded."""


@dataclass(frozen=True)
class Block:
    """Some voices and some groups on the questions that all of them have.

    Attributes:
        voices: numbers of the voices.
        groups: numbers of the groups.
        columns: numbers of the questions.
    """

    voices: Integers
    groups: Integers
    columns: Integers


def split_into_blocks(voices: Kept, groups: Kept, least: int) -> Iterator[Block]:
    """Put together the voices and groups that have the same questions.

    Args:
        voices: [voices, questions], whether a voice has the question.
        groups: [groups, questions], whether a group, and the mean of the others, has it.
        least: questions that a block needs; smaller ones are left out.
    """
    for own_rows, own in _patterns(voices):
        for group_rows, theirs in _patterns(groups):
            columns = np.flatnonzero(own & theirs)
            if len(columns) < least:
                continue
            size = max(1, MOST_CELLS // len(group_rows))
            for start in range(0, len(own_rows), size):
                yield Block(own_rows[start : start + size], group_rows, columns)


def others_on(scores: Floats, block: Block) -> Floats | None:
    """Give the mean of the other groups on the questions of a block; None without others.

    Args:
        scores: [groups, questions, ...], of all groups.
        block: whose groups and questions are meant.
    """
    if len(scores) < 2:
        return None
    return mean_of_others(scores)[block.groups][:, block.columns]


def _patterns(kept: Kept) -> Iterator[tuple[Integers, Kept]]:
    """Give the rows that have the same questions, and these."""
    if not len(kept):
        return
    patterns, numbers = np.unique(kept, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        yield np.flatnonzero(numbers.ravel() == number), pattern
