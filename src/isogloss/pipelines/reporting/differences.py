"""Which of several scores on the same sentences can be told apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Differences:
    """Paired differences of all scores from each other with simultaneous intervals.

    Attributes:
        difference: float64 [k, k], score of the row minus score of the column.
        low: float64 [k, k], lower limits.
        high: float64 [k, k], upper limits.
        p: float64 [k, k], adjusted for all pairs at once.
    """

    difference: Floats
    low: Floats
    high: Floats
    p: Floats

    def tied(self) -> NDArray[np.bool_]:
        """Tell for every two scores whether the interval of their difference includes 0."""
        tied: NDArray[np.bool_] = ~((self.low > 0) | (self.high < 0))
        return tied


def compare_all(
    scores: Floats,
    influence: Floats,
    generator: np.random.Generator,
    *,
    confidence: float = 0.95,
    rounds: int = 2000,
    resolution: float = 0.0,
) -> Differences:
    """Compare every score with every other on the same sentences.

    The intervals are difference -/+ c SE. SE is the jackknife's, from the differences d_i of the
    influences: sqrt(sum d_i^2 / (n (n - 1))). c is the quantile of the largest |sum w_i d_i| /
    sqrt(sum d_i^2) over all pairs with standard normal w_i (max-T with a multiplier bootstrap:
    Chernozhukov, Chetverikov and Kato 2013, Annals of Statistics 41, section 3), carried over to
    Student's t with n - 1 degrees at the same tail for the few sentences. All intervals hold at
    once, so that a best score may be picked first and compared afterwards. p is the share of the
    draws whose largest ratio reaches that of the difference to its SE, carried over likewise, the
    difference counting as a draw more.

    For shares of hits the sum is extended by one more sentence that differs as much as the most
    different one, or else by the resolution: two scores that differ in a few sentences or in none
    are not told apart by an interval of almost no width (compare Agresti and Min 2005, Statistics
    in Medicine 24, p. 729, who add two such sentences).

    Args:
        scores: float64 [k].
        influence: float64 [k, n], each row with mean zero.
        generator: the source of randomness.
        confidence: that all intervals hold.
        rounds: of the bootstrap.
        resolution: the least by which one sentence can change a share of hits; 0 for scores that
            are not shares of hits.
    """
    count, n = influence.shape
    difference = scores[:, None] - scores[None, :]
    if n < 2:
        missing = np.full((count, count), np.nan)
        return Differences(difference, missing, missing.copy(), missing.copy())
    product = influence @ influence.T
    own = np.diag(product)
    squares = np.clip(own[:, None] + own[None, :] - 2 * product, 0, None)
    largest = _draw_largest(influence, squares, generator, rounds)
    critical = _critical(largest, n, confidence)
    extended = squares + _one_more(influence, resolution) if resolution else squares
    error = np.sqrt(extended / (n * (n - 1)))
    np.fill_diagonal(error, 0.0)
    reach = critical * error
    p = _adjusted(difference, error, largest, n)
    return Differences(difference, difference - reach, difference + reach, p)


def _one_more(influence: Floats, resolution: float) -> Floats:
    """Square the largest difference that any sentence makes; at least the resolution."""
    largest = np.stack([np.abs(influence - own).max(axis=1) for own in influence])
    one_more: Floats = np.maximum(largest, resolution) ** 2
    return one_more


def _draw_largest(
    influence: Floats, squares: Floats, generator: np.random.Generator, rounds: int
) -> Floats:
    """Draw the largest ratio of all pairs; without any pair there is nothing to draw."""
    first, second = np.triu_indices(len(influence), 1)
    if not len(first):
        return np.empty(0)
    scale = np.sqrt(squares[first, second])
    scale[scale <= 1e-12] = np.inf
    largest = np.empty(rounds)
    for start in range(0, rounds, 100):
        weights = generator.standard_normal((influence.shape[1], min(100, rounds - start)))
        moved = influence @ weights
        ratios = np.abs(moved[first] - moved[second]) / scale[:, None]
        largest[start : start + weights.shape[1]] = ratios.max(axis=0)
    return largest


def _critical(largest: Floats, n: int, confidence: float) -> float:
    """Give the quantile of the largest ratio, no less than Student's for a single difference."""
    student = float(scipy.stats.t.ppf((1 + confidence) / 2, n - 1))
    if not len(largest):
        return student
    normal = float(np.quantile(largest, confidence, method="higher"))
    return max(student, float(scipy.stats.t.isf(scipy.stats.norm.sf(normal), n - 1)))


def _adjusted(difference: Floats, error: Floats, largest: Floats, n: int) -> Floats:
    """Give p for all pairs at once, no less than Student's for a single difference."""
    same = np.abs(difference) <= 1e-12
    ratio = np.abs(difference) / np.where(error > 0, error, np.inf)
    tail = scipy.stats.t.sf(np.where(same, 0.0, ratio), n - 1)
    ordered = np.sort(largest)
    reached = len(ordered) - np.searchsorted(ordered, scipy.stats.norm.isf(tail))
    p: Floats = np.maximum((1 + reached) / (1 + len(ordered)), np.minimum(2 * tail, 1.0))
    p[same] = 1.0
    return p
