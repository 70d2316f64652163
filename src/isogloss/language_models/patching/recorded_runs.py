"""What a model computes for some prompts: kept, so that other runs can start from it or take it.

This module imports torch and transformers; import it inside functions.
"""

from __future__ import annotations

import inspect
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from transformers import DynamicCache

from isogloss.errors import Refusal
from isogloss.language_models.patching.decoder import Decoder, states_in, states_of
from isogloss.language_models.patching.sites import Component, PatchSite

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from torch.nn import Module

    from isogloss.language_models.batching import BatchRunner
    from isogloss.language_models.output_layer import LogitReader

# Component (head: all heads side by side) and layer.
Part = tuple[Component, int]
# Memory for recorded runs: 1 GB. More at once make batches fuller, until these are full.
RECORD_BYTES = 2**30


@dataclass(frozen=True)
class RecordedRuns:
    """What was computed for some prompts, padded at the right.

    All of it lies on the device to which inputs go, wherever the layers do.

    Attributes:
        ids: int64 [runs, tokens].
        lengths: int64 [runs], without padding.
        keys: a layer: [runs, tokens, heads, units], positions included.
        values: likewise.
        parts: (component, layer) -> [runs, tokens, units].
        final: what the output layer reads for the last token, [runs, units].
    """

    ids: torch.Tensor
    lengths: torch.Tensor
    keys: Sequence[torch.Tensor]
    values: Sequence[torch.Tensor]
    parts: Mapping[Part, torch.Tensor]
    final: torch.Tensor


def parts_for(sites: Sequence[PatchSite]) -> set[Part]:
    """Say what has to be recorded so that some sites can be patched.

    Another component than the residual is put in its block anew, so what enters the block is needed
    there, what the heads give, and what leaves it for the other tokens.

    Args:
        sites: to be patched.
    """
    parts: set[Part] = set()
    for site in sites:
        parts.add(("residual", site.layer))
        if site.component != "residual":
            parts |= {("residual", site.layer - 1), ("head", site.layer)}
            # Queries are made anew from what enters the block.
            if site.component != "query":
                parts.add((site.component, site.layer))
    return parts


def split_by_memory(
    decoder: Decoder, parts: set[Part], lengths: Sequence[int]
) -> Iterator[list[int]]:
    """Split prompts into portions whose recorded runs fit in `RECORD_BYTES`.

    Those of like length are put together, since runs are padded to the longest.

    Args:
        decoder: the model.
        parts: to be recorded.
        lengths: tokens of each prompt; a longer one is a portion of its own.

    Yields:
        Places in `lengths`.
    """
    loaded = decoder.loaded
    # Keys and values are at most as wide as the heads side by side.
    wide = decoder.heads * decoder.units
    units = 2 * loaded.layers * wide
    units += sum(wide if component == "head" else loaded.hidden_size for component, _ in parts)
    affordable = RECORD_BYTES // (units * loaded.dtype.itemsize)
    portion: list[int] = []
    for place in sorted(range(len(lengths)), key=lambda place: lengths[place]):
        if portion and (len(portion) + 1) * lengths[place] > affordable:
            yield portion
            portion = []
        portion.append(place)
    if portion:
        yield portion


def record_runs(
    decoder: Decoder,
    reader: LogitReader,
    sequences: Sequence[tuple[int, ...]],
    parts: set[Part],
    runner: BatchRunner,
) -> RecordedRuns:
    """Read some prompts and keep what is computed.

    Args:
        decoder: the model.
        reader: gives what the output layer reads.
        sequences: token ids.
        parts: components and layers of which the outputs are kept.
        runner: forms batches.
    """
    ids, mask = pad(sequences, decoder.loaded.device)
    recorder = _Recorder(decoder, *ids.shape)

    def read(rows: list[int]) -> list[int]:
        longest = max(len(sequences[row]) for row in rows)
        recorder.read(reader, ids[rows, :longest], mask[rows, :longest], rows, parts)
        return rows

    for _ in runner.run([len(sequence) for sequence in sequences], read):
        pass
    return RecordedRuns(
        ids, mask.sum(-1), recorder.keys, recorder.values, recorder.parts, recorder.final
    )


def pad(
    sequences: Sequence[tuple[int, ...]], device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Put prompts into one array, padded at the right; give it and its mask, int64.

    Args:
        sequences: token ids.
        device: where they shall lie.
    """
    width = max(map(len, sequences))
    ids = torch.zeros(len(sequences), width, dtype=torch.int64)
    mask = torch.zeros_like(ids)
    for row, sequence in enumerate(sequences):
        ids[row, : len(sequence)] = torch.tensor(sequence)
        mask[row, : len(sequence)] = 1
    return ids.to(device), mask.to(device)


def arguments_of(module: Any, ids: torch.Tensor, mask: torch.Tensor, cache: Any) -> dict[str, Any]:
    """Give the keyword arguments with which a backbone reads a batch that goes on from a cache.

    Args:
        module: the backbone or the whole model.
        ids: [rows, tokens].
        mask: [rows, earlier tokens + tokens]; int64, 1 where there is a token.
        cache: of the earlier tokens, and to take the others.
    """
    known = inspect.signature(module.forward).parameters
    arguments = {"input_ids": ids, "attention_mask": mask, "past_key_values": cache}
    if "position_ids" in known:
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        arguments["position_ids"] = positions[:, -ids.shape[1] :]
    arguments["use_cache"] = cache is not None
    return arguments


class _Recorder:
    """Takes batches as they are read and puts what they show in place."""

    def __init__(self, decoder: Decoder, runs: int, width: int) -> None:
        self._decoder, self._runs, self._width = decoder, runs, width
        self.keys: list[torch.Tensor] = []
        self.values: list[torch.Tensor] = []
        self.parts: dict[Part, torch.Tensor] = {}
        self.final = torch.empty(0)

    def read(
        self,
        reader: LogitReader,
        ids: torch.Tensor,
        mask: torch.Tensor,
        rows: list[int],
        parts: set[Part],
    ) -> None:
        """Read a batch of prompts and keep what is computed for them."""
        cache: Any = DynamicCache()
        with watched(self._decoder, parts) as seen:
            states = reader.read(arguments_of(reader.module, ids, mask, cache))
        last = mask.sum(-1) - 1
        if not self.keys:
            self._reserve(cache, seen, states)
        for part, shown in seen.items():
            self.parts[part][rows, : ids.shape[1]] = shown.reshape(*ids.shape, -1).to(ids.device)
        for layer, held in enumerate(cache.layers):
            for kept, new in ((self.keys, held.keys), (self.values, held.values)):
                kept[layer][rows, : ids.shape[1]] = new.transpose(1, 2).to(ids.device)
        self.final[rows] = states.to(ids.device)[torch.arange(len(rows)), last]

    def _reserve(self, cache: Any, seen: Mapping[Part, torch.Tensor], states: torch.Tensor) -> None:
        layers = len(self._decoder.blocks)
        if len(cache.layers) != layers or any(held.keys is None for held in cache.layers):
            raise Refusal(
                f"Model {self._decoder.loaded.name!r} cannot be patched: {len(cache.layers)} of "
                f"its {layers} layers keep keys and values of their own."
            )
        shape, device = (self._runs, self._width), self._decoder.loaded.device
        for held in cache.layers:
            for kept, states_there in ((self.keys, held.keys), (self.values, held.values)):
                heads, units = states_there.shape[1], states_there.shape[3]
                kept.append(states_there.new_zeros((*shape, heads, units), device=device))
        self.parts = {
            part: shown.new_zeros((*shape, shown.shape[-1]), device=device)
            for part, shown in seen.items()
        }
        self.final = states.new_empty((self._runs, states.shape[-1]), device=device)


@contextmanager
def watched(decoder: Decoder, parts: set[Part]) -> Iterator[dict[Part, torch.Tensor]]:
    """Show what parts of a decoder give while it reads a batch in the `with` block.

    Args:
        decoder: the model.
        parts: components and layers.
    """
    seen: dict[Part, torch.Tensor] = {}

    def keep_output(part: Part) -> Any:
        def hook(module: Module, args: Any, output: Any) -> None:
            seen[part] = states_in(output)

        return hook

    def keep_input(part: Part) -> Any:
        def hook(module: Module, args: Any, kwargs: Any) -> None:
            seen[part] = states_of(args, kwargs)

        return hook

    with ExitStack() as hooks:
        for component, layer in parts:
            block = decoder.blocks[max(layer, 1) - 1]
            enters = component == "head" or layer == 0
            module = {
                "residual": block.module,
                "attention": block.attention,
                "mlp": block.mlp,
                "head": block.heads,
            }[component]
            handle = (
                module.register_forward_pre_hook(keep_input((component, layer)), with_kwargs=True)
                if enters
                else module.register_forward_hook(keep_output((component, layer)))
            )
            hooks.callback(handle.remove)
        yield seen
