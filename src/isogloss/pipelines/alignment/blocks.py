"""Views and counts of a block of similarities: one language's sentences against everybody's.

A block is float32 [n, languages, n]: `block[i, b, j]` is the similarity of sentence i of the
block's own language with sentence j of language b. Its last two axes are contiguous, so that it is
also a matrix [n, languages * n].
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Block = NDArray[np.float32]
Counts = NDArray[np.uint16]


def diagonal(block: NDArray[Any]) -> NDArray[Any]:
    """Give a writable view [languages, n] of the similarities of translations."""
    n, languages, _ = block.shape
    first, second, third = block.strides
    return np.lib.stride_tricks.as_strided(block, (languages, n), (second, first + third))


def count_down(terms: NDArray[Any], largest: int = 1) -> Counts:
    """Sum small counts over the first axis, in bytes as long as they suffice.

    Args:
        terms: bool or uint8 [n, ...].
        largest: value that a term can have.

    Returns:
        uint16 [...].
    """
    octets = terms.view(np.uint8)
    step = 255 // largest
    total = np.zeros(terms.shape[1:], np.uint16)
    for start in range(0, len(octets), step):
        total += np.add.reduce(octets[start : start + step], axis=0, dtype=np.uint8)
    return total


def count_rescues(reach: NDArray[np.bool_], reaching: Counts) -> Counts:
    """Count for each candidate the queries that it alone keeps from a hit.

    Args:
        reach: [n, languages, n], whether candidate i reaches the similarity that query j of a
            language has with its translation; true for the translation itself.
        reaching: [languages, n], how many candidates other than the translation do.

    Returns:
        uint16 [languages, n], for candidate i.
    """
    n, languages, _ = reach.shape
    queries = np.flatnonzero(reaching.ravel() == 1)
    candidates, positions = np.nonzero(reach.reshape(n, -1)[:, queries])
    language, query = np.divmod(queries[positions], n)
    other = candidates != query
    cells = language[other] * n + candidates[other]
    counts = np.bincount(cells, minlength=languages * n)
    return counts.astype(np.uint16).reshape(languages, n)


class Scratch:
    """Arrays that one worker uses again for every block, so that no memory is asked for inside.

    Args:
        sentences: n.
        columns: languages * n.
    """

    def __init__(self, sentences: int, columns: int) -> None:
        self._floats = np.empty((2, sentences * columns), np.float32)
        self._flags = np.empty((2, sentences * columns), np.bool_)

    def floats(self, shape: tuple[int, ...], which: int = 0) -> NDArray[np.float32]:
        """Give one of two float32 arrays, of any shape that fits, with arbitrary content."""
        return self._floats[which, : int(np.prod(shape))].reshape(shape)

    def flags(self, shape: tuple[int, ...], which: int = 0) -> NDArray[np.bool_]:
        """Give one of two bool arrays, of any shape that fits, with arbitrary content."""
        return self._flags[which, : int(np.prod(shape))].reshape(shape)
