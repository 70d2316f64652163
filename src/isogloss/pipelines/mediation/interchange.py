"""Interchange: an item's activation taken from an unrelated list with another running count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from isogloss.language_models.patching.interventions import inject
from isogloss.pipelines.mediation.steering import expected_counts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from isogloss.language_models.loading import LoadedModel
    from isogloss.pipelines.mediation.counted_lists import CountedList
    from isogloss.pipelines.mediation.intervention_parameters import InterventionParameters
    from isogloss.pipelines.mediation.probe_parameters import Spot

INTERCHANGE_COLUMNS = (
    "model",
    "language",
    "separators",
    "list_id",
    "source_id",
    "category",
    "source_category",
    "item",
    "running",
    "source_running",
    "layer",
    "spot",
    "before",
    "after",
    "change",
)


LARGEST_GAP = 2
"""Of running counts: larger differences are rare, and would weigh most in a slope."""


class Exchange(NamedTuple):
    """A list that takes an activation, the list that it comes from, and the item of both."""

    target: int
    source: int
    item: int


def plan_exchanges(
    lists: Sequence[CountedList], number: int, generator: np.random.Generator
) -> list[Exchange]:
    """Draw pairs of lists of different categories and an item, as many of each difference.

    The items of both lists are members, or neither is: a model that adds up at the end sees in them
    what it saw before, one that counts along the list another running count. Differences of those,
    from -2 to 2, are taken in turn, so that no single one prevails; the item lies neither first nor
    last.

    Args:
        lists: of one language.
        number: of exchanges; fewer where there are not so many.
        generator: the source of randomness.
    """
    by_gap: dict[int, list[Exchange]] = {}
    running = [one.running for one in lists]
    for target, one in enumerate(lists):
        for source, other in enumerate(lists):
            if one.category == other.category:
                continue
            for item in range(1, min(len(one.words), len(other.words)) - 1):
                gap = int(running[source][item] - running[target][item])
                if one.members[item] == other.members[item] and abs(gap) <= LARGEST_GAP:
                    by_gap.setdefault(gap, []).append(Exchange(target, source, item))
    gaps = sorted(by_gap)
    planned: list[Exchange] = []
    used = np.zeros(len(lists), np.intp)
    for turn in range(number if gaps else 0):
        free = by_gap[gaps[turn % len(gaps)]]
        ties = generator.random(len(free))
        at = min(range(len(free)), key=lambda place: (used[free[place].target], ties[place]))
        planned.append(free.pop(at))
        used[planned[-1].target] += 1
        gaps = [gap for gap in gaps if by_gap[gap]]
        if not gaps:
            break
    return planned


def exchange_states(
    loaded: LoadedModel,
    lists: Sequence[CountedList],
    exchanges: Sequence[Exchange],
    states: Sequence[NDArray[np.float32]],
    layer: int,
    spot: Spot,
    parameters: InterventionParameters,
) -> Iterator[dict[str, Any]]:
    """Put activations of other lists in place of a list's own, and read the expected count.

    Args:
        loaded: the model.
        lists: of one language.
        exchanges: what is exchanged.
        states: a list: [items, units], of the layer and spot.
        layer: of the residual.
        spot: at which token of the item.
        parameters: of the interventions.
    """
    targets = [lists[one.target] for one in exchanges]
    run = inject(
        loaded,
        [one.ids for one in targets],
        [one.answers for one in targets],
        layer,
        [[lists[one.target].spots(spot)[one.item]] for one in exchanges],
        [states[one.source][one.item][None] for one in exchanges],
        token_budget=parameters.token_budget,
    )
    before, after = expected_counts(run.before), expected_counts(run.after)
    for at, one in enumerate(exchanges):
        yield {
            **_describe(one, lists),
            "layer": layer,
            "spot": spot,
            "before": before[at],
            "after": after[at],
            "change": after[at] - before[at],
        }


def _describe(one: Exchange, lists: Sequence[CountedList]) -> dict[str, Any]:
    target, source = lists[one.target], lists[one.source]
    return {
        "list_id": target.list_id,
        "source_id": source.list_id,
        "category": target.category,
        "source_category": source.category,
        "item": one.item,
        "running": int(target.running[one.item]),
        "source_running": int(source.running[one.item]),
    }
