"""Merged models as folders, as many in one read of their sources as files can be open at once."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.errors import Refusal, suggest
from isogloss.pipelines.merging.merge_jobs import Key, merge_name, plan_seed, split_merges
from isogloss.pipelines.merging.merged_models import describe, write_merged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from isogloss.language_models.handle import LanguageModel
    from isogloss.language_models.tensor_files import FloatName
    from isogloss.partitions import StoredPartitions
    from isogloss.pipelines.merging.merge_plan import MergePlan
    from isogloss.pipelines.merging.sources import MergeSources
    from isogloss.tensors import Tensors

DEFINITION = 1
"""Of what is written; raised when a formula behind it changes."""
ALL, NONE = "all", "none"
OTHER_FILES = 128
"""That a process has open beside models and sources: libraries, logs, the terminal."""


def wanted_merges(weights: pd.DataFrame, recipes: Sequence[str]) -> pd.DataFrame:
    """Give the rows of the merges that are to be written.

    Args:
        weights: `merge_weights`.
        recipes: their names, `all` or `none`.

    Raises:
        Refusal: if there is no such recipe.
    """
    known = weights["recipe"].unique().tolist()
    for recipe in recipes:
        if recipe not in (*known, ALL, NONE):
            raise Refusal(
                f"merging.write: there is no recipe '{recipe}'.{suggest(recipe, known)} There are: "
                f"{', '.join([*known, ALL, NONE])}."
            )
    return weights if ALL in recipes else weights[weights["recipe"].isin(list(recipes))]


@dataclass(frozen=True)
class MergedFolders:
    """Merges of classifiers that are to be written.

    Attributes:
        lm: the encoder, whose tokenizer goes with every model.
        sources: that are merged.
        differences: seed -> what examining its sources gave.
        weights: rows of `merge_weights`.
        dtype: of the merged weights.
    """

    lm: LanguageModel
    sources: MergeSources
    differences: StoredPartitions[Tensors]
    weights: pd.DataFrame
    dtype: FloatName

    def records(self) -> dict[str, dict[str, Any]]:
        """Say how each model is made: `<recipe>-<target>-<seed>` -> what its folder will keep."""
        return {
            merge_name(key): {**self._record(key), "merge": recipe}
            for plan, keys in self._plans(self.weights)
            for key, recipe in zip(keys, describe(plan), strict=True)
        }

    def bytes_each(self) -> int:
        """Give what the weights of a model take on the disk."""
        if self.weights.empty:
            return 0
        source, *_ = self.sources.open(int(self.weights["seed"].iloc[0])).values()
        return source.bytes_as(self.dtype)

    def write(self, folders: Mapping[str, Path]) -> None:
        """Write models, all of a seed in as few reads of its sources as open files allow.

        Args:
            folders: name -> folder.

        Raises:
            Refusal: as `write_merged`.
        """
        wanted = [
            rows for key, rows in split_merges(self.weights).items() if merge_name(key) in folders
        ]
        if not wanted:
            return
        tokenizer = self.lm.tokenizer_folder()
        for plan, keys in self._plans(pd.concat(wanted)):
            start = 0
            for part in plan.groups(models_at_once(plan)):
                own = keys[start : start + len(part)]
                start += len(part)
                write_merged(
                    part,
                    [folders[merge_name(key)] for key in own],
                    [self._record(key) for key in own],
                    tokenizer,
                    self.dtype,
                )

    def _record(self, key: Key) -> dict[str, Any]:
        recipe, target, seed = key
        return {
            "definition": DEFINITION,
            "encoder": self.lm.name,
            "recipe": recipe,
            "target": target,
            "seed": seed,
            "dtype": self.dtype,
        }

    def _plans(self, weights: pd.DataFrame) -> Iterator[tuple[MergePlan, list[Key]]]:
        """Give for each seed a plan with a model for every merge, and the merges in its order."""
        for number in weights["seed"].unique():
            seed = int(number)
            own = weights[weights["seed"] == seed]
            job = plan_seed(own, seed, self.sources, self.differences)
            # Where recipes agree the model is merged once and written for each of them.
            copies = [row for row, merges in enumerate(job.merges) for _ in merges]
            keys = [(merge.recipe, merge.target, seed) for merges in job.merges for merge in merges]
            yield job.plan.of_rows(copies), keys


def models_at_once(plan: MergePlan) -> int:
    """Give how many models can be written at once, at least one: each has a file open.

    Args:
        plan: whose sources are open meanwhile.
    """
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        return len(plan)
    checkpoints = [*plan.sources, *([plan.base] if plan.base else [])]
    sources = sum(len({file for file, _ in one.places.values()}) for one in checkpoints)
    return max(1, most - sources - OTHER_FILES)
