"""The pass in which every merged model reads the test items of its target."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.language_models.classification import open_classifier, predict_logits
from isogloss.partitions import digest
from isogloss.pipelines.merging.merge_jobs import (
    Key,
    merge_name,
    needs_base,
    plan_seed,
    split_merges,
)
from isogloss.pipelines.merging.merged_models import merge_in_memory
from isogloss.pipelines.merging.sources import BASE, source_name
from isogloss.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from isogloss.language_models.batching import EncodedSentence
    from isogloss.language_models.classification import ClassifierShell
    from isogloss.language_models.handle import LanguageModel
    from isogloss.partitions import Fingerprint, StoredPartitions
    from isogloss.pipelines.merging.finetuning_parameters import FinetuningParameters
    from isogloss.pipelines.merging.merge_jobs import MergeJob
    from isogloss.pipelines.merging.merge_plan import MergePlan
    from isogloss.pipelines.merging.parameters import MergingParameters
    from isogloss.pipelines.merging.sources import MergeSources
    from isogloss.pipelines.merging.utterances import Utterances
    from isogloss.tensors import Tensors

GIB = 1 << 30


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
        tests = {locale: own.fingerprint() for locale, own in self.tests.items()}
        return {
            merge_name(key): {**self._ingredients(key, rows), "test": tests[key[1]]}
            for key, rows in split_merges(self.weights).items()
        }

    def run(self, names: Sequence[str]) -> Iterator[tuple[str, pd.DataFrame]]:
        """Yield the predictions of merges as they come.

        Args:
            names: of those that are wanted.
        """
        wanted = set(names)
        by_seed: dict[int, list[pd.DataFrame]] = defaultdict(list)
        for key, rows in split_merges(self.weights).items():
            if merge_name(key) in wanted:
                by_seed[key[2]].append(rows)
        title = f"{self.lm.name}: evaluating merges"
        with (
            open_classifier(self.lm, self.sources.labels) as classifier,
            progress(title, len(names), "merges") as report,
        ):
            texts = {
                locale: classifier.encode(own.sentences, self.reading.recipe.max_length)
                for locale, own in self.tests.items()
            }
            for seed, tables in by_seed.items():
                job = plan_seed(pd.concat(tables), seed, self.sources, self.differences)
                for found in self._evaluate(classifier, texts, seed, job, report.worked):
                    yield found
                    report.finished()

    def _ingredients(self, key: Key, rows: pd.DataFrame) -> Fingerprint:
        seed, method = key[2], str(rows["method"].iloc[0])
        names = [source_name(locale, seed) for locale in rows["source"]]
        if needs_base(method):
            names.append(source_name(BASE, seed))
        settings = rows[["source", "weight", "method", "lambda", "density"]]
        return {
            "weights": digest(settings.astype(object).to_numpy().tolist()),
            "trim": self.parameters.ties.trim if method == "ties" else "",
            "sources": digest([self.sources.fingerprint(name) for name in names]),
        }

    def _evaluate(
        self,
        classifier: ClassifierShell,
        texts: Mapping[str, Sequence[EncodedSentence]],
        seed: int,
        job: MergeJob,
        advance: Callable[[int], None],
    ) -> Iterator[tuple[str, pd.DataFrame]]:
        at_once = models_at_once(job.plan, self.parameters.memory_gib)
        for row, state in merge_in_memory(job.plan, at_once, self.parameters.dtype):
            classifier.put(state)
            for merge in job.merges[row]:
                asked = texts[merge.target]
                logits = predict_logits(classifier, asked, self.reading.token_budget, advance)
                predictions = pd.DataFrame(
                    {
                        "recipe": merge.recipe,
                        "target": merge.target,
                        "seed": seed,
                        "item_id": [text.sentence_id for text in asked],
                        "predicted": np.argmax(logits, axis=1).astype(np.int64),
                    }
                )
                yield merge_name((*merge, seed)), predictions


def models_at_once(plan: MergePlan, memory_gib: float) -> int:
    """Give how many merged models fit into memory, at least one.

    Args:
        plan: what is merged.
        memory_gib: that they may take.
    """
    size = 4 * sum(info.elements for info in plan.sources[0].tensors.values())
    return max(1, int(memory_gib * GIB) // size)
