"""Nodes that read running counts from the activations of a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from isogloss.language_models import LanguageModel
from isogloss.language_models.batching import TokenBudget
from isogloss.language_models.patching.reading import read_states
from isogloss.pipelines.mediation.counted_lists import (
    CountedList,
    choose_spots,
    read_lists,
    shuffle_members,
)
from isogloss.pipelines.mediation.pair_parameters import LAYOUT
from isogloss.pipelines.mediation.probe_data import (
    ProbeData,
    gather_data,
    hold_out_categories,
    hold_out_lists,
)
from isogloss.pipelines.mediation.probe_parameters import ProbeParameters
from isogloss.pipelines.mediation.probes import (
    CONTROLS,
    Baseline,
    fit_baseline,
    score_control,
    score_probe,
    try_probe,
)
from isogloss.progress import ProgressReport, progress

if TYPE_CHECKING:
    # Torch comes with it; no node has it in its signature.
    from isogloss.language_models.loading import LoadedModel

LEAST_FOLDS = 3
PROBE_COLUMNS = (
    "model",
    "language",
    *LAYOUT,
    "layer",
    "spot",
    "target",
    "probe",
    "fold",
    "n",
    "n_categories",
    "r2",
    "r2_known",
    "r2_baseline",
    "reference",
    "partial_r2",
    "partial_ci_low",
    "partial_ci_high",
    *CONTROLS,
)


def probe_running_counts(
    lm: LanguageModel, mediation_pairs: pd.DataFrame, parameters: ProbeParameters
) -> pd.DataFrame:
    """Probe every layer for the number of members so far, at items and at what follows them.

    Ridge regression, tried on a category that is held out together with all words of its lists. The
    baseline holds what tells the running count without a counter: index of the item, length of the
    list, whether this item and the three in front of it are members, and the sum of the static
    embeddings so far.

    Args:
        lm: the model.
        mediation_pairs: of this model; the base prompts of pairs that count are probed.
        parameters: of the probes.

    Returns:
        `probes`: one row a layer, spot and fold (a category, or `all`); see `probes.score_probe`,
        and of `all` the control task too, see `probes.score_control`.
        Languages with fewer than three categories have no rows.
    """
    rows: list[dict[str, Any]] = []
    names = ["language", *LAYOUT]
    groups = [
        (dict(zip(names, group, strict=True)), read_lists(own))
        for group, own in mediation_pairs.groupby(names, sort=False)
    ]
    groups = [group for group in groups if group[1]]
    spots = sum(len(choose_spots(lists, parameters.spots)) for _, lists in groups)
    with lm.open() as loaded:
        total = spots * len(choose_layers(loaded.layers, parameters.every))
        with progress(f"{lm.name}: probing", len(groups), "languages", "probes", total) as report:
            for keys, lists in groups:
                rows += [
                    {"model": lm.name, **keys, **row}
                    for row in _probe(loaded, lists, parameters, report)
                ]
                report.finished()
    return pd.DataFrame(rows, columns=list(PROBE_COLUMNS))


def choose_layers(layers: int, every: int) -> list[int]:
    """Give the layers 0..L that are divisible by `every`, and L."""
    return [layer for layer in range(layers + 1) if layer % every == 0 or layer == layers]


def read_static(
    loaded: LoadedModel, lists: Sequence[CountedList], token_budget: TokenBudget
) -> list[NDArray[np.float32]]:
    """Read the embeddings of all tokens of the items, a list: [tokens, units].

    Args:
        loaded: the model.
        lists: whose items.
        token_budget: tokens a batch, padding included, or `auto`.
    """
    found = read_states(
        loaded,
        [one.ids for one in lists],
        [0],
        [[token for own in one.tokens for token in own] for one in lists],
        token_budget=token_budget,
    )
    return [one[0] for one in found]


def _probe(
    loaded: LoadedModel,
    lists: Sequence[CountedList],
    parameters: ProbeParameters,
    report: ProgressReport,
) -> Iterator[dict[str, Any]]:
    static = read_static(loaded, lists, parameters.token_budget)
    data = gather_data(lists, static)
    baselines = [fit_baseline(data, fold) for fold in hold_out_categories(data)]
    if len(baselines) < LEAST_FOLDS:
        return
    control = _fit_control(data, lists, static, parameters)
    layers = choose_layers(loaded.layers, parameters.every)
    for spot in choose_spots(lists, parameters.spots):
        states = read_states(
            loaded,
            [one.ids for one in lists],
            layers,
            [one.spots(spot) for one in lists],
            token_budget=parameters.token_budget,
        )
        for place, layer in enumerate(layers):
            own = np.concatenate([one[place] for one in states])
            keys = {"layer": layer, "spot": spot, "target": "running_count", "probe": "ridge"}
            for row in _score(baselines, control, own, parameters):
                yield {**keys, **row}
            report.worked(1)


def _fit_control(
    data: ProbeData,
    lists: Sequence[CountedList],
    static: Sequence[NDArray[np.float32]],
    parameters: ProbeParameters,
) -> list[list[Baseline]]:
    """Fit baselines on lists whose words are known: of real members, then of made-up ones."""
    generator = np.random.default_rng(parameters.seed)
    made_up = (shuffle_members(lists, generator) for _ in range(parameters.shuffles))
    tasks = [data, *(gather_data(lists, static, counts) for counts in made_up)]
    fitted: list[list[Baseline]] = [[] for _ in tasks]
    for fold in hold_out_lists(data):
        for place, task in enumerate(tasks):
            fitted[place].append(fit_baseline(task, fold))
    return fitted


def _score(
    baselines: Sequence[Baseline],
    control: Sequence[Sequence[Baseline]],
    states: NDArray[np.float32],
    parameters: ProbeParameters,
) -> Iterator[dict[str, Any]]:
    errors = [try_probe(baseline, states) for baseline in baselines]
    *folds, whole = score_probe(baselines, errors, parameters.confidence)
    yield from folds
    compared = [[try_probe(baseline, states) for baseline in own] for own in control]
    yield {**whole, **score_control(compared)}
