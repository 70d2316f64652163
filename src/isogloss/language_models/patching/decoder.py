"""The blocks of a decoder, and where in them attention and MLP add to the residual stream.

This module imports torch; import it inside functions.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import Module

from isogloss.errors import NotFiniteError, Refusal
from isogloss.language_models.layer_states import find_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from isogloss.language_models.loading import LoadedModel

# Below a block: what takes the heads side by side and projects them back to the residual's units.
HEADS = (
    "self_attn.o_proj",
    "self_attn.out_proj",
    "self_attn.dense",
    "self_attention.dense",
    "attention.dense",
    "attn.c_proj",
    "attn.out_proj",
)
# What stands between that (or the MLP) and the residual in some families (Gemma, OLMo 2, GLM).
NORMS_OF_ATTENTION = ("post_attention_layernorm", "post_self_attn_layernorm")
MLPS = (
    "post_feedforward_layernorm",
    "post_mlp_layernorm",
    "mlp",
    "mlp.dense_4h_to_h",
    "fc2",
)
# Blocks that put a norm behind the sum (OPT 350m, Bloom with its post-norm option), where sums
# cannot tell what is added: family -> heads and MLP.
DECLARED = {
    "opt": ("self_attn.out_proj", "fc2"),
    "bloom": ("self_attention.dense", "mlp.dense_4h_to_h"),
}
# Distance of what is added from what a block changes, against the latter's length.
LIKE = 1e-3
ROUNDINGS = 8


@dataclass(frozen=True)
class Block:
    """A block of a decoder.

    Attributes:
        module: the block.
        heads: module whose input holds all heads side by side.
        attention: module whose output is what attention adds to the residual.
        mlp: module whose output is what the MLP adds.
        feed: module whose input is what the MLP reads, token by token; None if it has none.
        in_tuple: whether the block returns its states as the first entry of a tuple.
    """

    module: Module
    heads: Module
    attention: Module
    mlp: Module
    feed: Module | None
    in_tuple: bool


@dataclass(frozen=True)
class Decoder:
    """A causal model, taken apart.

    Attributes:
        loaded: the open model.
        blocks: L of them.
        heads: query heads of each block.
        units: of a head.
    """

    loaded: LoadedModel
    blocks: Sequence[Block]
    heads: int
    units: int


def take_apart(loaded: LoadedModel, tokens: Sequence[int]) -> Decoder:
    """Find the blocks of a causal model, and in each what attention and MLP add to the residual.

    Modules are proposed by the names that they have in transformers, and accepted if what they give
    for a sample adds up to what the block changes; blocks that put a norm behind this sum are known
    by their family.

    Args:
        loaded: an open causal model.
        tokens: a sample; some of them are read.

    Raises:
        Refusal: if it is not causal, or its blocks or a part of them cannot be found.
        NotFiniteError: if a hidden state is infinite or not a number.
    """
    if loaded.kind != "causal":
        raise Refusal(f"A model of kind {loaded.kind!r} cannot be patched: only causal ones can.")
    modules = find_blocks(loaded)
    if not modules:
        raise Refusal(
            f"Model {loaded.name!r} ({_family(loaded)}) cannot be patched: it has no list of "
            f"{loaded.layers} blocks."
        )
    sums = _watch(loaded, modules, tokens)
    if not all(seen.leaving.isfinite().all() for seen in sums):
        raise NotFiniteError(
            f"Model {loaded.name!r}: a hidden state is infinite or not a number. If the model runs "
            "in float16, use bfloat16 or float32; otherwise its weights are damaged."
        )
    blocks = [
        _describe(loaded, number, module, seen)
        for number, (module, seen) in enumerate(zip(modules, sums, strict=True), 1)
    ]
    heads = loaded.model.config.get_text_config().num_attention_heads
    return Decoder(loaded, blocks, heads, sums[0].width // heads)


@dataclass
class _Seen:
    """What went through a block: its input and output, what its parts gave, the heads' width.

    All of it lies on one device, wherever the block does.
    """

    entering: torch.Tensor
    leaving: torch.Tensor
    given: dict[str, torch.Tensor]
    width: int = 0
    in_tuple: bool = False


def _watch(loaded: LoadedModel, modules: Sequence[Module], tokens: Sequence[int]) -> list[_Seen]:
    ids = torch.tensor([list(tokens[:16])], device=loaded.device)
    seen: list[_Seen] = []

    def enter(module: Any, args: Any, kwargs: Any) -> None:
        entering = states_of(args, kwargs).to(loaded.device)
        seen.append(_Seen(entering, entering, {}))

    def leave(module: Any, args: Any, output: Any) -> None:
        seen[-1].leaving = states_in(output).to(loaded.device)
        seen[-1].in_tuple = isinstance(output, tuple)

    def give(name: str) -> Any:
        def hook(module: Any, args: Any, output: Any) -> None:
            if isinstance(output, torch.Tensor):
                seen[-1].given[name] = output.reshape(-1, output.shape[-1]).to(loaded.device)
            if name in HEADS:
                seen[-1].width = args[0].shape[-1]

        return hook

    with ExitStack() as hooks, torch.inference_mode():
        for module in modules:
            hooks.enter_context(_removed(module.register_forward_pre_hook(enter, with_kwargs=True)))
            hooks.enter_context(_removed(module.register_forward_hook(leave)))
            for name in (*HEADS, *NORMS_OF_ATTENTION, *MLPS):
                part = find_part(module, name)
                if part is not None:
                    hooks.enter_context(_removed(part.register_forward_hook(give(name))))
        loaded.backbone(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False)
    if len(seen) != len(modules):
        raise Refusal(
            f"Model {loaded.name!r} ({_family(loaded)}) cannot be patched: its {len(modules)} "
            f"blocks ran {len(seen)} times in one pass."
        )
    return seen


def _describe(loaded: LoadedModel, number: int, module: Module, seen: _Seen) -> Block:
    heads = next((name for name in HEADS if name in seen.given), "")
    names = _parts_that_add_up(seen, heads, loaded.dtype)
    if names is None and heads == (declared := DECLARED.get(_family(loaded), ("", "")))[0]:
        names = declared if declared[1] in seen.given else None
    if not heads or names is None:
        raise Refusal(
            f"Model {loaded.name!r} ({_family(loaded)}) cannot be patched: block {number} "
            f"({type(module).__name__}) has no parts that add up to what it changes. Sought were "
            f"an output projection of attention among {', '.join(HEADS)}, a norm behind it among "
            f"{', '.join(NORMS_OF_ATTENTION)}, and an MLP or a norm behind it among "
            f"{', '.join(MLPS)}."
        )
    attention, mlp = (find_part(module, name) for name in names)
    projection = find_part(module, heads)
    if attention is None or mlp is None or projection is None:
        raise AssertionError(names)
    feed = find_part(module, "mlp")
    return Block(module, projection, attention, mlp, feed, seen.in_tuple)


def _parts_that_add_up(seen: _Seen, heads: str, dtype: torch.dtype) -> tuple[str, str] | None:
    """Give the names of the two parts whose sum is what the block changes, if there are such."""
    units = seen.leaving.shape[-1]
    leaving = seen.leaving.reshape(-1, units).float()
    change = leaving - seen.entering.reshape(-1, units).float()
    allowed = LIKE * change.norm() + ROUNDINGS * torch.finfo(dtype).eps * leaving.norm()
    ends = [name for name in (*NORMS_OF_ATTENTION, heads) if name in seen.given]
    left = {
        (attention, mlp): (change - one.float() - other.float()).norm()
        for attention, mlp in product(ends, (name for name in MLPS if name in seen.given))
        if (one := seen.given[attention]).shape == (other := seen.given[mlp]).shape == change.shape
    }
    best = min(left, key=lambda names: float(left[names]), default=None)
    return best if best is not None and left[best] <= allowed else None


def find_part(module: Module, path: str) -> Module | None:
    """Give a module below another, or None if it is not there.

    Args:
        module: where to look.
        path: names joined by dots.
    """
    part: Any = module
    for name in path.split("."):
        part = getattr(part, name, None)
    return part if isinstance(part, Module) else None


def states_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> torch.Tensor:
    """Give the hidden states that a block is called with.

    Args:
        args: positional arguments of the call.
        kwargs: keyword arguments.
    """
    states: torch.Tensor = args[0] if args else kwargs["hidden_states"]
    return states


def states_in(output: Any) -> torch.Tensor:
    """Give the hidden states in what a block returns: a tensor, or a tuple that begins with it.

    Args:
        output: of a block.
    """
    states: torch.Tensor = output[0] if isinstance(output, tuple) else output
    return states


@contextmanager
def _removed(handle: Any) -> Iterator[None]:
    try:
        yield
    finally:
        handle.remove()


def _family(loaded: LoadedModel) -> str:
    return str(loaded.model.config.get_text_config().model_type)
