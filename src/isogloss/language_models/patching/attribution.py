"""Attribution patching: the effects of all patches at once, to first order, from gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from isogloss.errors import NotFiniteError, Refusal
from isogloss.language_models.batching import AUTOMATIC, BatchRunner, TokenBudget
from isogloss.language_models.patching.sites import (
    PatchPair,
    PatchRequest,
    PatchSite,
    Position,
    expand,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from isogloss.language_models.loading import LoadedModel
    from isogloss.language_models.patching.gradients import Estimates

# Memory for what a pass keeps for its gradients, and how many hidden states that is for a token in
# a block (attention and feed-forward inputs and outputs, norms and their fp32 copies).
GRADIENT_BYTES = 2**31
STATES_KEPT = 40


@dataclass(frozen=True)
class Attribution:
    """Estimates of what patches change in y = contrast . logits, in float64.

    Attributes:
        base: [pairs], y of the base runs.
        donor: [pairs], y of the donor runs.
        noising: a pair: [sites, positions], estimated change of y(base).
        denoising: a pair: [sites, positions], estimated change of y(donor).
    """

    base: NDArray[np.float64]
    donor: NDArray[np.float64]
    noising: list[NDArray[np.float64]]
    denoising: list[NDArray[np.float64]]


def attribute(
    loaded: LoadedModel,
    pairs: Sequence[PatchPair],
    contrasts: Sequence[Sequence[float]],
    sites: Sequence[PatchSite],
    positions: Sequence[Sequence[Position]],
    *,
    steps: int = 0,
    token_budget: TokenBudget = AUTOMATIC,
    advance: Callable[[int], None] | None = None,
) -> Attribution:
    """Estimate the change of y = contrast . logits that each patch makes, from gradients.

    With a and a' what a component gives at a token in base and donor: noising is (a' - a) . dy/da
    in the base run, denoising (a - a') . dy/da in the donor run (attribution patching, Nanda 2023).
    This takes one pass forward and one back of each run, for all sites and positions. With `steps`
    = m the gradient is the mean over m runs whose first block takes base + (k - 1/2)/m (donor -
    base), k = 1..m (integrated gradients over inputs, Hanna et al. 2024); denoising is then minus
    noising, and over the tokens of the residual of layer 0 the estimates sum to y(donor) - y(base)
    as m grows.

    Args:
        loaded: an open causal model.
        pairs: of prompts.
        contrasts: of each pair, a weight for each answer.
        sites: where, except queries; the same for all pairs.
        positions: a pair: tokens; several in a tuple are patched together.
        steps: m; 0 for the gradients of the two runs.
        token_budget: tokens a batch, padding included, or `auto`; halved when memory runs out.
        advance: told how many pairs are finished, after each batch.

    Raises:
        Refusal: if the model cannot be patched, or something does not fit.
        NotFiniteError: if an estimate is infinite or not a number.
    """
    import torch

    from isogloss.language_models.patching.gradients import Gradients
    from isogloss.language_models.patching.workbench import set_up

    request = PatchRequest(pairs, sites, positions)
    request.require_pairs(loaded.max_length)
    _require(pairs, contrasts, sites, steps)
    if any(weight.is_meta for weight in loaded.model.parameters()):
        raise Refusal(
            f"Model {loaded.name!r}: gradients need all of its weights in memory, and its "
            "`device_map` keeps some elsewhere. Use `device: all`, or patch without estimates."
        )
    result = _empty(request)
    if not pairs:
        return result
    with torch.inference_mode():
        bench = set_up(loaded, request.sequences, token_budget)
    request.require_sites(loaded.layers, bench.decoder.heads)
    parts = {(site.component, site.layer) for site in sites}
    gradients = Gradients(bench, parts, steps)

    def estimate(members: list[int]) -> Estimates:
        return gradients.estimate(
            request.select(members).pairs, [contrasts[member] for member in members]
        )

    runner = BatchRunner(min(bench.runner.budget, _affordable(loaded)))
    for members, found in runner.run([2 * len(pair.base) for pair in pairs], estimate):
        for place, member in enumerate(members):
            _take_over(found, place, member, request, result)
        if advance is not None:
            advance(len(members))
    if not all(np.isfinite(one).all() for one in (*result.noising, *result.denoising)):
        raise NotFiniteError(
            f"Model {loaded.name!r}: a gradient is infinite or not a number. If the model runs in "
            "float16, use bfloat16 or float32."
        )
    return result


def _empty(request: PatchRequest) -> Attribution:
    shapes = [(len(request.sites), len(places)) for places in request.positions]
    y = np.zeros((2, len(request.pairs)))
    return Attribution(
        y[0], y[1], [np.zeros(one) for one in shapes], [np.zeros(one) for one in shapes]
    )


def _take_over(
    found: Estimates, place: int, member: int, request: PatchRequest, result: Attribution
) -> None:
    """Put what was found of the pair at a place in a batch where the pair belongs."""
    result.base[member], result.donor[member] = found.values[2 * place : 2 * place + 2]
    for run, target in enumerate((result.noising[member], result.denoising[member])):
        changes = np.stack([found.of(site, 2 * place + run) for site in request.sites])
        for column, position in enumerate(request.positions[member]):
            target[:, column] = changes[:, list(set(expand(position)))].sum(-1)


def _require(
    pairs: Sequence[PatchPair],
    contrasts: Sequence[Sequence[float]],
    sites: Sequence[PatchSite],
    steps: int,
) -> None:
    if any(site.component == "query" for site in sites):
        raise Refusal("Queries have no estimates: attribute heads, and patch queries.")
    if steps < 0:
        raise Refusal(f"steps = {steps}: give 0 for plain gradients, or the number of steps.")
    if len(contrasts) != len(pairs):
        raise Refusal(f"There are {len(pairs)} pairs, but contrasts of {len(contrasts)}.")
    for number, (pair, contrast) in enumerate(zip(pairs, contrasts, strict=True)):
        if len(contrast) != len(pair.answers):
            raise Refusal(
                f"Pair {number} has {len(pair.answers)} answers, but {len(contrast)} weights in "
                "its contrast: give one for each."
            )


def _affordable(loaded: LoadedModel) -> int:
    """Give the tokens a batch whose gradients fit in memory."""
    import torch

    share = GRADIENT_BYTES
    if loaded.device.type == "cuda":
        share = torch.cuda.get_device_properties(loaded.device).total_memory // 4
    kept = STATES_KEPT * loaded.layers * loaded.hidden_size * loaded.dtype.itemsize
    return max(1, share // kept)
