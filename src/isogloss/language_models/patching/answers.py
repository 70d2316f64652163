"""Logits of the few tokens that are answers: only their rows of the output layer are used.

This module imports torch; import it inside functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from isogloss.language_models.output_layer import fetched

if TYPE_CHECKING:
    from isogloss.language_models.output_layer import LogitReader


def answer_logits(reader: LogitReader, states: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
    """Give the logits of some tokens, float32 [rows, answers].

    Args:
        reader: of the model.
        states: what the output layer reads, [rows, units].
        answers: int64 [rows, answers], token ids.
    """
    weight = getattr(reader.weights, "weight", None)
    if weight is None or not weight.is_floating_point() or weight.dim() != 2:
        logits = torch.cat(list(reader.logits(states)))
        return logits.to(answers.device).gather(1, answers)
    with fetched(reader.weights):
        weight, bias = reader.weights.weight, getattr(reader.weights, "bias", None)
        own, chosen = states.to(weight.device), answers.to(weight.device)
        found = torch.einsum("ru,rau->ra", own.float(), weight[chosen].float())
        if bias is not None:
            found = found + bias[chosen].float()
    return reader.finish(found).to(answers.device)
