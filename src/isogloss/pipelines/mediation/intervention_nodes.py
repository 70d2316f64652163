"""Nodes that change activations or cut attention, to see what of it the answer follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isogloss.language_models import LanguageModel
from isogloss.language_models.patching.reading import read_states
from isogloss.pipelines.mediation.counted_lists import CountedList, choose_spots, read_lists
from isogloss.pipelines.mediation.effects import read_pairs
from isogloss.pipelines.mediation.interchange import (
    INTERCHANGE_COLUMNS,
    exchange_states,
    plan_exchanges,
)
from isogloss.pipelines.mediation.intervention_parameters import InterventionParameters
from isogloss.pipelines.mediation.knockouts import KNOCKOUT_COLUMNS, cut_pairs
from isogloss.pipelines.mediation.pair_parameters import LAYOUT
from isogloss.pipelines.mediation.probe_data import gather_data, hold_out_categories
from isogloss.pipelines.mediation.probe_nodes import LEAST_FOLDS, choose_layers, read_static
from isogloss.pipelines.mediation.probe_parameters import Spot
from isogloss.pipelines.mediation.probes import fit_baseline
from isogloss.pipelines.mediation.steering import (
    STEERING_COLUMNS,
    Push,
    find_directions,
    steer_lists,
)
from isogloss.progress import progress

if TYPE_CHECKING:
    # Torch comes with it; no node has it in its signature.
    from isogloss.language_models.loading import LoadedModel

Rows = Iterator[Iterable[dict[str, Any]]]
"""What changes one layer after the other gave."""
CUT_KINDS = ("count_swap", "control")


def steer_counts(
    lm: LanguageModel, mediation_pairs: pd.DataFrame, parameters: InterventionParameters
) -> pd.DataFrame:
    """Move the last item of lists along the direction of a running count.

    Directions come from other categories and words than those of the list; see
    `steering.find_directions`.

    Args:
        lm: the model.
        mediation_pairs: of this model; the base prompts of pairs that count are steered.
        parameters: of the interventions.

    Returns:
        `steering`: one row a list, layer, spot, direction, draw and step.
    """
    return _each_language(lm, mediation_pairs, parameters, _steer, STEERING_COLUMNS, "steering")


def exchange_items(
    lm: LanguageModel, mediation_pairs: pd.DataFrame, parameters: InterventionParameters
) -> pd.DataFrame:
    """Take the activation of an item from an unrelated list with another running count.

    Args:
        lm: the model.
        mediation_pairs: of this model; the base prompts of pairs that count are used.
        parameters: of the interventions.

    Returns:
        `interchanges`: one row an exchange, layer and spot.
    """
    return _each_language(
        lm, mediation_pairs, parameters, _exchange, INTERCHANGE_COLUMNS, "exchanging items"
    )


def cut_attention(
    lm: LanguageModel, mediation_pairs: pd.DataFrame, parameters: InterventionParameters
) -> pd.DataFrame:
    """Cut attention to the swapped word in count swaps and controls.

    Args:
        lm: the model.
        mediation_pairs: of this model.
        parameters: of the interventions.

    Returns:
        `knockouts`: one row a pair, set of edges, window of layers and outcome; see
        `knockouts.cut_pairs`.
    """
    wanted = mediation_pairs[mediation_pairs["kind"].isin(CUT_KINDS)]
    groups = list(wanted.groupby(["language", "kind", *LAYOUT], sort=False))
    rows: list[dict[str, Any]] = []
    title = f"{lm.name}: cutting attention"
    cuts = 2 * len(wanted) * len(parameters.edges) * len(parameters.windows)
    with lm.open() as loaded, progress(title, len(groups), "kinds", "cuts", cuts) as report:
        for _, own in groups:
            pairs, roles = read_pairs(own, ()), [list(one) for one in own["roles"]]
            for edges in parameters.edges:
                for window in parameters.windows:
                    rows += cut_pairs(loaded, pairs, roles, edges, window, parameters)
                    report.worked(2 * len(pairs))
            report.finished()
    table = pd.DataFrame(rows).assign(model=lm.name)
    return table.reindex(columns=list(KNOCKOUT_COLUMNS))


def _each_language(
    lm: LanguageModel,
    pairs: pd.DataFrame,
    parameters: InterventionParameters,
    change: Any,
    columns: Sequence[str],
    name: str,
) -> pd.DataFrame:
    names, before = ["language", "separators"], pairs[pairs["named"] == "first"]
    groups = [
        (dict(zip(names, group, strict=True)), lists)
        for group, own in before.groupby(names, sort=False)
        if (lists := read_lists(own))
    ]
    spots = sum(len(choose_spots(lists, parameters.spots)) for _, lists in groups)
    rows: list[dict[str, Any]] = []
    with ExitStack() as stack:
        loaded = stack.enter_context(lm.open())
        total = spots * len(choose_layers(loaded.layers, parameters.every))
        report = stack.enter_context(progress(f"{lm.name}: {name}", total, "layers", "runs"))
        for keys, lists in groups:
            for layer in change(loaded, lists, parameters):
                for row in layer:
                    rows.append({"model": lm.name, **keys, **row})
                    report.worked(1)
                report.finished()
    return pd.DataFrame(rows, columns=list(columns))


def _states(
    loaded: LoadedModel,
    lists: Sequence[CountedList],
    layers: Sequence[int],
    spot: Spot,
    parameters: InterventionParameters,
) -> list[NDArray[np.float32]]:
    return read_states(
        loaded,
        [one.ids for one in lists],
        layers,
        [one.spots(spot) for one in lists],
        token_budget=parameters.token_budget,
    )


def _steer(
    loaded: LoadedModel, lists: Sequence[CountedList], parameters: InterventionParameters
) -> Rows:
    data = gather_data(lists, read_static(loaded, lists, parameters.token_budget))
    baselines = [fit_baseline(data, fold) for fold in hold_out_categories(data)]
    if len(baselines) < LEAST_FOLDS:
        return
    layers = choose_layers(loaded.layers, parameters.every)
    for spot in choose_spots(lists, parameters.spots):
        states = _states(loaded, lists, layers, spot, parameters)
        for place, layer in enumerate(layers):
            own = np.concatenate([one[place] for one in states])
            generator = np.random.default_rng([parameters.seed, layer])
            pushes: list[list[Push]] = []
            steered: list[CountedList] = []
            for baseline in baselines:
                found = find_directions(baseline, own, parameters.draws, generator)
                members = [one for one in lists if one.category == baseline.fold.name]
                steered += members
                pushes += [found] * len(members)
            yield steer_lists(loaded, steered, pushes, layer, spot, parameters)


def _exchange(
    loaded: LoadedModel, lists: Sequence[CountedList], parameters: InterventionParameters
) -> Rows:
    generator = np.random.default_rng(parameters.seed)
    exchanges = plan_exchanges(lists, parameters.interchanges, generator)
    layers = choose_layers(loaded.layers, parameters.every)
    for spot in choose_spots(lists, parameters.spots) if exchanges else ():
        states = _states(loaded, lists, layers, spot, parameters)
        for place, layer in enumerate(layers):
            own = [one[place] for one in states]
            yield exchange_states(loaded, lists, exchanges, own, layer, spot, parameters)
