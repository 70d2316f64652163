"""Putting something else into the residual of prompts, and cutting their attention."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from isogloss.errors import NotFiniteError, Refusal
from isogloss.language_models.batching import AUTOMATIC, TokenBudget
from isogloss.language_models.half_precision import half_precision_detours
from isogloss.language_models.patching.sites import require_layers, require_places

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from isogloss.language_models.loading import LoadedModel
    from isogloss.language_models.patching.continued_runs import Continued, Ends
    from isogloss.language_models.patching.workbench import Workbench

How = Literal["replace", "add"]


@dataclass(frozen=True)
class Edges:
    """Attention that is cut: none of the queries looks at any of the keys.

    Attributes:
        queries: positions that look.
        keys: positions at which they look no longer; those behind a query it never sees.
    """

    queries: tuple[int, ...]
    keys: tuple[int, ...]


@dataclass(frozen=True)
class ChangedRuns:
    """Logits of the answers after the last token of each prompt, float64 [prompts, answers].

    Attributes:
        before: as the prompts are.
        after: with the change.
    """

    before: NDArray[np.float64]
    after: NDArray[np.float64]


def inject(
    loaded: LoadedModel,
    sequences: Sequence[tuple[int, ...]],
    answers: Sequence[tuple[int, ...]],
    layer: int,
    positions: Sequence[Sequence[int]],
    vectors: Sequence[NDArray[np.float32]],
    *,
    how: How = "replace",
    token_budget: TokenBudget = AUTOMATIC,
) -> ChangedRuns:
    """Put vectors into the residual of prompts: the states of another prompt, or a direction.

    Args:
        loaded: an open causal model.
        sequences: token ids of the prompts. One that is changed in several ways stands there once
            for each, and is read once for all.
        answers: of each prompt, tokens whose logits are read; as many for all.
        layer: 0 (what enters the first block) to L (what leaves the last, before the final norm).
        positions: of each prompt, at least one.
        vectors: of each prompt, [positions, units].
        how: put them in place of what is there, or add them to it.
        token_budget: tokens a batch, padding included, or `auto`; halved when memory runs out.

    Raises:
        Refusal: if the model cannot be patched, or something does not fit.
        PatchingError: if the model does not go on from a layer as it must.
        NotFiniteError: if a logit is infinite or not a number.
    """
    import torch

    from isogloss.language_models.patching.continued_runs import Continued

    _require_changes(loaded, sequences, answers, positions)
    require_layers([layer], 0, loaded.layers)
    if len(vectors) != len(sequences):
        raise Refusal(f"There are {len(sequences)} prompts, but vectors of {len(vectors)}.")
    for number, (places, rows) in enumerate(zip(positions, vectors, strict=True)):
        if rows.shape != (len(places), loaded.hidden_size):
            raise Refusal(
                f"Prompt {number} has {len(places)} positions and vectors of shape {rows.shape}: "
                f"give as many vectors, of {loaded.hidden_size} units."
            )

    def change(bench: Workbench, ends: Ends) -> AbstractContextManager[None]:
        for row, (prompt, start) in enumerate(zip(ends.prompts, ends.starts, strict=True)):
            offsets = [position - start for position in positions[prompt]]
            new = torch.as_tensor(vectors[prompt]).to(ends.states)
            ends.states[row, offsets] = new + (ends.states[row, offsets] if how == "add" else 0)
        return nullcontext()

    starts = [min(places) for places in positions]
    continued = Continued(sequences, answers, layer, starts, change)
    return _run(loaded, continued, token_budget, None)


def knock_out(
    loaded: LoadedModel,
    sequences: Sequence[tuple[int, ...]],
    answers: Sequence[tuple[int, ...]],
    edges: Sequence[Sequence[Edges]],
    layers: Sequence[int],
    *,
    token_budget: TokenBudget = AUTOMATIC,
    advance: Callable[[int], None] | None = None,
) -> ChangedRuns:
    """Cut attention between tokens of prompts in some layers; weights are shared among the rest.

    Args:
        loaded: an open causal model.
        sequences: token ids of the prompts.
        answers: of each prompt, tokens whose logits are read; as many for all.
        edges: of each prompt, at least one query; each query must keep something to look at.
        layers: 1..L, in which they are cut.
        token_budget: tokens a batch, padding included, or `auto`; halved when memory runs out.
        advance: told how many prompts are finished, after each batch.

    Raises:
        Refusal: if the model cannot be patched, or something does not fit.
        PatchingError: if the model does not go on from a layer as it must.
        NotFiniteError: if a logit is infinite or not a number.
    """
    from isogloss.language_models.patching.attention_cut import attention_cut, cut_between
    from isogloss.language_models.patching.continued_runs import Continued

    queries = [[place for edge in own for place in edge.queries] for own in edges]
    keys = [[place for edge in own for place in edge.keys] for own in edges]
    require_places(sequences, keys, loaded.max_length)
    _require_changes(loaded, sequences, answers, queries)
    require_layers(layers, 1, loaded.layers)
    blocks = [[(edge.queries, edge.keys) for edge in own] for own in edges]

    def change(bench: Workbench, ends: Ends) -> AbstractContextManager[None]:
        return attention_cut(bench.decoder, layers, cut_between(ends, blocks))

    starts = [min(places) for places in queries]
    continued = Continued(sequences, answers, min(layers) - 1, starts, change)
    return _run(loaded, continued, token_budget, advance)


def _require_changes(
    loaded: LoadedModel,
    sequences: Sequence[tuple[int, ...]],
    answers: Sequence[tuple[int, ...]],
    positions: Sequence[Sequence[int]],
) -> None:
    require_places(sequences, positions, loaded.max_length)
    if len(answers) != len(sequences) or len({len(own) for own in answers}) > 1:
        raise Refusal("Each prompt needs answers, and all of them as many.")
    if not all(positions):
        empty = next(number for number, places in enumerate(positions) if not places)
        raise Refusal(f"Prompt {empty} has no position that is changed: leave it out.")


def _run(
    loaded: LoadedModel,
    continued: Continued,
    token_budget: TokenBudget,
    advance: Callable[[int], None] | None,
) -> ChangedRuns:
    import torch

    from isogloss.language_models.patching.workbench import set_up

    shape = (len(continued.sequences), len(continued.answers[0]) if continued.answers else 0)
    result = ChangedRuns(np.zeros(shape), np.zeros(shape))
    if not continued.sequences:
        return result
    with torch.inference_mode(), half_precision_detours(loaded, keep_attention=True):
        bench = set_up(loaded, continued.sequences, token_budget)
        for prompts, before, after in continued.run(bench):
            result.before[prompts], result.after[prompts] = before, after
            if advance is not None:
                advance(len(prompts))
    if not (np.isfinite(result.before).all() and np.isfinite(result.after).all()):
        raise NotFiniteError(
            f"Model {loaded.name!r}: a logit is infinite or not a number. If the model runs in "
            "float16, use bfloat16 or float32."
        )
    return result
