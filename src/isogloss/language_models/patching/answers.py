"""Logits of the few tokens that are answers: only their rows of the output layer are used.

This module imports torch; import it inside functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from isogloss.language_models.output_layer import HALF

if TYPE_CHECKING:
    from isogloss.language_models.output_layer import LogitReader

WORDS_AT_ONCE = 2**14
"""Rows of the output layer that are turned into float32 at once."""


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


def log_normalisers(reader: LogitReader, states: torch.Tensor) -> torch.Tensor:
    """Give the log of the sum of exp(logit) over the vocabulary, float32 [rows].

    In half precision logits lie on a grid, and answers would get more probability than there is.

    Args:
        reader: of the model.
        states: what the output layer reads, [rows, units].
    """
    weight = getattr(reader.weights, "weight", None)
    if weight is None or weight.dim() != 2 or weight.itemsize != HALF:
        return torch.cat([logits.logsumexp(-1) for logits in reader.logits(states)])
    bias = getattr(reader.weights, "bias", None)
    sums = []
    for start in range(0, len(weight), WORDS_AT_ONCE):
        some = slice(start, start + WORDS_AT_ONCE)
        logits = states.float() @ weight[some].float().T
        logits = reader.finish(logits if bias is None else logits + bias[some].float())
        sums.append(logits.logsumexp(-1))
    return torch.stack(sums).logsumexp(0)
