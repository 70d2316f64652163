"""Logits of the few tokens that are answers: only their rows of the output layer are used.

This module imports torch; import it inside functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

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
        return logits.gather(1, answers)
    found = torch.einsum("ru,rau->ra", states.float(), weight[answers].float())
    bias = getattr(reader.weights, "bias", None)
    return reader.finish(found if bias is None else found + bias[answers].float())
