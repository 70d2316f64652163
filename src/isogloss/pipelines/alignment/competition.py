"""Which sentences of one language come nearer to a query than its translation does."""

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

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Competition:
    """How the sentences of one language, as candidates, compete for the queries of every language.

    Attributes:
        reaching: uint16 [languages, n], for query j: the candidates, its translation left out, that
            are at least as similar (recall@1 hits where this is 0).
        rescues: uint16 [languages, n], for candidate i: the queries that miss because of it alone.
        loss: float32 [languages, n], for sentence j: the share of comparisons that the translation
            loses, ties half, where j is the query or the competitor (1 - AUC, both roles averaged).
    """

    reaching: Counts
    rescues: Counts
    loss: NDArray[np.float32]


def compete(block: Block, scratch: Scratch) -> Competition:
    """Compare every query's similarities with that of its translation, ties within the tolerance.

    Recall@1 is strict: a tie is a miss. AUC is P(S_ij < S_ii) + P(S_ij = S_ii)/2 over j != i
    (Mann and Whitney 1947).

    Args:
        block: [n, languages, n]; rows are the candidates, the last two axes the queries.
        scratch: working memory.
    """
    n = len(block)
    translation = diagonal(block).copy()
    reach, exceed = scratch.flags(block.shape, 0), scratch.flags(block.shape, 1)
    np.greater_equal(block, translation - np.float32(TIE_TOLERANCE), out=reach)
    np.greater(block, translation + np.float32(TIE_TOLERANCE), out=exceed)
    reaching = count_down(reach) - np.uint16(1)
    # Twice the loss, without the translation itself, which counts 1 in each sum.
    terms = np.add(reach.view(np.uint8), exceed.view(np.uint8), out=exceed.view(np.uint8))
    as_query = count_down(terms, largest=2).astype(np.int32) - 1
    as_candidate = np.add.reduce(terms, axis=2, dtype=np.uint16).T.astype(np.int32) - 1
    loss = (as_query + as_candidate).astype(np.float32) / np.float32(4 * (n - 1))
    return Competition(reaching, count_rescues(reach, reaching), loss)
