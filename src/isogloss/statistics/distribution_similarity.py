"""How much alike two distributions of answers to one question are; 1 is equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Floats = NDArray[np.float64]


def jensen_shannon_similarity(first: ArrayLike, second: ArrayLike) -> Floats:
    """Give 1 - the Jensen-Shannon distance, the root of the divergence in bits.

    sqrt((KL(p || m) + KL(q || m)) / 2) with m = (p + q) / 2 and logarithms to base 2, which lies in
    0..1 (Lin 1991, IEEE Transactions on Information Theory 37, p. 145; Endres and Schindelin 2003,
    the same 49, p. 1858). Durmus et al. 2023 (arXiv 2306.16388) score survey answers by it.

    Args:
        first: [..., codes], shares that sum to 1.
        second: the same.

    Returns:
        float64 [...] in 0..1.
    """
    p, q = np.asarray(first, np.float64), np.asarray(second, np.float64)
    middle = (p + q) / 2
    divergence = (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2
    return np.asarray(1 - np.sqrt(np.clip(divergence, 0, 1)))


def wasserstein_similarity(first: ArrayLike, second: ArrayLike, span: ArrayLike) -> Floats:
    """Give 1 - how far answers must be moved along their scale, as a share of its length.

    sum_k |F_p(k) - F_q(k)| / (K - 1) over the K codes of an ordinal scale, one step apart: the
    Wasserstein distance of order 1 (Vallender 1974, Theory of Probability 18, p. 784).

    Args:
        first: [..., codes], shares that sum to 1, in the order of the scale.
        second: the same.
        span: [...], steps from the lowest to the highest code, at least 1.

    Returns:
        float64 [...] in 0..1.
    """
    p, q = np.asarray(first, np.float64), np.asarray(second, np.float64)
    moved = np.abs(np.cumsum(p - q, axis=-1)).sum(axis=-1)
    return np.asarray(np.clip(1 - moved / np.asarray(span, np.float64), 0, 1))


def _relative_entropy(p: Floats, q: Floats) -> Floats:
    p, q = np.broadcast_arrays(p, q)
    there = p > 0
    ratio = np.divide(p, q, out=np.ones_like(p), where=there)
    return np.asarray((p * np.log2(ratio)).sum(axis=-1))
