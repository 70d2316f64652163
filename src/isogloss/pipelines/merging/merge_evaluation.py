"""The pass in which every merged model reads the test items of its target."""

from __future__ import annotations

import logging
import math
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from isogloss.classifier_names import BASE, classifier_name
from isogloss.errors import NotFiniteError
from isogloss.free_memory import free_memory
from isogloss.language_models.classification import open_classifier, predict_logits
from isogloss.partitions import PartitionFailure, digest
from isogloss.pipelines.merging.merge_jobs import (
    Key,
    merge_name,
    needs_base,
    plan_seed,
    split_merges,
)
from isogloss.pipelines.merging.merged_models import merge_in_memory
from isogloss.pipelines.merging.parameters import AUTOMATIC
from isogloss.progress import progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from isogloss.language_models.batching import EncodedSentence
    from isogloss.language_models.classification import ClassifierShell
    from isogloss.language_models.handle import LanguageModel
    from isogloss.partitions import Fingerprint, StoredPartitions
    from isogloss.pipelines.merging.finetuning_parameters import FinetuningParameters
    from isogloss.pipelines.merging.merge_jobs import MergeJob
    from isogloss.pipelines.merging.parameters import MergingParameters
    from isogloss.pipelines.merging.sources import MergeSources
    from isogloss.pipelines.merging.utterances import Utterances
    from isogloss.progress import ProgressReport
    from isogloss.tensors import Tensors

GIB, GIGABYTE = 1 << 30, 10**9

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class MergeEvaluation:
    """What merged models are asked.

    Attributes:
        lm: the encoder of all sources.
        sources: that are merged.
        differences: seed -> what examining its sources gave.
        weights: `merge_weights`.
        tests: locale -> its test utterances.
        parameters: how models are merged.
        reading: how texts are cut and batched.
    """

    lm: LanguageModel
    sources: MergeSources
    differences: StoredPartitions[Tensors]
    weights: pd.DataFrame
    tests: Mapping[str, Utterances]
    parameters: MergingParameters
    reading: FinetuningParameters

    def items(self) -> dict[str, Fingerprint]:
        """Give the merges: name -> what makes this one alone."""
        # Without the right answers: a label that is corrected makes no model answer otherwise.
        tests = {locale: digest(own.sentences) for locale, own in self.tests.items()}
        return {
            merge_name(key): {**self._ingredients(key, rows), "test": tests[key[1]]}
            for key, rows in split_merges(self.weights).items()
        }

    def run(self, names: Sequence[str]) -> Iterator[tuple[str, pd.DataFrame | PartitionFailure]]:
        """Yield the predictions of merges as they come; a failure where they are not finite.

        Args:
            names: of those that are wanted.
        """
        wanted = set(names)
        by_seed: dict[int, list[pd.DataFrame]] = defaultdict(list)
        for key, rows in split_merges(self.weights).items():
            if merge_name(key) in wanted:
                by_seed[key[2]].append(rows)
        with open_classifier(self.lm, self.sources.labels) as classifier:
            texts = {
                locale: classifier.encode(own.sentences, self.reading.recipe.max_length)
                for locale, own in self.tests.items()
            }
            jobs = {
                seed: plan_seed(pd.concat(tables), seed, self.sources, self.differences)
                for seed, tables in by_seed.items()
            }
            at_once = self._models_at_once(list(jobs.values()))
            with progress(f"{self.lm.name}: evaluating merges", len(names), "merges") as report:
                for seed, job in jobs.items():
                    for found in self._evaluate(classifier, texts, seed, job, at_once, report):
                        yield found
                        report.finished()

    def _ingredients(self, key: Key, rows: pd.DataFrame) -> Fingerprint:
        seed, method = key[2], str(rows["method"].iloc[0])
        names = [classifier_name(locale, seed) for locale in rows["source"]]
        if needs_base(method):
            names.append(classifier_name(BASE, seed))
        settings = rows[["source", "weight", "method", "lambda", "density"]]
        return {
            "weights": digest(settings.astype(object).to_numpy().tolist()),
            "trim": self.parameters.ties.trim if method == "ties" else "",
            "sources": digest([self.sources.fingerprint(name) for name in names]),
        }

    def _models_at_once(self, jobs: Sequence[MergeJob]) -> int:
        """Settle how many models are merged in one read, and say how many reads that makes."""
        source = jobs[0].plan.sources[0]
        memory = settle_memory(self.parameters.memory_gib)
        at_once = max(1, memory // source.bytes_as(self.parameters.dtype))
        reads = sum(math.ceil(len(job.plan) / at_once) for job in jobs)
        logger.info(
            "%s: %d models are merged in %d %s of %d sources, %.1f GB each",
            self.lm.name,
            sum(len(job.plan) for job in jobs),
            reads,
            "read" if reads == 1 else "reads",
            max(len(job.plan.sources) for job in jobs),
            sum(info.bytes for info in source.tensors.values()) / GIGABYTE,
        )
        return at_once

    def _evaluate(
        self,
        classifier: ClassifierShell,
        texts: Mapping[str, Sequence[EncodedSentence]],
        seed: int,
        job: MergeJob,
        at_once: int,
        report: ProgressReport,
    ) -> Iterator[tuple[str, pd.DataFrame | PartitionFailure]]:
        for row, state in merge_in_memory(job.plan, at_once, self.parameters.dtype):
            if not isinstance(state, NotFiniteError):
                classifier.put(state)
            for target, recipes in job.recipes(row).items():
                if isinstance(state, NotFiniteError):
                    found: pd.DataFrame | PartitionFailure = PartitionFailure(str(state))
                else:
                    found = self._predict(classifier, texts[target], report)
                for recipe in recipes:
                    name = merge_name((recipe, target, seed))
                    if isinstance(found, PartitionFailure):
                        yield name, found
                    else:
                        yield name, _with_key(found, recipe, target, seed)

    def _predict(
        self, classifier: ClassifierShell, texts: Sequence[EncodedSentence], report: ProgressReport
    ) -> pd.DataFrame | PartitionFailure:
        try:
            logits = predict_logits(classifier, texts, self.reading.token_budget, report.worked)
        except NotFiniteError:
            return PartitionFailure(
                "The logits of the merged model are infinite or not a number. Merge it with a "
                "smaller lambda (merging.task_arithmetic.lambdas, merging.ties.lambdas) or, if "
                f"merging.dtype is not float32 (now {self.parameters.dtype}), in float32."
            )
        predicted = np.argmax(logits, axis=1).astype(np.int64)
        return pd.DataFrame(
            {"item_id": [text.sentence_id for text in texts], "predicted": predicted}
        )


def settle_memory(memory_gib: float | Literal["auto"]) -> int:
    """Give how many bytes merged models may take.

    Args:
        memory_gib: a number, or `auto`: half of what is free now.
    """
    return free_memory() // 2 if memory_gib == AUTOMATIC else int(memory_gib * GIB)


def _with_key(predictions: pd.DataFrame, recipe: str, target: str, seed: int) -> pd.DataFrame:
    return pd.DataFrame({"recipe": recipe, "target": target, "seed": seed, **predictions})
