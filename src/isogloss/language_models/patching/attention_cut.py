"""Attention between chosen tokens, cut in some layers.

This module imports torch; import it inside functions.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import torch

from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch.nn import Module

    from isogloss.language_models.patching.continued_runs import Ends
    from isogloss.language_models.patching.decoder import Decoder

# Queries and keys of a prompt between which attention is cut.
Block = tuple[Sequence[int], Sequence[int]]


def cut_between(ends: Ends, edges: Sequence[Sequence[Block]]) -> torch.Tensor:
    """Say which columns of keys each token that is read must not see: bool [rows, tokens, keys].

    Args:
        ends: of prompts, about to be read.
        edges: of each prompt.
    """
    rows, tokens = ends.states.shape[:2]
    cut = torch.zeros(rows, tokens, ends.width + tokens, dtype=torch.bool)
    for row, (prompt, start) in enumerate(zip(ends.prompts, ends.starts, strict=True)):
        for queries, keys in edges[prompt]:
            for query in queries:
                cut[row, query - start, [ends.width - start + key for key in keys]] = True
    return cut.to(ends.states.device)


@contextmanager
def attention_cut(decoder: Decoder, layers: Sequence[int], cut: torch.Tensor) -> Iterator[None]:
    """Cut attention while a batch is read in the `with` block.

    Args:
        decoder: the model.
        layers: 1..L.
        cut: bool [rows, tokens, keys].

    Raises:
        Refusal: if a token is left with nothing to see, or the model takes no mask that can be
            changed.
    """

    def hook(module: Module, args: Any, kwargs: Any) -> Any:
        names = list(inspect.signature(module.forward).parameters)
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        if "attention_mask" not in given:
            raise Refusal(
                f"Model {decoder.loaded.name!r}: its blocks take no attention mask, so attention "
                "between chosen tokens cannot be cut."
            )
        # Of a model that is spread the mask lies where the states of the first block did.
        mask = given["attention_mask"]
        here = cut if mask is None else cut.to(mask.device)
        return (), {**given, "attention_mask": _without(mask, here)}

    with ExitStack() as hooks:
        for layer in layers:
            module = decoder.blocks[layer - 1].module
            handle = module.register_forward_pre_hook(hook, with_kwargs=True)
            hooks.callback(handle.remove)
        yield


def _without(mask: torch.Tensor | None, cut: torch.Tensor) -> torch.Tensor:
    """Take what is cut out of a mask of a model: none (all earlier tokens), bool or additive."""
    if mask is None:
        tokens, keys = cut.shape[1:]
        mask = torch.ones(tokens, keys, dtype=torch.bool, device=cut.device)
        mask = mask.tril(keys - tokens)[None, None]
    if mask.dim() != 4:
        raise Refusal(
            "The attention of this model takes no mask over queries and keys. Load it with "
            "attention of kind sdpa or eager to cut edges."
        )
    additive = mask.is_floating_point()
    least = torch.finfo(mask.dtype).min if additive else 0
    seen = mask > least / 2 if additive else mask.bool()
    left = seen & ~cut[:, None]
    if (seen.any(-1) & ~left.any(-1)).any():
        raise Refusal(
            "Some token is left with nothing to look at in a layer. Keep at least one key for "
            "each query, inside the window of the layer if it has one: best the token itself."
        )
    return mask.masked_fill(~left, least) if additive else left
