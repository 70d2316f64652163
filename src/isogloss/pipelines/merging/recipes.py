"""Every merge that the parameters ask for, as one table of weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.errors import Refusal
from isogloss.merge_columns import MERGE, SETTINGS
from isogloss.pipelines.merging.choices import Choice, Remark, list_choices
from isogloss.pipelines.merging.locales import choose_locales
from isogloss.pipelines.merging.parameters import ACCURACY
from isogloss.pipelines.merging.similarity import own_sources
from isogloss.pipelines.merging.weightings import list_weightings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from isogloss.pipelines.merging.parameters import MergingParameters
    from isogloss.pipelines.merging.similarity import Similarity
    from isogloss.pipelines.merging.weightings import Weighting

NONE = float("nan")
ROUNDING = 1e-12
"""By which equal weights may differ."""
COLUMNS = (*MERGE, "method", *SETTINGS, "supervision", "source", "weight", "similarity")


@dataclass(frozen=True)
class Recipe:
    """One way of weighting together with one way of merging.

    Attributes:
        weighting: of the sources.
        method: linear, task_arithmetic or ties.
        scale: lambda; NaN where there is none.
        density: of trimmed task vectors; NaN where there are none.
    """

    weighting: Weighting
    method: str = "linear"
    scale: float = NONE
    density: float = NONE

    @property
    def name(self) -> str:
        """Readable, and unique among those of one run; fit for the name of a file."""
        parts = [
            self.weighting.name,
            "" if self.method == "linear" else self.method,
            "" if np.isnan(self.density) else f"d{self.density:.12g}",
            "" if np.isnan(self.scale) else f"l{self.scale:.12g}",
        ]
        return "-".join(part for part in parts if part)

    def merges_like(self, other: Recipe) -> bool:
        """Say whether both give the same models for the same experiment.

        Task arithmetic with a lambda of 1 is the linear merge, as weights sum to 1.
        """
        return (
            self.weighting.weighting == other.weighting.weighting
            and self._formula() == other._formula()
            and np.allclose(self.weighting.weights, other.weighting.weights, rtol=0, atol=ROUNDING)
        )

    def _formula(self) -> tuple[float, float]:
        # Numbers that are not there as 0, since NaN equals nothing; densities are above 0.
        if self.method == "ties":
            return self.density, self.scale
        return 0.0, 1.0 if self.method == "linear" else self.scale


@dataclass(frozen=True)
class PlannedMerges:
    """What is to be merged.

    Attributes:
        weights: the table `merge_weights`: recipe, target, seed, method, weighting,
            normalisation, features, k, temperature, include_target, lambda, density, supervision,
            source, weight, similarity (of source and target by the features; NaN where sources
            were not chosen by any); one row a recipe, target, seed and source with a weight
            above 0.
        remarks: what, name, n, detail: sources, locales and recipes that were left out and why,
            and choices that names decided.
    """

    weights: pd.DataFrame
    remarks: pd.DataFrame


def plan_merges(
    parameters: MergingParameters,
    locales: Sequence[str],
    sources: Sequence[str],
    similarities: Mapping[tuple[str, int], Similarity],
    unspelled: Collection[str] = (),
) -> PlannedMerges:
    """Expand the parameters into every merge, without those that come twice.

    A recipe whose weights equal those of an earlier one of the same experiment, for every target
    and seed, is left out and named in the remarks. The weights of a target do not depend on which
    other targets are asked for, nor on the order of locales.

    Args:
        parameters: of the room.
        locales: that take part.
        sources: those of them whose classifiers there are, in every seed.
        similarities: of `measure_similarities`.
        unspelled: locales that the encoder cannot spell; never sources.

    Raises:
        Refusal: if a similarity is missing or unfit, manual weights name no source, no target has
            a source, or merging.targets names a locale that does not take part.
    """
    targets = choose_locales(parameters.targets, locales, "merging.targets")
    usable = [name for name in sources if name not in unspelled]
    remarks = [
        Remark("source left out", name, 1, "the encoder cannot spell it")
        for name in sources
        if name in unspelled
    ]
    tables: list[pd.DataFrame] = []
    if set(parameters.experiments) != {"baseline"}:
        _require_sources(targets, usable)
        recipes, found = _list_recipes(parameters, locales, usable, similarities)
        tables = [_tabulate(recipe, parameters, locales, usable, targets) for recipe in recipes]
        remarks += [*found, *_absent_targets(recipes, locales, targets)]
    weights = pd.DataFrame(columns=COLUMNS)
    if tables:
        weights = pd.concat(tables, ignore_index=True)
        weights = weights.assign(similarity=_look_up(weights, similarities))
    return PlannedMerges(weights, pd.DataFrame(remarks, columns=list(Remark._fields)))


def _require_sources(targets: Sequence[str], sources: Sequence[str]) -> None:
    if not any(source != target for source in sources for target in targets):
        raise Refusal(
            f"There is nothing to merge for {', '.join(targets)}: the locales whose classifiers "
            f"can be merged are {', '.join(sources) or 'none'}. Let more locales take part "
            "(intents.locales)."
        )


def _list_recipes(
    parameters: MergingParameters,
    locales: Sequence[str],
    sources: Sequence[str],
    similarities: Mapping[tuple[str, int], Similarity],
) -> tuple[list[Recipe], list[Remark]]:
    choices: list[Choice] = []
    remarks: list[Remark] = []
    if parameters.needs_similarity:
        choices, remarks = list_choices(parameters, locales, sources, similarities)
    recipes: list[Recipe] = []
    for weighting in list_weightings(parameters, choices, locales, sources):
        for recipe in _methods(parameters, weighting):
            alike = next((other for other in recipes if recipe.merges_like(other)), None)
            if alike is None:
                recipes.append(recipe)
            else:
                remarks.append(
                    Remark("recipe left out", recipe.name, 1, f"the same as {alike.name}")
                )
    return recipes, remarks


def _methods(parameters: MergingParameters, weighting: Weighting) -> Iterator[Recipe]:
    for method in parameters.methods:
        if method == "linear":
            yield Recipe(weighting)
        elif method == "task_arithmetic":
            for scale in parameters.task_arithmetic.lambdas:
                yield Recipe(weighting, method, scale)
        else:
            for density in parameters.ties.densities:
                for scale in parameters.ties.lambdas:
                    yield Recipe(weighting, method, scale, density)


def _tabulate(
    recipe: Recipe,
    parameters: MergingParameters,
    locales: Sequence[str],
    sources: Sequence[str],
    targets: Sequence[str],
) -> pd.DataFrame:
    """Write the weights of some targets as rows: none where a target has no such merge."""
    weighting = recipe.weighting
    rows = [locales.index(name) for name in targets]
    weights = weighting.weights[:, rows]
    with_target = (weights * own_sources(targets, sources)).sum(axis=2) > 0
    labels = "target_dev" if weighting.features == ACCURACY else "none"
    seed, target, source = np.nonzero(weights)
    return pd.DataFrame(
        {
            "recipe": recipe.name,
            "target": np.asarray(targets)[target],
            "seed": np.asarray(parameters.seeds)[seed],
            "method": recipe.method,
            "weighting": weighting.weighting,
            "normalisation": weighting.normalisation,
            "features": weighting.features,
            "k": weighting.k,
            "temperature": weighting.temperature,
            "include_target": with_target[seed, target],
            "lambda": recipe.scale,
            "density": recipe.density,
            "supervision": np.where(with_target[seed, target], "target_train", labels),
            "source": np.asarray(sources)[source],
            "weight": weights[seed, target, source],
        }
    )


def _look_up(
    weights: pd.DataFrame, similarities: Mapping[tuple[str, int], Similarity]
) -> NDArray[np.float64]:
    """Give the similarity of every source to its target, NaN where it decided nothing."""
    found = np.full(len(weights), np.nan)
    for (features, seed), known in similarities.items():
        rows = np.flatnonzero((weights["features"] == features) & (weights["seed"] == seed))
        own = weights.iloc[rows]
        targets = [known.targets.index(target) for target in own["target"]]
        sources = [known.sources.index(source) for source in own["source"]]
        found[rows] = known.values[targets, sources]
    return found


def _absent_targets(
    recipes: Sequence[Recipe], locales: Sequence[str], targets: Sequence[str]
) -> Iterator[Remark]:
    """Name the targets that a weighting has no weights for; a manual one has only its own."""
    weightings = {recipe.weighting.name: recipe.weighting for recipe in recipes}
    for name, weighting in weightings.items():
        there = weighting.weights.sum(axis=(0, 2)) > 0
        lost = [target for target in targets if not there[locales.index(target)]]
        if lost and weighting.weighting != "manual":
            detail = f"no source can be merged for: {', '.join(lost)}"
            yield Remark("target left out", name, len(lost), detail)
