"""Nearest neighbours in one language: mutual ones, and similarities corrected for hubs (CSLS)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from isogloss.pipelines.alignment.blocks import Block, Scratch, diagonal
from isogloss.pipelines.alignment.ties import TIE_TOLERANCE

if TYPE_CHECKING:
    from numpy.typing import NDArray


def largest_down(block: Block, count: int) -> NDArray[np.float32]:
    """Find the largest similarities of every query with the sentences of the block's language.

    Each row passes through `count` running maxima and leaves the smaller value for the next one:
    whole rows at a time, which is several times faster than partitioning short columns.

    Args:
        block: [n, languages, n].
        count: how many.

    Returns:
        float32 [count, languages, n], descending; -inf where there are fewer sentences.
    """
    n, languages, _ = block.shape
    rows = block.reshape(n, languages * n)
    maxima = np.full((count, languages * n), -np.inf, np.float32)
    spare = np.empty((2, languages * n), np.float32)
    for row in rows:
        incoming = row
        for place in range(count - 1):
            smaller = spare[place % 2]
            np.minimum(maxima[place], incoming, out=smaller)
            np.maximum(maxima[place], incoming, out=maxima[place])
            incoming = smaller
        np.maximum(maxima[-1], incoming, out=maxima[-1])
    return maxima.reshape(count, languages, n)


def strictly_nearest(
    block: Block, largest: NDArray[np.float32], scratch: Scratch
) -> NDArray[np.int32]:
    """Find every query's nearest sentence of the block's language where no other ties with it.

    Args:
        block: [n, languages, n].
        largest: at least the two largest similarities of every query, from `largest_down`.
        scratch: working memory.

    Returns:
        int32 [languages, n], the index of the nearest sentence, -1 where there is a tie.
    """
    n, languages, _ = block.shape
    first, second = largest[0].ravel(), largest[1].ravel()
    at_maximum = scratch.flags((n, languages * n))
    np.equal(block.reshape(n, -1), first, out=at_maximum)
    np.logical_and(at_maximum, first - second > np.float32(TIE_TOLERANCE), out=at_maximum)
    rows, columns = np.divmod(np.flatnonzero(at_maximum), languages * n)
    nearest = np.full(languages * n, -1, np.int32)
    nearest[columns] = rows
    return nearest.reshape(languages, n)


def csls_hits(block: Block, largest: NDArray[np.float32], scratch: Scratch) -> NDArray[np.bool_]:
    """Tell which sentences of the block's language find their translation by CSLS.

    CSLS(x_i, y_j) = 2 cos(x_i, y_j) - r(x_i) - r(y_j), where r(y_j) is the mean similarity of y_j
    with its k nearest sentences of the other language (Conneau et al. 2018, Word translation
    without parallel data, section 2.3). For one query r(x_i) is constant: what is compared is
    cos(x_i, y_j) - r(y_j)/2.

    Args:
        block: [n, languages, n]; here its rows are the queries.
        largest: [k, languages, n] the similarities whose mean is r(y_j).
        scratch: working memory.

    Returns:
        bool [languages, n], for query i among the sentences of each language; ties miss.
    """
    corrected = scratch.floats(block.shape)
    np.subtract(block, largest.mean(axis=0) / 2, out=corrected)
    own = diagonal(corrected).copy()
    diagonal(corrected)[...] = -np.inf
    rival = corrected.max(axis=2).T
    return np.asarray(own - rival > np.float32(TIE_TOLERANCE))
