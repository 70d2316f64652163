"""Is a language aligned with the pivot at all? A permutation test of the pairing of sentences."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class PairingTest(NamedTuple):
    """P-values of a random pairing.

    Attributes:
        p: float64 [cells], for each cell by itself.
        adjusted: float64 [cells], for all cells at once (max-T).
    """

    p: Floats
    adjusted: Floats


def count_partners(partners: NDArray[np.int32], pivot_first: bool) -> NDArray[np.uint16]:
    """Count in how many layers two sentences of a pair of languages are mutually nearest.

    Args:
        partners: [layers, n], for each sentence of the first language its mutually nearest one in
            the second, or -1.
        pivot_first: whether the first language is the pivot.

    Returns:
        uint16 [n, n]: sentence of the other language, sentence of the pivot.
    """
    n = partners.shape[1]
    layers, first = np.nonzero(partners >= 0)
    second = partners[layers, first]
    rows, columns = (second, first) if pivot_first else (first, second)
    return np.bincount(rows * n + columns, minlength=n * n).reshape(n, n).astype(np.uint16)


def compare_with_random_pairings(
    counts: NDArray[np.uint16], rounds: int, generator: np.random.Generator
) -> PairingTest:
    """Compare the hits of the true pairing with those of random pairings.

    A random pairing permutes the sentences of the pivot, jointly for all languages and layers, so
    that what languages and layers have in common stays. The p-values are exact up to the number of
    draws, (1 + those that hit as often) / (1 + draws). They are adjusted by the largest of the hits
    of all languages, each in standard deviations from its mean over the draws (Westfall and Young
    1993, Resampling-based multiple testing, section 2.6).

    Args:
        counts: [cells, n, n] from `count_partners`.
        rounds: random pairings to draw.
        generator: the source of randomness.
    """
    n = counts.shape[1]
    sentences = np.arange(n)
    observed = counts[:, sentences, sentences].sum(axis=1, dtype=np.float64)
    drawn = np.empty((rounds, len(counts)))
    for number in range(rounds):
        drawn[number] = counts[:, sentences, generator.permutation(n)].sum(axis=1)
    spread = drawn.std(axis=0)
    scale = np.where(spread > 0, spread, np.inf)
    largest = ((drawn - drawn.mean(axis=0)) / scale).max(axis=1)
    standing = (observed - drawn.mean(axis=0)) / scale
    tolerance = 1e-9
    return PairingTest(
        (1 + (drawn >= observed - tolerance).sum(axis=0)) / (1 + rounds),
        (1 + (largest[:, None] >= standing - tolerance).sum(axis=0)) / (1 + rounds),
    )
