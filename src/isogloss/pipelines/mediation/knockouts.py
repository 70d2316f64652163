"""Knock-out: cutting attention to the swapped word, to see by which way its effect arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isogloss.language_models.patching.interventions import Edges, knock_out
from isogloss.pipelines.mediation.outcomes import has_outcome, read_outcome
from isogloss.pipelines.mediation.pair_parameters import LAYOUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from isogloss.language_models.loading import LoadedModel
    from isogloss.pipelines.mediation.effect_parameters import Outcome
    from isogloss.pipelines.mediation.effects import PairRow
    from isogloss.pipelines.mediation.intervention_parameters import (
        EdgeSet,
        InterventionParameters,
        Window,
    )

Floats = NDArray[np.float64]
KNOCKOUT_COLUMNS = (
    "model",
    "pair_id",
    "language",
    "kind",
    *LAYOUT,
    "category",
    "part",
    "sign",
    "edges",
    "window",
    "outcome",
    "total",
    "left",
)
OUTCOMES: tuple[Outcome, ...] = ("log_odds", "expected_count")


def choose_edges(roles: Sequence[str], edges: EdgeSet) -> Edges:
    """Give the attention that is cut in a prompt.

    Args:
        roles: of the tokens.
        edges: from which tokens to those of the swapped word.
    """
    keys = tuple(
        place
        for place, role in enumerate(roles)
        if role in ("swapped_first", "swapped_middle", "swapped_last")
    )
    behind = range(keys[-1] + 1, len(roles))
    end = next((place for place in behind if roles[place] == "list_end"), len(roles) - 1)
    queries = {
        "final_to_swapped": (len(roles) - 1,),
        "end_to_swapped": tuple(range(end, len(roles))),
        "later_to_swapped": tuple(range(keys[-1] + 1, end)),
        "all_to_swapped": tuple(behind),
    }
    return Edges(queries[edges], keys)


def choose_window(window: Window, layers: int) -> list[int]:
    """Give the layers, from 1 on, in which attention is cut.

    Args:
        window: all of them or a third.
        layers: L of the model.
    """
    thirds = {"early": 0, "middle": 1, "late": 2}
    every = range(1, layers + 1)
    if window == "all":
        return list(every)
    return [layer for layer in every if (layer - 1) * 3 // layers == thirds[window]]


def cut_pairs(
    loaded: LoadedModel,
    rows: Sequence[PairRow],
    roles: Sequence[Sequence[str]],
    edges: EdgeSet,
    window: Window,
    parameters: InterventionParameters,
) -> Iterator[dict[str, Any]]:
    """Cut attention in both prompts of pairs, and give what is left of the total effect.

    left = y(donor, cut) - y(base, cut), beside total = y(donor) - y(base). Pairs without a token
    that could look, such as those whose last item is swapped, are left out.

    Args:
        loaded: the model.
        rows: the pairs.
        roles: of their tokens.
        edges: what is cut.
        window: in which layers.
        parameters: of the interventions.
    """
    chosen = [choose_edges(own, edges) for own in roles]
    kept = [at for at, edge in enumerate(chosen) if edge.queries]
    prompts = [ids for at in kept for ids in (rows[at].patch.base, rows[at].patch.donor)]
    run = knock_out(
        loaded,
        prompts,
        [rows[at].patch.answers for at in kept for _ in range(2)],
        [[chosen[at]] for at in kept for _ in range(2)],
        choose_window(window, loaded.layers),
        token_budget=parameters.token_budget,
    )
    for place, at in enumerate(kept):
        two = slice(2 * place, 2 * place + 2)
        for effect in _effects(rows[at], run.before[two], run.after[two]):
            yield {**rows[at].keys, "edges": edges, "window": window, **effect}


def _effects(row: PairRow, before: Floats, after: Floats) -> Iterator[dict[str, Any]]:
    """Give total and left of every outcome from the logits of base and donor, [2, answers] each."""
    for outcome in OUTCOMES:
        if has_outcome(outcome, row.kind):
            total, left = (
                float(np.diff(read_outcome(outcome, logits, row.contrast, row.counts[0]))[0])
                for logits in (before, after)
            )
            yield {"outcome": outcome, "total": total, "left": left}
