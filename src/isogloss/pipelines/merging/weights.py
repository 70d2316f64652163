"""Weights of the sources of a merge from their similarity to its target.

All weights are float64 [targets, sources]; rows sum to 1, or are 0 where nothing was chosen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from isogloss.pipelines.merging.similarity import Similarity

    Weights = NDArray[np.float64]
    Chosen = NDArray[np.bool_]

SINKHORN_ITERATIONS = 20
SINKHORN_EPSILON = 1e-9


def choose_sources(
    similarity: Similarity, k: int, *, include_target: bool = False, keep_ties: bool = False
) -> Chosen:
    """Choose the k most similar sources of every target.

    Of sources that tie for the last place, those first in the order of their names are taken, so
    that the choice does not hang on the order of the locales.

    Args:
        similarity: known for every source but perhaps the target's own.
        k: how many; all where there are fewer.
        include_target: the target's own source takes one of the k places, whatever its
            similarity; otherwise it is never chosen.
        keep_ties: take all that tie for the last place, which may be more than k.

    Returns:
        bool [targets, sources].
    """
    own = similarity.own
    values = np.where(own, -np.inf, similarity.values)
    by_name = np.argsort(similarity.sources)
    order = by_name[np.argsort(-values[:, by_name], axis=1, kind="stable")]
    ranks = np.argsort(order, axis=1)
    taken = own.sum(axis=1, keepdims=True) if include_target else 0
    chosen = (ranks < k - taken) & ~own
    if keep_ties:
        chosen |= (values >= _lowest(values, chosen)) & ~own
    return np.asarray(chosen | own if include_target else chosen)


def broken_ties(similarity: Similarity, chosen: Chosen) -> list[tuple[str, str, str]]:
    """List where names decided between equal similarities.

    Returns:
        (target, last source that was taken, first that was not), one a target.
    """
    others = chosen & ~similarity.own
    lowest = _lowest(similarity.values, others)
    tied = (similarity.values == lowest) & ~similarity.own
    names = np.asarray(similarity.sources)
    found = []
    for target, taken, left in zip(similarity.targets, tied & others, tied & ~others, strict=True):
        if left.any():
            found.append((target, max(names[taken]), min(names[left])))
    return found


def _lowest(values: Weights, chosen: Chosen) -> Weights:
    """Give the lowest chosen similarity of every target [targets, 1]; inf if none is chosen."""
    return np.asarray(np.where(chosen, values, np.inf).min(axis=1, keepdims=True, initial=np.inf))


def average_weights(chosen: Chosen) -> Weights:
    """Weight all chosen sources alike: 1/n."""
    return _scaled(chosen.astype(np.float64))


def softmax_weights(values: Weights, chosen: Chosen, temperature: float) -> Weights:
    """Weight by w_i = exp(s_i / T) / sum_j exp(s_j / T) over the chosen sources.

    T towards 0 gives the most similar source alone (shared among ties), T towards infinity the
    average.

    Args:
        values: similarities s, known where chosen.
        chosen: bool [targets, sources].
        temperature: T > 0, in units of s.
    """
    kept = np.where(chosen, values, -np.inf)
    highest = kept.max(axis=1, keepdims=True, initial=-np.inf)
    with np.errstate(over="ignore", invalid="ignore"):
        exponents = (kept - highest) / temperature
    return _scaled(np.where(chosen, np.exp(exponents), 0.0))


def proportional_weights(values: Weights, chosen: Chosen, temperature: float) -> Weights:
    """Weight by w_i = s_i^(1/T) / sum_j s_j^(1/T) over the chosen sources.

    T = 1 weights in proportion to the similarity itself; this is the softmax of log s.

    Args:
        values: similarities s, not negative where chosen, and one of each target above 0.
        chosen: bool [targets, sources].
        temperature: T > 0.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithms = np.log(np.where(chosen, values, 1.0))
    return softmax_weights(logarithms, chosen, temperature)


def sinkhorn_weights(values: Weights, chosen: Chosen) -> Weights:
    """Weight as the code of the original study (merginguriel) did, rows brought to sum 1.

    s' = (s + 1)/2 of the chosen sources, 0 elsewhere; then 20 times each row is divided by its sum
    + 1e-9, and each column by its sum + 1e-9 (Sinkhorn and Knopp 1967). The last step leaves rows
    that do not sum to 1, which the merge itself then scaled. Balancing the columns forces up
    sources that few targets choose: with k = 20 of 49 locales the most similar source gets the
    most weight for one target.

    Args:
        values: similarities s >= -1 of all targets that are to be balanced.
        chosen: as `choose_sources` does with `keep_ties`, as the original.
    """
    weights = np.where(chosen, (values + 1) / 2, 0.0)
    for _ in range(SINKHORN_ITERATIONS):
        weights = weights / (weights.sum(axis=1, keepdims=True) + SINKHORN_EPSILON)
        weights = weights / (weights.sum(axis=0, keepdims=True) + SINKHORN_EPSILON)
    return _scaled(weights)


def _scaled(weights: Weights) -> Weights:
    sums: Weights = weights.sum(axis=1, keepdims=True)
    return weights / np.where(sums > 0, sums, 1)
