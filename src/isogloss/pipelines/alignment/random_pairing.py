"""The floor of MEXA: what sentences score that are paired with others than their translations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from isogloss.pipelines.alignment.ties import TIE_TOLERANCE
from isogloss.statistics.subpools import subpool_hit_probability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from isogloss.pipelines.alignment.blocks import Block

NEGLIGIBLE = 1e-3
"""Hit probabilities below this are left out of the floor, which lowers it by less than 0.5 %."""


def mutual_partners(
    nearest_forward: NDArray[np.int32], nearest_backward: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Find the sentences that are each other's strictly nearest: the hits of any pairing.

    Whatever the pairing of the sentences, MEXA hits where it pairs such partners, since the strict
    maximum of a row and of a column does not depend on who is paired with whom.

    Args:
        nearest_forward: [..., n], for each sentence of the first language the strictly nearest of
            the second, or -1.
        nearest_backward: [..., n], the same from the second language to the first.

    Returns:
        int32 [..., n], for each sentence of the first language its partner, or -1.
    """
    n = nearest_forward.shape[-1]
    returned = np.take_along_axis(nearest_backward, np.maximum(nearest_forward, 0), axis=-1)
    mutual = (nearest_forward >= 0) & (returned == np.arange(n))
    return np.where(mutual, nearest_forward, -1).astype(np.int32)


def mutual_share(partners: NDArray[np.int32]) -> NDArray[np.float64]:
    """Give the MEXA of sentences that are paired with any others than their translations, exactly.

    The mean over all pairings without a translation: of the n (n - 1) cells off the diagonal those
    that are hits, each as likely to be paired as any other.

    Args:
        partners: [..., n] from `mutual_partners`.

    Returns:
        float64 [...].
    """
    n = partners.shape[-1]
    others = (partners >= 0) & (partners != np.arange(n))
    return np.asarray(others.sum(axis=-1) / (n * (n - 1)))


def floor_size(pool_sizes: Sequence[int], n: int) -> int | None:
    """Choose the common pool whose floor is measured: the largest that is smaller than n.

    The floor of a pool of all n sentences is `mutual_share`; where that is one of the pools asked
    for it is the largest, and no other is measured.

    Args:
        pool_sizes: the m of `mexa_at_m`.
        n: sentences.
    """
    fitting = [size for size in pool_sizes if size <= n]
    return max(fitting) if fitting and max(fitting) < n else None


def subpool_floor(block: Block, size: int) -> NDArray[np.float64]:
    """Give the expected MEXA in a random pool of m sentences, none paired with its translation.

    The mean over i != j of g(r_ij) g(c_ij), where r_ij and c_ij count the other cells of the row
    and of the column that reach S_ij, and g(k) = C(n-1-k, m-1)/C(n-1, m-1): under a random pairing
    the other m - 1 sentences of the pool and their partners are two independent draws without
    replacement, one of which has to avoid the rivals in the column and one those in the row.

    Only cells near the top of both their row and their column have a g that counts.

    Args:
        block: [n, pairs, n].
        size: m < n.

    Returns:
        float64 [pairs].
    """
    n, pairs, _ = block.shape
    weights = np.array(subpool_hit_probability(n, size))
    depth = min(int((weights >= NEGLIGIBLE).sum()) + 1, n)
    weights[depth - 1 :] = 0.0
    floors = np.empty(pairs)
    for pair in range(pairs):
        cells = np.ascontiguousarray(block[:, pair])
        rows, columns = _largest(cells, depth), _largest(cells.T, depth)
        near = (cells >= rows[:, -1:]) & (cells >= columns[:, -1])
        np.fill_diagonal(near, val=False)
        row, column = np.nonzero(near)
        reached = cells[row, column][:, None] - np.float32(TIE_TOLERANCE)
        in_row = (rows[row] >= reached).sum(axis=1) - 1
        in_column = (columns[column] >= reached).sum(axis=1) - 1
        floors[pair] = (weights[in_row] * weights[in_column]).sum() / (n * (n - 1))
    return floors


def _largest(cells: NDArray[np.float32], depth: int) -> NDArray[np.float32]:
    """Give the largest similarities of every row, the least of them last."""
    n = cells.shape[1]
    top = np.partition(cells, n - depth, axis=1)[:, n - depth :]
    return np.ascontiguousarray(top[:, ::-1])
