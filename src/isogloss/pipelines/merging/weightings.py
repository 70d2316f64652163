"""Every way of weighting that the parameters ask for, over all targets and seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from isogloss.errors import Refusal
from isogloss.pipelines.merging.choices import name_pairs
from isogloss.pipelines.merging.similarity import own_sources
from isogloss.pipelines.merging.weights import (
    average_weights,
    proportional_weights,
    sinkhorn_weights,
    softmax_weights,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from isogloss.pipelines.merging.choices import Choice
    from isogloss.pipelines.merging.parameters import MergingParameters
    from isogloss.pipelines.merging.similarity import Similarity

NONE = float("nan")


@dataclass(frozen=True)
class Weighting:
    """One way of weighting the sources of every target.

    Attributes:
        weighting: experiment: similarity, average, leave_one_out or manual.
        weights: float64 [seeds, targets, sources]; rows sum to 1, or are 0 where the target has no
            such merge.
        normalisation: of similarities; of an average `sinkhorn` if it is of the sources that
            `sinkhorn` keeps, which are more where similarities tie.
        features: by which sources were chosen.
        k: number of sources that were to be chosen; 0 where none are.
        temperature: NaN where there is none.
        include_target: whether the target's own source takes a place by rule.
    """

    weighting: str
    weights: NDArray[np.float64]
    normalisation: str = ""
    features: str = ""
    k: int = 0
    temperature: float = NONE
    include_target: bool = False

    @property
    def name(self) -> str:
        """Readable, and unique among those of one run; fit for the name of a file."""
        parts = [
            self.weighting,
            self.normalisation,
            self.features,
            f"k{self.k}" if self.k else "",
            "" if np.isnan(self.temperature) else f"t{self.temperature:.12g}",
            "with_target" if self.include_target else "",
        ]
        return "-".join(part for part in parts if part)


def list_weightings(
    parameters: MergingParameters,
    choices: Sequence[Choice],
    locales: Sequence[str],
    sources: Sequence[str],
) -> list[Weighting]:
    """List every weighting of every experiment.

    Args:
        parameters: of the room.
        choices: of sources.
        locales: rows of the weights.
        sources: columns of the weights; locales with a classifier that can be merged.

    Raises:
        Refusal: if similarities cannot be weighted as asked, or manual weights name a locale that
            is no source.
    """
    found: list[Weighting] = []
    for choice in choices:
        if "similarity" in parameters.experiments:
            found += _by_similarity(parameters, choice, locales, sources)
        if "average" in parameters.experiments:
            found.append(_averaged(choice, locales, sources))
    seeds = len(parameters.seeds)
    if "leave_one_out" in parameters.experiments:
        weights = average_weights(~own_sources(locales, sources))
        found.append(Weighting("leave_one_out", np.stack([weights] * seeds)))
    if "manual" in parameters.experiments:
        weights = _manual_weights(parameters.manual, locales, sources)
        found.append(Weighting("manual", np.stack([weights] * seeds)))
    return found


def _by_similarity(
    parameters: MergingParameters,
    choice: Choice,
    locales: Sequence[str],
    sources: Sequence[str],
) -> Iterator[Weighting]:
    for normalisation in parameters.normalisations:
        if (normalisation == "sinkhorn") != choice.keep_ties:
            continue
        for temperature in (NONE,) if choice.keep_ties else parameters.temperatures:
            weights = [
                _weigh(normalisation, similarity, chosen, temperature)
                for similarity, chosen in zip(choice.similarities, choice.chosen, strict=True)
            ]
            yield Weighting(
                "similarity",
                _spread(weights, choice, locales, sources),
                normalisation,
                choice.features,
                choice.k,
                temperature,
                choice.include_target,
            )


def _averaged(choice: Choice, locales: Sequence[str], sources: Sequence[str]) -> Weighting:
    weights = [average_weights(chosen) for chosen in choice.chosen]
    return Weighting(
        "average",
        _spread(weights, choice, locales, sources),
        "sinkhorn" if choice.keep_ties else "",
        choice.features,
        choice.k,
        include_target=choice.include_target,
    )


def _weigh(
    normalisation: str, similarity: Similarity, chosen: NDArray[np.bool_], temperature: float
) -> NDArray[np.float64]:
    if normalisation == "softmax":
        return softmax_weights(similarity.values, chosen, temperature)
    if normalisation == "sinkhorn":
        _require_above(-1.0, normalisation, similarity, chosen)
        return sinkhorn_weights(similarity.values, chosen)
    _require_above(0.0, normalisation, similarity, chosen)
    return proportional_weights(similarity.values, chosen, temperature)


def _require_above(
    least: float, normalisation: str, similarity: Similarity, chosen: NDArray[np.bool_]
) -> None:
    """Refuse chosen similarities below a bound, and targets all of whose sources are on it."""
    low = chosen & (similarity.values < least)
    above = (chosen & (similarity.values > least)).any(axis=1, keepdims=True)
    wrong = low if low.any() else chosen & ~above
    if wrong.any():
        raise Refusal(
            f"The normalisation '{normalisation}' takes similarities from {least:g} up, one of "
            f"each target above; by '{similarity.features}' they are too low for {wrong.sum()} "
            f"pairs (target from source): {name_pairs(similarity, wrong)}. Use softmax, a smaller "
            "merging.k, or other features."
        )


def _spread(
    weights: Sequence[NDArray[np.float64]],
    choice: Choice,
    locales: Sequence[str],
    sources: Sequence[str],
) -> NDArray[np.float64]:
    """Put the weights of the locales that the features tell of into [seeds, locales, sources]."""
    spread = np.zeros((len(weights), len(locales), len(sources)))
    for layer, part, similarity in zip(spread, weights, choice.similarities, strict=True):
        rows = [locales.index(name) for name in similarity.targets]
        columns = [sources.index(name) for name in similarity.sources]
        layer[np.ix_(rows, columns)] = part
    return spread


def _manual_weights(
    manual: Mapping[str, Mapping[str, float]], locales: Sequence[str], sources: Sequence[str]
) -> NDArray[np.float64]:
    weights = np.zeros((len(locales), len(sources)))
    for target, given in manual.items():
        if target not in locales:
            raise Refusal(
                f"merging.manual names the target {target}; locales are: {', '.join(locales)}."
            )
        if strange := [name for name in given if name not in sources]:
            raise Refusal(
                f"merging.manual.{target} names {', '.join(strange)}, which cannot be merged. "
                f"Sources are: {', '.join(sources)}."
            )
        for source, weight in given.items():
            weights[locales.index(target), sources.index(source)] = weight / sum(given.values())
    return weights
