"""Activation patching: what becomes of the answers if a run takes activations of another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from isogloss.language_models.batching import AUTOMATIC, TokenBudget
from isogloss.language_models.half_precision import half_precision_detours
from isogloss.language_models.patching.sites import (
    DIRECTIONS,
    Direction,
    PatchPair,
    PatchRequest,
    PatchSite,
    Position,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from isogloss.language_models.loading import LoadedModel
    from isogloss.language_models.patching.patch_portion import PatchPortion


@dataclass
class PatchRun:
    """Logits of the answers after the last token of each prompt, in float64.

    Attributes:
        base: [pairs, answers], of the base runs as they are.
        donor: likewise.
        noising: a pair: [sites, positions, answers], of the base run with the donor's activation;
            without elements if it was not asked for.
        denoising: a pair: likewise, of the donor run with the base's activation.
        block_tokens: tokens that were read, times the blocks that read them.
    """

    base: NDArray[np.float64]
    donor: NDArray[np.float64]
    noising: list[NDArray[np.float64]]
    denoising: list[NDArray[np.float64]]
    block_tokens: int = 0


def run_patches(
    loaded: LoadedModel,
    pairs: Sequence[PatchPair],
    sites: Sequence[PatchSite],
    positions: Sequence[Sequence[Position]],
    *,
    directions: Sequence[Direction] = DIRECTIONS,
    token_budget: TokenBudget = AUTOMATIC,
    advance: Callable[[int], None] | None = None,
) -> PatchRun:
    """Patch each pair at each site and position, in both directions or one.

    Equal to whole passes with hooks, up to rounding, but what a patch cannot change is not computed
    again: layers below it, tokens before it, other tokens than the last behind the last block.
    Where both runs have the same activation (before the first differing token, always) the result
    is the run's own, exactly.

    Args:
        loaded: an open causal model.
        pairs: of prompts.
        sites: where; the same for all pairs.
        positions: a pair: tokens at which it is patched; several in a tuple are patched together.
        directions: `noising`, `denoising` or both; what is not asked for costs nothing.
        token_budget: tokens a batch, padding included, or `auto`; halved when memory runs out.
        advance: told how many patches are finished, now and then; there are directions x sites x
            positions of each pair.

    Raises:
        Refusal: if the model cannot be patched, or pairs, sites, positions or directions do not
            fit.
        PatchingError: if patches change nothing where they must.
        NotFiniteError: if a logit is infinite or not a number.
    """
    request = PatchRequest(pairs, sites, positions, directions)
    return _run(loaded, request, token_budget, advance, identity=False)


def measure_noise(
    loaded: LoadedModel,
    pairs: Sequence[PatchPair],
    sites: Sequence[PatchSite],
    positions: Sequence[Sequence[Position]],
    *,
    token_budget: TokenBudget = AUTOMATIC,
) -> PatchRun:
    """Patch each run with its own activations: what differs from the run as it is, is rounding.

    In exact arithmetic nothing would differ. Effects smaller than what is found here cannot be
    told from rounding; in half precision measure it on some pairs.

    Args:
        loaded: an open causal model.
        pairs: as for `run_patches`.
        sites: as for `run_patches`.
        positions: as for `run_patches`; all are computed.
        token_budget: tokens a batch, padding included, or `auto`.

    Returns:
        Noising: the base run with its own activations; denoising: the donor run with its own.
    """
    request = PatchRequest(pairs, sites, positions)
    return _run(loaded, request, token_budget, None, identity=True)


def _run(
    loaded: LoadedModel,
    request: PatchRequest,
    token_budget: TokenBudget,
    advance: Callable[[int], None] | None,
    *,
    identity: bool,
) -> PatchRun:
    import torch

    from isogloss.language_models.patching.checks import (
        check_before,
        check_results,
        require_finite,
    )
    from isogloss.language_models.patching.patch_portion import PatchPortion
    from isogloss.language_models.patching.recorded_runs import parts_for, split_by_memory
    from isogloss.language_models.patching.workbench import set_up

    request.require_pairs(loaded.max_length)
    result = _empty_run(request)
    if not request.pairs:
        return result
    with torch.inference_mode(), half_precision_detours(loaded, keep_attention=True):
        bench = set_up(loaded, request.sequences, token_budget)
        request.require_sites(loaded.layers, bench.decoder.heads)
        lengths = [2 * len(pair.base) for pair in request.pairs]
        for members in split_by_memory(bench.decoder, parts_for(request.sites), lengths):
            portion = PatchPortion(bench, request.select(members), identity=identity)
            check_before(portion, loaded.name)
            for finished in portion.run():
                if advance is not None:
                    advance(finished)
            require_finite(portion, loaded.name)
            if not identity:
                check_results(portion, loaded.name)
            _put(result, members, portion)
    return result


def _empty_run(request: PatchRequest) -> PatchRun:
    pairs = len(request.pairs)
    shape = (pairs, len(request.pairs[0].answers) if pairs else 0)
    nothing = np.zeros((0, 0, 0))
    return PatchRun(
        base=np.zeros(shape),
        donor=np.zeros(shape),
        noising=[nothing] * pairs,
        denoising=[nothing] * pairs,
    )


def _put(result: PatchRun, members: Sequence[int], portion: PatchPortion) -> None:
    """Put the results of a portion in their places."""
    result.base[members], result.donor[members] = portion.logits[::2], portion.logits[1::2]
    for place, member in enumerate(members):
        for run in portion.request.runs(place):
            patched = result.denoising if run % 2 else result.noising
            patched[member] = portion.patched[run]
    result.block_tokens += portion.block_tokens
