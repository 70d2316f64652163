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
from isogloss.language_models.patching.restart import entered, passed_over

if TYPE_CHECKING:
    from torch.nn import Module

    from isogloss.language_models.patching.sites import PatchSite


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


def states_behind(decoder: Decoder, runs: RecordedRuns, wanted: Replacements) -> torch.Tensor:
    """Give what leaves a block if components are replaced: [rows, units].

    Args:
        decoder: the model.
        runs: recorded.
        wanted: what is replaced.
    """
    layer, device = wanted.sites[0].layer, wanted.runs.device
    behind = runs.parts["residual", layer][wanted.others, wanted.tokens]
    rows = [row for row, site in enumerate(wanted.sites) if site.component != "residual"]
    if not rows:
        return behind
    chosen = torch.tensor(rows, device=device)
    wanted = Replacements(
        wanted.runs[chosen],
        wanted.others[chosen],
        wanted.tokens[chosen],
        [wanted.sites[row] for row in rows],
    )
    behind[chosen] = _run_block(decoder, runs, wanted)
    return behind


def _run_block(decoder: Decoder, runs: RecordedRuns, wanted: Replacements) -> torch.Tensor:
    layer = wanted.sites[0].layer
    block, own = decoder.blocks[layer - 1], (wanted.runs, wanted.tokens)
    left: list[torch.Tensor] = []

    def leave(module: Module, args: Any, output: Any) -> None:
        left.append(states_in(output)[:, 0])

    heads = _heads(decoder, runs, wanted)
    entering = runs.parts["residual", layer - 1][own][:, None]
    ids = runs.ids[own][:, None]
    with ExitStack() as changes:
        changes.enter_context(entered(decoder, layer - 1, entering))
        for other in decoder.blocks[layer:]:
            changes.enter_context(passed_over(other))
        hooks = [
            block.heads.register_forward_pre_hook(lambda module, args: (heads, *args[1:])),
            block.module.register_forward_hook(leave),
        ]
        for component, module in (("attention", block.attention), ("mlp", block.mlp)):
            replace = _replacement(component, runs, wanted)
            if replace is not None:
                hooks.append(module.register_forward_hook(replace))
        for hook in hooks:
            changes.callback(hook.remove)
        backbone = decoder.loaded.backbone
        backbone(**arguments_of(backbone, ids, torch.ones_like(ids), None))
    return left[0]


def _heads(decoder: Decoder, runs: RecordedRuns, wanted: Replacements) -> torch.Tensor:
    """Give the heads' outputs, those that are replaced from the other run: [rows, 1, units]."""
    kept = runs.parts["head", wanted.sites[0].layer]
    heads = kept[wanted.runs, wanted.tokens]
    taken = kept[wanted.others, wanted.tokens]
    for row, site in enumerate(wanted.sites):
        if site.component == "head":
            units = slice(site.head * decoder.units, (site.head + 1) * decoder.units)
            heads[row, units] = taken[row, units]
    return heads[:, None]


def _replacement(component: Any, runs: RecordedRuns, wanted: Replacements) -> Any:
    """Give a hook that puts in the other run's output of a component where that is asked for."""
    asked = [site.component == component for site in wanted.sites]
    if not any(asked):
        return None
    here = torch.tensor(asked, device=wanted.runs.device)[:, None]
    taken = runs.parts[component, wanted.sites[0].layer][wanted.others, wanted.tokens]

    def hook(module: Module, args: Any, output: torch.Tensor) -> torch.Tensor:
        return torch.where(here, taken, output.reshape(taken.shape)).reshape(output.shape)

    return hook
