"""Patching the plain way, in transformers alone, for Llama: a whole pass with a hook."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Logits = NDArray[np.float64]


def _module(model: Any, component: str, layer: int) -> tuple[Any, bool]:
    """Give the module whose output (or, for the embeddings, input) is patched."""
    blocks = model.model.layers
    if component == "residual":
        return blocks[max(layer - 1, 0)], layer == 0
    return (
        blocks[layer - 1].self_attn if component == "attention" else blocks[layer - 1].mlp
    ), False


def naive_logits(
    model: Any,
    ids: tuple[int, ...],
    other: tuple[int, ...],
    site: tuple[str, int],
    tokens: tuple[int, ...],
) -> Logits:
    """Give the last logits of a prompt that takes activations of another one at some tokens."""
    module, before = _module(model, *site)
    kept: list[torch.Tensor] = []

    def states(value: Any) -> torch.Tensor:
        found: torch.Tensor = value[0] if isinstance(value, tuple) else value
        return found

    def remember(_: Any, value: Any, *rest: Any) -> None:
        kept.append(states(rest[0] if rest else value).clone())

    def replace(_: Any, value: Any, *rest: Any) -> Any:
        given = rest[0] if rest else value
        changed = states(given).clone()
        changed[:, list(tokens)] = kept[0][:, list(tokens)]
        return (changed, *given[1:]) if isinstance(given, tuple) else changed

    def run(prompt: tuple[int, ...], hook: Any) -> Logits:
        register = module.register_forward_pre_hook if before else module.register_forward_hook
        handle = register(hook)
        try:
            with torch.inference_mode():
                logits = model(torch.tensor([prompt])).logits[0, -1]
        finally:
            handle.remove()
        return np.asarray(logits.double().numpy())

    run(other, remember)
    return run(ids, replace)
