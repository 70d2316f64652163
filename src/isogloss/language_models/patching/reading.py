"""The residual of prompts, as probes read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from isogloss.errors import NotFiniteError
from isogloss.language_models.batching import AUTOMATIC, TokenBudget
from isogloss.language_models.half_precision import half_precision_detours
from isogloss.language_models.patching.sites import require_layers, require_places

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from isogloss.language_models.loading import LoadedModel
    from isogloss.language_models.patching.recorded_runs import Part


def read_states(
    loaded: LoadedModel,
    sequences: Sequence[tuple[int, ...]],
    layers: Sequence[int],
    positions: Sequence[Sequence[int]],
    *,
    token_budget: TokenBudget = AUTOMATIC,
    advance: Callable[[int], None] | None = None,
) -> list[NDArray[np.float32]]:
    """Read the residual at some tokens of prompts.

    Args:
        loaded: an open causal model.
        sequences: token ids of the prompts.
        layers: 0 (what enters the first block) to L (what leaves the last, before the final norm).
        positions: of each prompt.
        token_budget: tokens a batch, padding included, or `auto`; halved when memory runs out.
        advance: told how many prompts are finished, after each batch.

    Returns:
        A prompt: float32 [layers, positions, units].

    Raises:
        Refusal: if the model cannot be taken apart, or layers or positions are not there.
        NotFiniteError: if a state is infinite or not a number.
    """
    import torch

    from isogloss.language_models.patching.recorded_runs import pad, watched
    from isogloss.language_models.patching.workbench import set_up

    require_places(sequences, positions, loaded.max_length)
    require_layers(layers, 0, loaded.layers)
    states: list[NDArray[np.float32]] = [np.zeros(0, np.float32)] * len(sequences)
    if not sequences:
        return states
    parts: list[Part] = [("residual", layer) for layer in layers]
    with torch.inference_mode(), half_precision_detours(loaded):
        bench = set_up(loaded, sequences, token_budget)

        def read(rows: list[int]) -> list[NDArray[np.float32]]:
            ids, mask = pad([sequences[row] for row in rows], loaded.device)
            with watched(bench.decoder, set(parts)) as seen:
                loaded.backbone(input_ids=ids, attention_mask=mask, use_cache=False)
            return [
                torch.stack([seen[part][place, list(positions[row])].cpu() for part in parts])
                .float()
                .numpy()
                for place, row in enumerate(rows)
            ]

        for rows, found in bench.runner.run([len(ids) for ids in sequences], read):
            for row, one in zip(rows, found, strict=True):
                states[row] = one
            if advance is not None:
                advance(len(rows))
    if not all(np.isfinite(one).all() for one in states):
        raise NotFiniteError(
            f"Model {loaded.name!r}: a hidden state is infinite or not a number. If the model runs "
            "in float16, use bfloat16 or float32."
        )
    return states
