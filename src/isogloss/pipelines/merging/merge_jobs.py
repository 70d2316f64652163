"""The merges of one seed as one plan for the engine, each different model once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from isogloss.errors import Refusal
from isogloss.pipelines.merging.linear_rows import LINEAR_METHODS, linear_rows
from isogloss.pipelines.merging.merge_plan import MergePlan, TiesRecipe
from isogloss.pipelines.merging.source_differences import read_examination
from isogloss.pipelines.merging.sources import without_base

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from isogloss.language_models.checkpoints import Checkpoint
    from isogloss.partitions import StoredPartitions
    from isogloss.pipelines.merging.sources import MergeSources
    from isogloss.pipelines.merging.trimming import TrimThresholds
    from isogloss.tensors import Tensors

TIES = "ties"
Key = tuple[str, str, int]
"""Recipe, target and seed."""


def merge_name(key: Key) -> str:
    """Name the merge of a recipe, target and seed."""
    return "-".join(map(str, key))


def split_merges(weights: pd.DataFrame) -> dict[Key, pd.DataFrame]:
    """Give the rows of each merge, in the order of the table.

    Args:
        weights: `merge_weights`.
    """
    places: dict[Key, list[int]] = defaultdict(list)
    columns = (weights[name] for name in ("recipe", "target", "seed"))
    for place, (recipe, target, seed) in enumerate(zip(*columns, strict=True)):
        places[recipe, target, int(seed)].append(place)
    return {key: weights.iloc[rows] for key, rows in places.items()}


class Merge(NamedTuple):
    """What one merged model is for."""

    recipe: str
    target: str


@dataclass(frozen=True)
class MergeJob:
    """What is merged of one seed.

    Attributes:
        plan: the sources, and all models that are merged from them.
        merges: for each model of the plan what it is for; several where recipes agree.
    """

    plan: MergePlan
    merges: Sequence[Sequence[Merge]]

    def recipes(self, row: int) -> dict[str, list[str]]:
        """Give what a model of the plan is for: target -> recipes that agree there."""
        found: dict[str, list[str]] = defaultdict(list)
        for recipe, target in self.merges[row]:
            found[target].append(recipe)
        return found


def plan_seed(
    weights: pd.DataFrame,
    seed: int,
    sources: MergeSources,
    differences: StoredPartitions[Tensors],
) -> MergeJob:
    """Turn the weights of a seed into a plan, with the classifiers that are stored.

    Args:
        weights: `merge_weights` of the seed.
        seed: whose.
        sources: of all seeds.
        differences: seed -> what examining its sources gave.

    Raises:
        Refusal: as `plan_job`.
    """
    thresholds: TrimThresholds | None = None
    if str(seed) in differences:
        _, examination = read_examination(differences[str(seed)]())
        thresholds = examination.thresholds
    return plan_job(weights, sources.open(seed), sources.base(seed), thresholds)


def plan_job(
    weights: pd.DataFrame,
    sources: Mapping[str, Checkpoint],
    base: Checkpoint | None,
    thresholds: TrimThresholds | None,
) -> MergeJob:
    """Turn weights into a plan.

    Args:
        weights: `merge_weights` of one seed.
        sources: locale -> its classifier.
        base: what they were fine-tuned from; None if only linear merges are made.
        thresholds: of these sources in this order; None if nothing is merged by TIES.

    Raises:
        Refusal: if a method needs the base and there is none.
    """
    if base is None and any(map(needs_base, weights["method"].unique())):
        raise Refusal(without_base(weights["method"].unique()))
    matrix, table = linear_rows(weights, list(sources))
    merges: dict[int, list[Merge]] = defaultdict(list)
    for recipe, target, row in table.itertuples(index=False, name=None):
        merges[row].append(Merge(recipe, target))
    trimmed = _trimmed(weights, list(sources))
    plan = MergePlan(
        list(sources.values()),
        # In the order of the recipes, so that one after the other is complete.
        matrix[list(merges)] if base else matrix[list(merges), :-1],
        base,
        list(trimmed),
        thresholds,
    )
    return MergeJob(plan, [*merges.values(), *trimmed.values()])


def _trimmed(weights: pd.DataFrame, locales: Sequence[str]) -> dict[TiesRecipe, list[Merge]]:
    """Give each different model that is merged by TIES once, and what it is for."""
    found: dict[TiesRecipe, list[Merge]] = defaultdict(list)
    own = weights[weights["method"] == TIES]
    for (recipe, target), rows in own.groupby(["recipe", "target"], sort=False):
        shares = rows.set_index("source")["weight"].reindex(list(locales), fill_value=0.0)
        first = rows.iloc[0]
        ties = TiesRecipe(tuple(shares.tolist()), float(first["density"]), float(first["lambda"]))
        found[ties].append(Merge(str(recipe), str(target)))
    return found


def needs_base(method: str) -> bool:
    """Tell whether a merge by a method depends on what the sources were fine-tuned from."""
    return method not in LINEAR_METHODS[:1]
