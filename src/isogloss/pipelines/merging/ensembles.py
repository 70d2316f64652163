"""Several classifiers that answer together instead of being merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import scipy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.intp]

Vote = Literal["majority", "weighted", "soft"]


def vote(logits: NDArray[np.floating], weights: Floats, kind: Vote) -> Integers:
    """Let classifiers vote on every item.

    `majority`: each has one vote, those of weight 0 none; `weighted`: as many as its weight;
    `soft`: the weighted mean of the probabilities. Of classes with equally many votes the one with
    the higher weighted mean probability wins.

    Args:
        logits: [classifiers, items, classes].
        weights: [classifiers], not negative, with a positive sum.
        kind: how they vote.

    Returns:
        class of each item, [items].

    Raises:
        ValueError: if a weight is negative or none is positive.
    """
    if (weights < 0).any() or not weights.sum() > 0:
        raise ValueError(f"Votes need weights that are not negative, not all zero: {weights}.")
    probabilities = np.tensordot(
        weights / weights.sum(), scipy.special.softmax(logits, axis=-1), axes=1
    )
    return np.asarray(np.argmax(_VOTES[kind](logits, weights) + probabilities, axis=-1), np.intp)


def _count_votes(logits: NDArray[np.floating], weights: Floats) -> Floats:
    """Give every class its votes, in steps that no probability can outweigh.

    Sums of weights that are equal but for rounding are equal votes.
    """
    chosen = np.argmax(logits, axis=-1)[..., None] == np.arange(logits.shape[-1])
    votes = np.tensordot(weights / weights.max(), chosen.astype(np.float64), axes=1)
    return np.asarray(2 * np.unique(votes.round(9), return_inverse=True)[1].reshape(votes.shape))


def _count_heads(logits: NDArray[np.floating], weights: Floats) -> Floats:
    return _count_votes(logits, (weights > 0).astype(np.float64))


def _count_nothing(logits: NDArray[np.floating], weights: Floats) -> Floats:
    return np.zeros(logits.shape[1:])


_VOTES: Mapping[Vote, Callable[[NDArray[np.floating], Floats], Floats]] = {
    "majority": _count_heads,
    "weighted": _count_votes,
    "soft": _count_nothing,
}
