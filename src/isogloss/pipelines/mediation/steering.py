"""Steering: moving activations along what a probe reads, to see whether the model reads it too."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Literal

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
Direction = Literal["probe", "mean", "random"]
STEERING_COLUMNS = (
    "model",
    "language",
    "list_id",
    "category",
    "layer",
    "spot",
    "direction",
    "step",
    "before",
    "after",
    "change",
)


def find_directions(
    baseline: Baseline,
    states: NDArray[np.float32],
    generator: np.random.Generator,
) -> dict[Direction, Floats]:
    """Find what to add to the activations of one layer for one member more, from training lists.

    With w the weights of the probe beyond the baseline: `probe` is w / |w|^2, the smallest change
    that the probe reads as one more; `mean` the mean change of the activations with the running
    count, both beyond the baseline; `random` a random direction as long as `mean`.

    Args:
        baseline: of the fold.
        states: [rows, units].
        generator: the source of randomness.
    """
    left, _ = leave_unexplained(baseline, states)
    counts = baseline.left
    weights = fit_ridge(left, counts[:, None], baseline.fold.groups).weights[:, 0]
    size = float(weights @ weights)
    mean = counts @ left / max(float(counts @ counts), 1e-12)
    random = generator.normal(size=len(mean))
    return {
        "probe": weights / size if size > 0 else np.zeros_like(weights),
        "mean": mean,
        "random": random * np.linalg.norm(mean) / np.linalg.norm(random),
    }


def steer_lists(
    loaded: LoadedModel,
    lists: Sequence[CountedList],
    directions: Sequence[dict[Direction, Floats]],
    layer: int,
    spot: Spot,
    parameters: InterventionParameters,
) -> Iterator[dict[str, Any]]:
    """Add directions at the last item of lists, or behind it, and read the expected count.

    Args:
        loaded: the model.
        lists: to be steered.
        directions: of each list, from other categories.
        layer: of the residual.
        spot: at which token.
        parameters: of the interventions.
    """
    places = [[one.spots(spot)[-1]] for one in lists]
    by_name: dict[Direction, list[Floats]] = defaultdict(list)
    for own in directions:
        for name, vector in own.items():
            by_name[name].append(vector)
    for name, vectors in by_name.items():
        for step in parameters.steps:
            run = inject(
                loaded,
                [one.ids for one in lists],
                [one.answers for one in lists],
                layer,
                places,
                [(step * vector)[None].astype(np.float32) for vector in vectors],
                how="add",
                token_budget=parameters.token_budget,
            )
            before, after = expected_counts(run.before), expected_counts(run.after)
            for at, one in enumerate(lists):
                yield {
                    "list_id": one.list_id,
                    "category": one.category,
                    "layer": layer,
                    "spot": spot,
                    "direction": name,
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
