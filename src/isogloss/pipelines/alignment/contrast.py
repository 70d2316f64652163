"""How far translations stand out from sentences that are not: baseline and contrast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isogloss.pipelines.alignment.blocks import Block, Scratch, diagonal
from isogloss.statistics.intervals import jackknife_influence

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Contrast:
    """Similarities of non-translations of some pairs, and the contrast with translations.

    Attributes:
        baseline: float64 [pairs, n], the mean similarity of sentence j with the 2 (n - 1)
            sentences of the pair that it does not translate; their mean is the baseline.
        contrast: float64 [pairs], d'.
        influence: float64 [pairs, n], jackknife influences of d'.
    """

    baseline: Floats
    contrast: Floats
    influence: Floats


def measure_contrast(block: Block, origin: NDArray[np.float32], scratch: Scratch) -> Contrast:
    """Measure the baseline and d' = (mean_i S_ii - mean_{i!=j} S_ij) / sd_{i!=j} S_ij.

    The standard deviation is that of the n (n - 1) cells as a population. Everything is
    accumulated as a deviation from `origin`, near the mean, because in an anisotropic space the
    deviations are thousands of times smaller than the similarities.

    Args:
        block: [n, pairs, n].
        origin: [pairs], about the mean similarity of each pair.
        scratch: working memory.
    """
    n = len(block)
    deviation = scratch.floats(block.shape)
    np.subtract(block, np.repeat(origin[:, None], n, axis=1), out=deviation)
    translation = diagonal(deviation).astype(np.float64)
    diagonal(deviation)[...] = 0
    both = _sum_both_ways(deviation)
    np.multiply(deviation, deviation, out=deviation)
    squares = _sum_both_ways(deviation)
    contrast, left_out = _contrast(translation, both, squares)
    baseline = origin.astype(np.float64)[:, None] + both / (2 * (n - 1))
    return Contrast(baseline, contrast, jackknife_influence(left_out))


def _sum_both_ways(cells: Block) -> Floats:
    """Sum the cells in which each sentence takes part, on either side; float64 [pairs, n]."""
    return np.asarray(cells.sum(axis=2).T.astype(np.float64) + cells.sum(axis=0))


def _contrast(translation: Floats, both: Floats, squares: Floats) -> tuple[Floats, Floats]:
    """Give d' of all sentences, [pairs], and without each of them, [pairs, n]."""
    n = translation.shape[-1]

    def ratio(diagonal_sum: Floats, total: Floats, square: Floats, size: int) -> Floats:
        cells = size * (size - 1)
        mean = total / cells
        variance = np.maximum(square / cells - mean**2, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = (diagonal_sum / size - mean) / np.sqrt(variance)
        return np.asarray(np.where(variance > 0, found, np.nan))

    diagonal_sum = translation.sum(axis=-1)
    total, square = both.sum(axis=-1) / 2, squares.sum(axis=-1) / 2
    whole = ratio(diagonal_sum, total, square, n)
    if n < 3:
        return whole, np.full_like(translation, np.nan)
    left_out = ratio(
        diagonal_sum[:, None] - translation, total[:, None] - both, square[:, None] - squares, n - 1
    )
    return whole, left_out
