"""Going on from the middle of a recorded run: from one layer up, and from one token on.

What a patch leaves as it was is not computed again: the layers below it, the tokens before it
(their keys and values are the recorded ones), and in the last block all tokens but the last.

This module imports torch and transformers; import it inside functions.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from transformers.cache_utils import Cache, DynamicLayer

from isogloss.language_models.output_layer import LogitReader, agree
from isogloss.language_models.patching.decoder import Block, Decoder, states_of
from isogloss.language_models.patching.recorded_runs import RecordedRuns, arguments_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch.nn import Module

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Suffixes:
    """The ends of some recorded runs, which are read again.

    Attributes:
        runs: int64 [rows], places in the recorded runs.
        starts: int64 [rows], the first token of each that is read.
    """

    runs: torch.Tensor
    starts: torch.Tensor


class Restart:
    """Reads the ends of recorded runs again, from changed states on.

    Args:
        decoder: the model.
        reader: gives what the output layer reads.
        runs: to start from.
        cut_last: whether the last block can do with the last token alone.
    """

    def __init__(
        self, decoder: Decoder, reader: LogitReader, runs: RecordedRuns, *, cut_last: bool
    ) -> None:
        self._decoder, self._reader, self._runs = decoder, reader, runs
        self._cut_last = cut_last

    def columns(self, suffixes: Suffixes) -> torch.Tensor:
        """Give the places of the tokens that are read: int64 [rows, tokens].

        Shorter rows repeat their last token at the right.
        """
        last = self._runs.lengths[suffixes.runs] - 1
        longest = int((last - suffixes.starts).max()) + 1
        steps = torch.arange(longest, device=last.device)
        return torch.minimum(suffixes.starts[:, None] + steps, last[:, None])

    def go_on(self, boundary: int, suffixes: Suffixes, states: torch.Tensor) -> torch.Tensor:
        """Read on from a boundary between blocks; give what the output layer reads: [rows, units].

        Args:
            boundary: number of blocks below.
            suffixes: the rows.
            states: what leaves these blocks at the tokens given by `columns`, [rows, tokens,
                units].
        """
        runs, starts = suffixes.runs, suffixes.starts
        columns = self.columns(suffixes)
        earlier = columns_before(starts)
        new = torch.arange(columns.shape[1], device=columns.device)
        lengths = self._runs.lengths[runs] - starts
        mask = torch.cat([earlier >= 0, new < lengths[:, None]], dim=1).long()
        cache = recorded_cache(self._runs, runs, earlier)
        ids = self._runs.ids[runs[:, None], columns]
        arguments = arguments_of(self._reader.module, ids, mask, cache)
        cut = lengths - 1 if self._cut_last else None
        with entered(self._decoder, boundary, states), last_block_cut(self._decoder, cut):
            output = self._reader.read(arguments)
        return output.to(runs.device)[torch.arange(len(runs), device=runs.device), lengths - 1]


def columns_before(places: torch.Tensor) -> torch.Tensor:
    """Give the places of all tokens before some: [rows, columns], right-aligned, else negative.

    Args:
        places: int64 [rows].
    """
    width = int(places.max())
    return places[:, None] - width + torch.arange(width, device=places.device)


def recorded_cache(
    recorded: RecordedRuns,
    runs: torch.Tensor,
    earlier: torch.Tensor,
    own: torch.Tensor | None = None,
) -> Cache:
    """Give a cache of recorded keys and values, which are put in front of new ones.

    Args:
        recorded: runs.
        runs: int64 [rows].
        earlier: int64 [rows, columns], places of the tokens; negative for padding.
        own: int64 [rows, tokens], places whose keys and values stand for the new ones, if they do.
    """
    return Cache(
        layers=[
            _RecordedLayer(part, runs[:, None], earlier.clamp(min=0), own)
            for part in zip(recorded.keys, recorded.values, strict=True)
        ]
    )


class _RecordedLayer(DynamicLayer):
    """One layer of such a cache; it is put together when it is read, and not kept."""

    def __init__(
        self,
        recorded: tuple[torch.Tensor, torch.Tensor],
        runs: torch.Tensor,
        earlier: torch.Tensor,
        own: torch.Tensor | None,
    ) -> None:
        DynamicLayer.__init__(self)
        self._recorded, self._runs, self._earlier, self._own = recorded, runs, earlier, own

    def get_seq_length(self) -> int:
        return self._earlier.shape[1]

    def update(
        self, key_states: torch.Tensor, value_states: torch.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        keys, values = (
            torch.cat(
                [self._read(kept, self._earlier).to(given.device), self._new(kept, given)], dim=2
            )
            for kept, given in zip(self._recorded, (key_states, value_states), strict=True)
        )
        return keys, values

    def _read(self, kept: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
        return kept[self._runs, columns].transpose(1, 2)

    def _new(self, kept: torch.Tensor, given: torch.Tensor) -> torch.Tensor:
        return given if self._own is None else self._read(kept, self._own).to(given.device)


@contextmanager
def entered(decoder: Decoder, boundary: int, states: torch.Tensor) -> Iterator[None]:
    """Have the backbone take given states at a boundary; the blocks below it are passed over.

    Args:
        decoder: the model.
        boundary: number of blocks below.
        states: [rows, tokens, units].
    """

    def hand_in(module: Module, args: Any, kwargs: Any) -> Any:
        if args:
            return (states, *args[1:]), kwargs
        return args, {**kwargs, "hidden_states": states}

    with ExitStack() as changes:
        for block in decoder.blocks[:boundary]:
            changes.enter_context(passed_over(block, states))
        if boundary == 0:
            first = decoder.blocks[0].module
            handle = first.register_forward_pre_hook(hand_in, with_kwargs=True)
            changes.callback(handle.remove)
        yield


@contextmanager
def passed_over(block: Block, states: torch.Tensor | None = None) -> Iterator[None]:
    """Have a block give something at once instead of computing it.

    Args:
        block: of a decoder.
        states: what it gives; None for what it is given.
    """

    def forward(*args: Any, **kwargs: Any) -> Any:
        given = states_of(args, kwargs) if states is None else states
        return (given, None) if block.in_tuple else given

    # Some libraries put a forward of their own here.
    own = block.module.__dict__.get("forward")
    block.module.__dict__["forward"] = forward
    try:
        yield
    finally:
        if own is None:
            del block.module.__dict__["forward"]
        else:
            block.module.__dict__["forward"] = own


@contextmanager
def last_block_cut(decoder: Decoder, places: torch.Tensor | None) -> Iterator[None]:
    """Have the last block compute, beside keys and values, one token of each row.

    What attention and MLP add for this token is then added to all tokens, which are of no use.

    Args:
        decoder: the model.
        places: of these tokens, [rows]; None to leave the block as it is.
    """
    if places is None:
        yield
        return

    def cut(module: Module, args: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        rows = torch.arange(len(args[0]), device=args[0].device)
        return (args[0][rows, places.to(rows.device)][:, None], *args[1:])

    block = decoder.blocks[-1]
    with ExitStack() as hooks:
        for part in (block.heads, block.feed):
            if part is not None:
                hooks.callback(part.register_forward_pre_hook(cut).remove)
        yield


def can_cut_last_block(decoder: Decoder, reader: LogitReader, tokens: Sequence[int]) -> bool:
    """Try whether a model gives the same for a last token if its last block computes that alone.

    Args:
        decoder: the model.
        reader: gives what the output layer reads.
        tokens: a sample of at least 2.
    """
    ids = torch.tensor([list(tokens[:8])], device=decoder.loaded.device)
    arguments = arguments_of(reader.module, ids, torch.ones_like(ids), None)
    whole = reader.read(arguments)[:, -1]
    try:
        with last_block_cut(decoder, torch.tensor([ids.shape[1] - 1], device=ids.device)):
            cut = reader.read(arguments)[:, -1]
    except (IndexError, RuntimeError, TypeError, ValueError) as error:
        logger.debug("Cutting the last block failed", exc_info=error)
        return False
    return agree(cut, whole)
