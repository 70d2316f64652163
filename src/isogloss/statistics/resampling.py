"""Resampling of per-sentence outcomes with everything else held fixed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def bootstrap_counts(n: int, rounds: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Draw how often each sentence occurs in each round of a bootstrap.

    Args:
        n: sentences.
        rounds: of the bootstrap.
        generator: the source of randomness.

    Returns:
        int64 [rounds, n]; every row sums to n.
    """
    return generator.multinomial(n, np.full(n, 1 / n), size=rounds)


def bootstrap_weights(n: int, rounds: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Draw how much each sentence counts in each round of a bootstrap.

    One matrix serves all cells of a study, so that differences and maxima are taken inside a draw.

    Args:
        n: sentences.
        rounds: of the bootstrap.
        generator: the source of randomness.

    Returns:
        float32 [rounds, n]; every row sums to 1.
    """
    return (bootstrap_counts(n, rounds, generator) / n).astype(np.float32)


def resampled_means(
    values: NDArray[np.floating], weights: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Give the mean of every cell in every round.

    Args:
        values: [cells, n], per-sentence values.
        weights: [rounds, n] from `bootstrap_weights`.

    Returns:
        float32 [rounds, cells].
    """
    return weights @ np.asarray(values, np.float32).T


def percentile_interval(
    draws: NDArray[np.floating], confidence: float = 0.95
) -> tuple[Floats, Floats]:
    """Give the percentile interval of resampled scores.

    For a maximum of means, which is not smooth, so that the jackknife does not hold for it, the
    maximum is taken inside each draw.

    Args:
        draws: [rounds, cells].
        confidence: coverage asked for.

    Returns:
        lower and upper limits, float64 [cells]; NaN where draws are.
    """
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    low, high = np.quantile(np.asarray(draws, np.float64), tails, axis=0)
    return low, high
