"""MEXA: translations nearer to each other than to any other sentence of the two languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from isogloss.pipelines.alignment.blocks import (
    Block,
    Counts,
    Scratch,
    count_down,
    count_rescues,
    diagonal,
)
from isogloss.pipelines.alignment.ties import TIE_TOLERANCE
from isogloss.statistics.intervals import mean_influence
from isogloss.statistics.subpools import deletion_gain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True)
class MutualCompetition:
    """What the strict row-and-column rule needs.

    Attributes:
        beaten: uint16 [pairs, n], k_i: indices j != i with S_ij or S_ji at least S_ii. MEXA hits
            where it is 0 (Kargaran et al. 2025, MEXA, section 3).
        rescues: uint16 [pairs, n], for index j: the sentences that miss because of j alone.
        subpool_influence: m -> float32 [pairs, n], jackknife influences of `mexa_at_m`, m < n.
    """

    beaten: Counts
    rescues: Counts
    subpool_influence: Mapping[int, NDArray[np.float32]]


def compete_mutually(
    block: Block, pool_sizes: Sequence[int], scratch: Scratch
) -> MutualCompetition:
    """Compare every translation with its row and its column of the pair's similarities.

    Index j beats i if max(S_ij, S_ji) >= S_ii, ties within the tolerance.

    Args:
        block: [n, pairs, n], the block of one language with only those languages that it is paired
            with.
        pool_sizes: the m of `mexa_at_m`.
        scratch: working memory.
    """
    n = len(block)
    larger = scratch.floats(block.shape)
    np.maximum(block, block.transpose(2, 1, 0), out=larger)
    threshold = diagonal(block) - np.float32(TIE_TOLERANCE)
    beats = scratch.flags(block.shape)
    np.greater_equal(larger, threshold, out=beats)
    beaten = count_down(beats) - np.uint16(1)
    rescues = count_rescues(beats, beaten)
    smaller = [size for size in pool_sizes if size < n]
    influence = {}
    if smaller:
        numbers = larger  # no longer needed as similarities
        np.copyto(numbers, beats)
        influence = {size: _subpool_influence(numbers, beaten, size) for size in smaller}
    return MutualCompetition(beaten, rescues, influence)


def _subpool_influence(beats: Block, beaten: Counts, size: int) -> NDArray[np.float32]:
    """Give the jackknife influences of the expected MEXA in a pool of `size` sentences.

    Args:
        beats: [n, pairs, n], 1 where candidate i beats query j, and on the diagonal.
        beaten: [pairs, n].
        size: m < n.
    """
    remaining, gain = deletion_gain(len(beats), size)
    gains = gain[beaten].astype(np.float32)
    received = np.matmul(beats.transpose(1, 0, 2), gains[:, :, None])[:, :, 0] - gains
    return mean_influence(remaining[beaten] - received).astype(np.float32)
