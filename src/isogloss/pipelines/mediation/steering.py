"""Steering: moving activations along what a probe reads, to see whether the model reads it too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from isogloss.language_models.patching.interventions import inject
from isogloss.pipelines.mediation.outcomes import probabilities
from isogloss.pipelines.mediation.probes import leave_unexplained
from isogloss.statistics.ridge import fit_ridge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from isogloss.language_models.loading import LoadedModel
    from isogloss.pipelines.mediation.counted_lists import CountedList
    from isogloss.pipelines.mediation.intervention_parameters import InterventionParameters
    from isogloss.pipelines.mediation.probe_parameters import Spot
    from isogloss.pipelines.mediation.probes import Baseline

Floats = NDArray[np.float64]
Direction = Literal["probe", "mean", "random_probe", "random_mean"]
RANDOM: dict[Direction, Direction] = {"random_probe": "probe", "random_mean": "mean"}
"""Random directions, and those whose length they have."""
STEERING_COLUMNS = (
    "model",
    "language",
    "separators",
    "list_id",
    "category",
    "layer",
    "spot",
    "direction",
    "draw",
    "step",
    "before",
    "after",
    "change",
)


class Push(NamedTuple):
    """What is added to the activations of a list for one member more.

    Attributes:
        direction: how it was found.
        draw: 0, or which of several random ones.
        vector: float64 [units].
    """

    direction: Direction
    draw: int
    vector: Floats


def find_directions(
    baseline: Baseline, states: NDArray[np.float32], draws: int, generator: np.random.Generator
) -> list[Push]:
    """Find what to add to the activations of one layer for one member more, from training lists.

    `mean` is m, the mean change of the activations with the running count, both beyond the
    baseline; `probe` is w (w . m) / |w|^2, what of it lies along the weights w of the probe beyond
    the baseline. To each belong `random` directions of the same length.

    Args:
        baseline: of the fold.
        states: [rows, units].
        draws: of random directions for each.
        generator: the source of randomness.
    """
    left, _ = leave_unexplained(baseline, states)
    counts = baseline.left
    weights = fit_ridge(left, counts[:, None], baseline.fold.groups).weights[:, 0]
    size = float(weights @ weights)
    mean = counts @ left / max(float(counts @ counts), 1e-12)
    probe = weights * (weights @ mean) / size if size > 0 else np.zeros_like(weights)
    pushes = [Push("probe", 0, probe), Push("mean", 0, mean)]
    lengths = {name: np.linalg.norm(vector) for name, _, vector in pushes}
    for name, push in RANDOM.items():
        for draw in range(draws):
            random = generator.normal(size=len(mean))
            length = lengths[push] / np.linalg.norm(random)
            pushes.append(Push(name, draw, random * length))
    return pushes


def steer_lists(
    loaded: LoadedModel,
    lists: Sequence[CountedList],
    pushes: Sequence[Sequence[Push]],
    layer: int,
    spot: Spot,
    parameters: InterventionParameters,
) -> Iterator[dict[str, Any]]:
    """Add directions at the last item of lists, or behind it, and read the expected count.

    Args:
        loaded: the model.
        lists: to be steered.
        pushes: of each list, from other categories.
        layer: of the residual.
        spot: at which token.
        parameters: of the interventions.
    """
    ways = [
        (one, push, step)
        for one, own in zip(lists, pushes, strict=True)
        for push in own
        for step in parameters.steps
    ]
    # All at once: a list is read once, however many ways it is steered in.
    run = inject(
        loaded,
        [one.ids for one, _, _ in ways],
        [one.answers for one, _, _ in ways],
        layer,
        [[one.spots(spot)[-1]] for one, _, _ in ways],
        [(step * push.vector)[None].astype(np.float32) for _, push, step in ways],
        how="add",
        token_budget=parameters.token_budget,
    )
    before, after = expected_counts(run.before), expected_counts(run.after)
    for at, (one, push, step) in enumerate(ways):
        yield {
            "list_id": one.list_id,
            "category": one.category,
            "layer": layer,
            "spot": spot,
            "direction": push.direction,
            "draw": push.draw,
            "step": step,
            "before": before[at],
            "after": after[at],
            "change": after[at] - before[at],
        }


def expected_counts(logits: Floats) -> Floats:
    """Give the expected count over 0..9, [prompts].

    Args:
        logits: [prompts, answers].
    """
    return np.asarray(probabilities(logits) @ np.arange(logits.shape[-1]))
