"""Outcomes of a run: what is read from the logits of the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from isogloss.pipelines.mediation.designs import MOVES
from isogloss.pipelines.mediation.pair_parameters import CATEGORY_SWAP

if TYPE_CHECKING:
    from isogloss.pipelines.mediation.effect_parameters import Outcome

Floats = NDArray[np.float64]
COMPARED: tuple[Outcome, ...] = ("divergence", "flip")
"""Outcomes that compare a run with another, and so have no value of their own."""
CONTROL = "control"
COUNTS_DIFFER = ("count_swap", CATEGORY_SWAP)
"""Kinds of pairs whose prompts have different right answers, two counts."""


def has_outcome(outcome: Outcome, kind: str) -> bool:
    """Say whether an outcome is defined for a kind of pairs.

    A control has no counts. Where two items change places the count is the same, so that it has no
    log-odds of two counts but those of both neighbours; where the count changes, these are one.
    """
    if outcome in COMPARED:
        return True
    if kind == CONTROL:
        return outcome == "log_odds"
    if outcome == "log_odds":
        return kind not in MOVES
    return outcome == "expected_count" or kind not in COUNTS_DIFFER


def read_outcome(outcome: Outcome, logits: Floats, contrast: Floats, count: int) -> Floats:
    """Read an outcome from the logits of the answers.

    log_odds: sum of contrast times logits, in which the softmax normaliser cancels.
    expected_count: sum of n p(n) with p the softmax over the answers 0..9.
    up: log p(c + 1) - log p(c); down: log p(c - 1) - log p(c); NaN beyond 0..9.

    Args:
        outcome: one that has a value of its own.
        logits: [..., answers].
        contrast: [answers], weights that sum to 0.
        count: c, of both prompts.

    Returns:
        float64 [...], in nats; expected_count in items.
    """
    if outcome == "log_odds":
        return np.asarray(logits @ contrast)
    if outcome == "expected_count":
        return np.asarray(probabilities(logits) @ np.arange(logits.shape[-1]))
    neighbour = count + (1 if outcome == "up" else -1)
    if not 0 <= neighbour < logits.shape[-1]:
        return np.full(logits.shape[:-1], np.nan)
    return np.asarray(logits[..., neighbour] - logits[..., count])


def compare_runs(outcome: Outcome, logits: Floats, reference: Floats) -> Floats:
    """Compare the answers of runs with those of another run.

    divergence: sum of p log(p / q) with p of the run, q of the reference, over the answers.
    flip: 1 where the likeliest answer is another one.

    Args:
        outcome: `divergence` or `flip`.
        logits: [..., answers].
        reference: [answers].
    """
    if outcome == "flip":
        return np.asarray(logits.argmax(axis=-1) != reference.argmax(), np.float64)
    own, other = _log_softmax(logits), _log_softmax(reference)
    return np.asarray(np.sum(np.exp(own) * (own - other), axis=-1))


def probabilities(logits: Floats) -> Floats:
    """Give the softmax over the answers, [..., answers]."""
    return np.asarray(np.exp(_log_softmax(logits)))


def _log_softmax(logits: Floats) -> Floats:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))
