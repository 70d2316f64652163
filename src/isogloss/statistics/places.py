"""Places of the right one among others: what chance makes of their sum."""

from __future__ import annotations

import numpy as np

OTHERS = 5
"""References of other sentences that each translation is scored against, if there are so many."""


def probability_of_sum(total: int, n: int, largest: int) -> float:
    """Give the probability that n draws of 0 to `largest` add up to `total` or less."""
    single = np.full(largest + 1, 1 / (largest + 1))
    distribution = np.ones(1)
    for bit in bin(n)[2:]:
        distribution = np.convolve(distribution, distribution)
        if bit == "1":
            distribution = np.convolve(distribution, single)
    return float(min(distribution[: total + 1].sum(), 1.0))


def least_p(n: int) -> float:
    """Give the p of n translations of which each is nearest to its own reference."""
    return probability_of_sum(0, n, min(OTHERS, n - 1)) if n > 1 else 1.0
