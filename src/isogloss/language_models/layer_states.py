"""Handing out the token states of every layer while a backbone reads a batch."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from isogloss.language_models.batching import Batch
    from isogloss.language_models.loading import LoadedModel

logger = logging.getLogger(__name__)

Visit = Callable[["torch.Tensor"], None]
LayerReader = Callable[["Batch", Visit], None]


def choose_layer_reader(loaded: LoadedModel, sample: Batch) -> LayerReader:
    """Give a function that shows `visit` the states of layers 0..L of a batch, in this order.

    Hooks on the blocks show each layer as soon as it is there, so that only one is held at a time.
    Whether they see what the model itself returns as `hidden_states` is tried on a sample; where
    they do not (shared or hidden blocks), the model is asked to return all layers instead.

    Args:
        loaded: an open model.
        sample: a small batch to try it on.
    """
    blocks = find_blocks(loaded)
    if blocks and _agree(_show_by_hooks(loaded, blocks), _show_returned(loaded), sample):
        return _show_by_hooks(loaded, blocks)
    logger.info("The blocks of this model cannot be watched singly: all layers are held at once")
    return _show_returned(loaded)


def find_blocks(loaded: LoadedModel) -> Sequence[torch.nn.Module]:
    """Find the list of transformer blocks: the outermost module list with one entry a layer."""
    from torch.nn import ModuleList

    lists = [
        (name.count("."), name, module)
        for name, module in loaded.backbone.named_modules()
        if isinstance(module, ModuleList) and len(module) == loaded.layers
    ]
    return list(min(lists)[2]) if lists else []


def backbone_arguments(loaded: LoadedModel, batch: Batch) -> dict[str, Any]:
    """Give the keyword arguments with which a backbone reads a batch.

    With padding on the left, positions are stated: models would otherwise count the padding.
    """
    arguments: dict[str, Any] = {
        "input_ids": batch.input_ids,
        "attention_mask": batch.attention_mask,
    }
    accepted = inspect.signature(loaded.backbone.forward).parameters
    if batch.padding_side == "left" and loaded.kind == "causal" and "position_ids" in accepted:
        arguments["position_ids"] = (batch.attention_mask.cumsum(-1) - 1).clamp(min=0)
    if "use_cache" in accepted:
        arguments["use_cache"] = False
    return arguments


def _show_by_hooks(loaded: LoadedModel, blocks: Sequence[torch.nn.Module]) -> LayerReader:
    def read(batch: Batch, visit: Visit) -> None:
        def show(
            module: torch.nn.Module, args: tuple[torch.Tensor, ...], kwargs: dict[str, Any]
        ) -> None:
            visit(args[0] if args else kwargs["hidden_states"])

        handles = [block.register_forward_pre_hook(show, with_kwargs=True) for block in blocks]
        try:
            output = loaded.backbone(**backbone_arguments(loaded, batch))
        finally:
            for handle in handles:
                handle.remove()
        visit(output.last_hidden_state)

    return read


def _show_returned(loaded: LoadedModel) -> LayerReader:
    def read(batch: Batch, visit: Visit) -> None:
        arguments = backbone_arguments(loaded, batch)
        for states in loaded.backbone(**arguments, output_hidden_states=True).hidden_states:
            visit(states)

    return read


def _agree(one: LayerReader, other: LayerReader, sample: Batch) -> bool:
    import torch

    seen: tuple[list[torch.Tensor], list[torch.Tensor]] = ([], [])
    with torch.inference_mode():
        for reader, states in zip((one, other), seen, strict=True):
            reader(sample, states.append)
    return len(seen[0]) == len(seen[1]) and all(
        a.shape == b.shape
        and torch.allclose(a.to(b.device), b, rtol=1e-3, atol=1e-5, equal_nan=True)
        for a, b in zip(*seen, strict=True)
    )
