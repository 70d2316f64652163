"""Whether probabilities are what they say: of a hundred answers that are 80 % sure, 80 are right.

Several weightings of the items at once, so that rounds of a bootstrap and clusters left out go
through the same routine.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

BINS = 10


def brier_scores(probabilities: ArrayLike, right: ArrayLike) -> Floats:
    """Give the Brier score of every item: sum_k (p_k - [k is right])^2, from 0 to 2.

    Brier 1950, Monthly Weather Review 78, p. 1, for several answers.

    Args:
        probabilities: [items, answers]; every row sums to 1.
        right: [items], the number of the right answer.
    """
    p = np.asarray(probabilities, np.float64)
    hits = np.arange(p.shape[1]) == np.asarray(right)[:, None]
    return np.asarray(np.square(p - hits).sum(axis=1))


def calibration_error(
    confidence: ArrayLike, hits: ArrayLike, weights: ArrayLike, bins: int = BINS
) -> Floats:
    """Give the expected calibration error in several weightings of the items.

    sum_b |sum_(i in b) w_i (hit_i - confidence_i)| / sum_i w_i over bins b of equal width of the
    confidence (Guo et al. 2017, ICML, section 2). Chance differences within bins add up, so that
    even probabilities that are right have an error above 0, the larger the fewer the items.

    Args:
        confidence: [items], probability of the answer that was given.
        hits: [items], 1 where it was right.
        weights: [rounds, items], not negative.
        bins: of the confidence.

    Returns:
        float64 [rounds]; NaN where nothing counts.
    """
    sure = np.asarray(confidence, np.float64)
    counts = np.asarray(weights, np.float64)
    gaps = np.asarray(hits, np.float64) - sure
    numbers = np.minimum((sure * bins).astype(np.intp), bins - 1)
    off = np.zeros(len(counts))
    for number in np.unique(numbers):
        off += np.abs(counts[:, numbers == number] @ gaps[numbers == number])
    total = counts.sum(axis=1)
    found = np.divide(off, total, out=np.full(len(counts), np.nan), where=total > 0)
    return np.asarray(found)
