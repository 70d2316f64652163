"""What leaves a block for one token if a component of it is taken from another run.

Within a block a component's output changes nothing but the token where it stands. So every patch of
a component is one of the residual behind its block, which this gives: it runs the block for that
token alone, the heads' outputs being known.

This module imports torch; import it inside functions.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from isogloss.language_models.patching.decoder import Decoder, states_in
from isogloss.language_models.patching.recorded_runs import RecordedRuns, arguments_of
from isogloss.language_models.patching.restart import (
    columns_before,
    entered,
    passed_over,
    recorded_cache,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch.nn import Module

    from isogloss.language_models.patching.sites import Component, PatchSite


@dataclass(frozen=True)
class Replacements:
    """Components of one layer that are taken from another run, at single tokens.

    Attributes:
        runs: int64 [rows], recorded runs that go on.
        others: int64 [rows], runs from which something is taken.
        tokens: int64 [rows], where.
        sites: one a row, all of one layer.
    """

    runs: torch.Tensor
    others: torch.Tensor
    tokens: torch.Tensor
    sites: list[PatchSite]

    def select(self, rows: Sequence[int]) -> Replacements:
        """Give some of the rows."""
        chosen = torch.tensor(rows, device=self.runs.device)
        return Replacements(
            self.runs[chosen],
            self.others[chosen],
            self.tokens[chosen],
            [self.sites[row] for row in rows],
        )

    def rows_of(self, *components: Component) -> list[int]:
        """Say which rows concern some components."""
        return [row for row, site in enumerate(self.sites) if site.component in components]


def states_behind(decoder: Decoder, runs: RecordedRuns, wanted: Replacements) -> torch.Tensor:
    """Give what leaves a block if components are replaced: [rows, units].

    Args:
        decoder: the model.
        runs: recorded.
        wanted: what is replaced.
    """
    behind = runs.parts["residual", wanted.sites[0].layer][wanted.others, wanted.tokens]
    rows = wanted.rows_of("attention", "mlp", "head", "query")
    if rows:
        behind[rows] = _run_block(decoder, runs, wanted.select(rows))
    return behind


def _run_block(decoder: Decoder, runs: RecordedRuns, wanted: Replacements) -> torch.Tensor:
    layer = wanted.sites[0].layer
    block, heads = decoder.blocks[layer - 1], _heads(decoder, runs, wanted)[:, None]
    left: list[torch.Tensor] = []

    def leave(module: Module, args: Any, output: Any) -> None:
        left.append(states_in(output)[:, 0].to(wanted.runs.device))

    hooks = [
        block.heads.register_forward_pre_hook(lambda module, args: (heads, *args[1:])),
        block.module.register_forward_hook(leave),
    ]
    for component, module in (("attention", block.attention), ("mlp", block.mlp)):
        replace = _replacement(component, runs, wanted)
        if replace is not None:
            hooks.append(module.register_forward_hook(replace))
    entering = runs.parts["residual", layer - 1][wanted.runs, wanted.tokens]
    ids = runs.ids[wanted.runs, wanted.tokens][:, None]
    with ExitStack() as changes:
        for hook in hooks:
            changes.callback(hook.remove)
        _read_one_block(decoder, layer, entering, (ids, torch.ones_like(ids), None))
    return left[0]


def _read_one_block(
    decoder: Decoder, layer: int, entering: torch.Tensor, read: tuple[Any, Any, Any]
) -> None:
    """Run one block for one token a row: [rows, units].

    Args:
        decoder: the model.
        layer: of the block.
        entering: what it takes.
        read: token ids, mask and cache.
    """
    backbone = decoder.loaded.backbone
    with ExitStack() as changes:
        changes.enter_context(entered(decoder, layer - 1, entering[:, None]))
        for other in decoder.blocks[layer:]:
            changes.enter_context(passed_over(other))
        backbone(**arguments_of(backbone, *read))


def _heads(decoder: Decoder, runs: RecordedRuns, wanted: Replacements) -> torch.Tensor:
    """Give what the heads give, where they or their queries are replaced: [rows, units]."""
    kept = runs.parts["head", wanted.sites[0].layer]
    heads = kept[wanted.runs, wanted.tokens]
    taken = kept[wanted.others, wanted.tokens]
    if rows := wanted.rows_of("query"):
        taken[rows] = _look_as_others(decoder, runs, wanted.select(rows))
    for row in wanted.rows_of("head", "query"):
        first = wanted.sites[row].head * decoder.units
        units = slice(first, first + decoder.units)
        heads[row, units] = taken[row, units]
    return heads


def _look_as_others(decoder: Decoder, runs: RecordedRuns, wanted: Replacements) -> torch.Tensor:
    """Give what the heads give with the other run's queries and the own keys and values."""
    layer = wanted.sites[0].layer
    seen: list[torch.Tensor] = []

    def look(module: Module, args: tuple[torch.Tensor, ...]) -> None:
        seen.append(args[0][:, 0].to(wanted.runs.device))

    earlier, own = columns_before(wanted.tokens), wanted.tokens[:, None]
    cache = recorded_cache(runs, wanted.runs, earlier, own)
    mask = torch.cat([earlier >= 0, own >= 0], dim=1).long()
    ids = runs.ids[wanted.runs, wanted.tokens][:, None]
    entering = runs.parts["residual", layer - 1][wanted.others, wanted.tokens]
    handle = decoder.blocks[layer - 1].heads.register_forward_pre_hook(look)
    try:
        _read_one_block(decoder, layer, entering, (ids, mask, cache))
    finally:
        handle.remove()
    return seen[0]


def _replacement(component: Any, runs: RecordedRuns, wanted: Replacements) -> Any:
    """Give a hook that puts in the other run's output of a component where that is asked for."""
    asked = [site.component == component for site in wanted.sites]
    if not any(asked):
        return None
    here = torch.tensor(asked, device=wanted.runs.device)[:, None]
    taken = runs.parts[component, wanted.sites[0].layer][wanted.others, wanted.tokens]

    def hook(module: Module, args: Any, output: torch.Tensor) -> torch.Tensor:
        chosen = here.to(output.device), taken.to(output.device), output.reshape(taken.shape)
        return torch.where(*chosen).reshape(output.shape)

    return hook
