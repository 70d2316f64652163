"""Activation patching: what becomes of the answers if a run takes activations of another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from isogloss.language_models.batching import AUTOMATIC, TokenBudget
from isogloss.language_models.half_precision import half_precision_detours
from isogloss.language_models.patching.sites import (
    PatchPair,
    PatchSite,
    Position,
    require_pairs,
    require_sites,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from isogloss.language_models.loading import LoadedModel
    from isogloss.language_models.patching.patch_portion import PatchPortion
    from isogloss.language_models.patching.workbench import Workbench

# Memory for recorded runs: 1 GB. More pairs at once make batches fuller, until these are full.
RECORD_BYTES = 2**30


@dataclass
class PatchRun:
    """Logits of the answers after the last token of each prompt, in float64.

    Attributes:
        base: [pairs, answers], of the base runs as they are.
        donor: likewise.
        base_log_normaliser: [pairs], log of the sum of exp(logit) over the vocabulary.
        donor_log_normaliser: likewise.
        noising: a pair: [sites, positions, answers], of the base run with the donor's activation.
        denoising: a pair: likewise, of the donor run with the base's activation.
        block_tokens: tokens that were read, times the blocks that read them.
        naive_block_tokens: the same if each patch were a whole pass.
    """

    base: NDArray[np.float64]
    donor: NDArray[np.float64]
    base_log_normaliser: NDArray[np.float64]
    donor_log_normaliser: NDArray[np.float64]
    noising: list[NDArray[np.float64]]
    denoising: list[NDArray[np.float64]]
    block_tokens: int = 0
    naive_block_tokens: int = 0


def run_patches(
    loaded: LoadedModel,
    pairs: Sequence[PatchPair],
    sites: Sequence[PatchSite],
    positions: Sequence[Sequence[Position]],
    *,
    token_budget: TokenBudget = AUTOMATIC,
    advance: Callable[[int], None] | None = None,
) -> PatchRun:
    """Patch each pair at each site and position, in both directions.

    Equal to whole passes with hooks, up to rounding, but what a patch cannot change is not computed
    again: layers below it, tokens before it, other tokens than the last behind the last block.
    Where both runs have the same activation (before the first differing token, always) the result
    is the run's own, exactly.

    Args:
        loaded: an open causal model.
        pairs: of prompts.
        sites: where; the same for all pairs.
        positions: a pair: tokens at which it is patched; several in a tuple are patched together.
        token_budget: tokens a batch, padding included, or `auto`; halved when memory runs out.
        advance: told how many patches are finished, now and then; there are 2 x sites x positions
            of each pair.

    Raises:
        Refusal: if the model cannot be patched, or pairs, sites or positions do not fit.
    """
    import torch

    from isogloss.language_models.patching.patch_portion import PatchPortion
    from isogloss.language_models.patching.workbench import set_up

    require_pairs(pairs, positions, loaded.max_length)
    result = _empty_run(pairs)
    if not pairs:
        return result
    with torch.inference_mode(), half_precision_detours(loaded, keep_attention=True):
        bench = set_up(loaded, [pair.base for pair in pairs], token_budget)
        require_sites(sites, loaded.layers, bench.decoder.heads)
        for members in _portions(bench, pairs, sites):
            portion = PatchPortion(
                bench,
                [pairs[member] for member in members],
                sites,
                [positions[member] for member in members],
            )
            for finished in portion.run():
                if advance is not None:
                    advance(finished)
            _put(result, members, portion)
    patches = [2 * len(sites) * len(places) * len(pair.base)
               for pair, places in zip(pairs, positions, strict=True)]
    result.naive_block_tokens = loaded.layers * sum(patches)
    return result


def _empty_run(pairs: Sequence[PatchPair]) -> PatchRun:
    shape = (len(pairs), len(pairs[0].answers) if pairs else 0)
    nothing = [np.zeros((0, 0, 0))] * len(pairs)
    return PatchRun(
        np.zeros(shape),
        np.zeros(shape),
        np.zeros(len(pairs)),
        np.zeros(len(pairs)),
        nothing,
        list(nothing),
    )


def _portions(
    bench: Workbench, pairs: Sequence[PatchPair], sites: Sequence[PatchSite]
) -> Iterator[list[int]]:
    """Split pairs into portions whose recorded runs fit in memory."""
    from isogloss.language_models.patching.recorded_runs import bytes_of_a_token, parts_for

    size = bytes_of_a_token(bench.decoder, parts_for(sites))
    portion: list[int] = []
    # Those of like length together, since runs are padded to the longest.
    for pair in sorted(range(len(pairs)), key=lambda pair: len(pairs[pair].base)):
        if portion and 2 * (len(portion) + 1) * len(pairs[pair].base) * size > RECORD_BYTES:
            yield portion
            portion = []
        portion.append(pair)
    yield portion


def _put(result: PatchRun, members: Sequence[int], portion: PatchPortion) -> None:
    """Put the results of a portion in their places."""
    result.base[members], result.donor[members] = portion.logits[::2], portion.logits[1::2]
    result.base_log_normaliser[members] = portion.log_normalisers[::2]
    result.donor_log_normaliser[members] = portion.log_normalisers[1::2]
    for place, member in enumerate(members):
        result.noising[member] = portion.patched[2 * place]
        result.denoising[member] = portion.patched[2 * place + 1]
    result.block_tokens += portion.block_tokens
