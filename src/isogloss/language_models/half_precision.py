"""Two detours around slow spots of PyTorch in half precision on a CPU.

Measured on Gemma 3 270M in bfloat16 on 2 cores (batches of 768 tokens; share of the rate of plain
matrix products that whole passes reach): as loaded 57 %, with the first detour 64 %, with both
68 %. Both compute the same functions; only rounding differs, by less than the dtype's own error.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

    from isogloss.language_models.loading import LoadedModel


@contextmanager
def half_precision_detours(loaded: LoadedModel, *, keep_attention: bool = False) -> Iterator[None]:
    """Take the detours while in the `with` block, if the model runs in half precision on a CPU.

    The second is for bfloat16 alone: oneDNN has no float16 on most processors.

    Args:
        loaded: an open model.
        keep_attention: leave out the first, which is none where few tokens follow many: generating
            a token at a time it takes 15 % more, and options after 300 tokens 35 % (measured).
    """
    import torch

    with ExitStack() as stack:
        if loaded.device.type == "cpu" and loaded.dtype in (torch.bfloat16, torch.float16):
            if not keep_attention:
                stack.enter_context(_plain_attention(loaded.backbone))
            if loaded.dtype is torch.bfloat16:
                stack.enter_context(_fused_gelu(loaded.backbone))
        yield


@contextmanager
def _plain_attention(backbone: Any) -> Iterator[None]:
    """Compute attention by plain matrix products.

    For up to 100 tokens PyTorch's fused attention takes 1.2 to 2.7 times as long (measured at 4 x
    256, 12 x 32 and 32 x 128 units); in float32 it does not.
    """
    chosen = getattr(backbone.config, "_attn_implementation", None)
    if chosen != "sdpa":
        yield
        return
    backbone.set_attn_implementation("eager")
    try:
        yield
    finally:
        backbone.set_attn_implementation(chosen)


@contextmanager
def _fused_gelu(backbone: Any) -> Iterator[None]:
    """Compute GELU(x W) of gated feed-forward blocks in one step of oneDNN.

    PyTorch's own tanh-approximated GELU takes 6.5 times as long as the exact one there, some 7 % of
    a whole pass; oneDNN applies it to the product before that is rounded. The step is the one that
    torch.compile uses; where this version of PyTorch lacks it, nothing is changed.
    """
    import torch

    fused = getattr(torch.ops.mkldnn, "_linear_pointwise", None)
    blocks = _gated_gelu_blocks(backbone) if fused is not None else []
    for block in blocks:
        weight = block.gate_proj.weight
        block.gate_proj.forward = partial(_gelu_of_product, fused, weight)
        block.act_fn.forward = _unchanged
    try:
        yield
    finally:
        for block in blocks:
            del block.gate_proj.forward, block.act_fn.forward


def _gelu_of_product(fused: Any, weight: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
    result: torch.Tensor = fused(inputs, weight, None, "gelu", [], "tanh")
    return result


def _unchanged(inputs: torch.Tensor) -> torch.Tensor:
    return inputs


def _gated_gelu_blocks(backbone: Any) -> list[Any]:
    """Find blocks that compute down_proj(act_fn(gate_proj(x)) * up_proj(x)) with a tanh GELU."""
    from torch.nn import Linear
    from transformers.activations import GELUTanh

    blocks = [
        module
        for module in backbone.modules()
        if type(getattr(module, "act_fn", None)) is GELUTanh
        # Of a model that is spread the weights may lie elsewhere: what fetches them stands here.
        and "forward" not in vars(module.gate_proj)
        and type(getattr(module, "gate_proj", None)) is Linear
        and type(getattr(module, "up_proj", None)) is Linear
        and module.gate_proj.bias is None
    ]
    # An activation shared between blocks could be used elsewhere, too.
    alone = len({id(block.act_fn) for block in blocks}) == len(blocks)
    return blocks if alone else []
