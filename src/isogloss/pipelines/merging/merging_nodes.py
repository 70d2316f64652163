"""Nodes that examine, weigh and merge classifiers, and ask the merged ones."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

import pandas as pd

from isogloss.language_models import LanguageModel
from isogloss.language_models.checkpoints import Checkpoint
from isogloss.language_models.classification import in_float32
from isogloss.partitions import PartitionFailure, Partitions, StoredPartitions, digest
from isogloss.pipelines.merging.choices import Remark
from isogloss.pipelines.merging.examination import PARTS
from isogloss.pipelines.merging.finetuning_parameters import FinetuningParameters
from isogloss.pipelines.merging.merge_evaluation import MergeEvaluation
from isogloss.pipelines.merging.merged_folders import wanted_merges
from isogloss.pipelines.merging.parameters import ALIGNMENT, MergingParameters
from isogloss.pipelines.merging.recipes import plan_merges
from isogloss.pipelines.merging.similarity import Evidence, measure_similarities
from isogloss.pipelines.merging.source_differences import (
    densities_of,
    differences_items,
    examine_seeds,
    read_examination,
)
from isogloss.pipelines.merging.sources import MergeSources
from isogloss.pipelines.merging.utterances import DEV, TEST, label_map, utterances_by_locale
from isogloss.provenance import record_sources, stack_tables
from isogloss.tensors import Tensors, TensorTable
from isogloss.typology import Typology

logger = logging.getLogger(__name__)

EXAMINATION_DEFINITION = 2
"""Of how sources differ, as it is stored; raised when a formula behind it changes."""
EVALUATION_DEFINITION = 1
"""Likewise, of what merged models predict."""
FAILURES = ["encoder", "what", "name", "reason"]
TaskVectorTabulator = Callable[..., pd.DataFrame]


def examine_sources(
    classifiers: StoredPartitions[Checkpoint],
    source_logits: StoredPartitions[Tensors],
    intents: pd.DataFrame,
    parameters: MergingParameters,
) -> Partitions[TensorTable]:
    """Compare what fine-tuning changed in each source, and find what TIES will trim.

    Args:
        classifiers: `<locale>-<seed>` and `base-<seed>`.
        source_logits: of those that are sound.
        intents: whose labels the classifiers have.
        parameters: densities, and where TIES trims.

    Returns:
        `<seed>` -> see `source_differences.as_tensors`; seeds without a base are left out.
    """
    sources = MergeSources.of(classifiers, source_logits, label_map(intents))
    fingerprint = {
        "definition": EXAMINATION_DEFINITION,
        "densities": densities_of(parameters),
        "trim": parameters.ties.trim if "ties" in parameters.methods else "",
    }
    compute = partial(examine_seeds, sources, parameters)
    return Partitions(fingerprint, differences_items(sources), compute)


def task_vector_tabulator(encoder: str) -> TaskVectorTabulator:
    """Give the function that tabulates the task vectors of an encoder.

    Args:
        encoder: its name.
    """

    def tabulate_task_vectors(source_differences: StoredPartitions[Tensors]) -> pd.DataFrame:
        """Give the cosines of what fine-tuning changed, source by source.

        Returns:
            encoder, seed, part (encoder, head, all), source_a, source_b, dot, cosine; pairs in
            both orders, and each with itself, whose `dot` is the square of its length.
        """
        tables = []
        for seed, load in source_differences.items():
            locales, found = read_examination(load())
            pairs = pd.MultiIndex.from_product([locales, locales])
            tables += [
                pd.DataFrame(
                    {
                        "encoder": encoder,
                        "seed": int(seed),
                        "part": part,
                        "source_a": pairs.get_level_values(0),
                        "source_b": pairs.get_level_values(1),
                        "dot": found.gram(part).ravel(),
                        "cosine": found.cosines(part).ravel(),
                    }
                )
                for part in PARTS
            ]
        columns = ["encoder", "seed", "part", "source_a", "source_b", "dot", "cosine"]
        table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
        return record_sources(table, source_differences=source_differences.fingerprint)

    return tabulate_task_vectors


def weigh_sources(
    intents: pd.DataFrame,
    locales: pd.DataFrame,
    locale_spelling: pd.DataFrame,
    transfer_accuracy: pd.DataFrame,
    typology: Typology,
    parameters: MergingParameters,
    alignment_summary: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Say which sources are merged for which target, and how much of each.

    Args:
        intents: of the locales that take part.
        locales: of which language each locale is, and its code in URIEL.
        locale_spelling: which of them the encoder can spell.
        transfer_accuracy: of every source on every locale.
        typology: what URIEL knows of languages.
        parameters: which merges are made.
        alignment_summary: of the encoder, where similarity is its alignment.

    Returns:
        `merge_weights` and `merge_remarks`.

    Raises:
        Refusal: as `plan_merges`, or if a recipe is to be written that there is not.
    """
    names = sorted(intents["locale"].unique())
    on_dev = transfer_accuracy[transfer_accuracy["partition"] == DEV]
    evidence = Evidence(
        locales,
        typology,
        pd.DataFrame() if alignment_summary is None else alignment_summary,
        on_dev,
    )
    sources, lacking = _sources_of_every_seed(on_dev, parameters)
    unspelled = set(locale_spelling.loc[~locale_spelling["spelled"], "locale"])
    similarities = measure_similarities(parameters, names, evidence)
    plan = plan_merges(parameters, names, sources, similarities, unspelled)
    # A misspelt recipe is refused now, not after all have been evaluated.
    wanted_merges(plan.weights, parameters.write)
    remarks = pd.DataFrame(
        [*lacking, *plan.remarks.itertuples(index=False)], columns=list(Remark._fields)
    )
    for remark in remarks.itertuples():
        logger.info("%s: %s (%d): %s", remark.what, remark.name, remark.n, remark.detail)
    made_from = {"settings": parameters.model_dump(exclude={"memory_gib", "dtype", "write"})}
    if alignment_summary is not None:
        made_from[ALIGNMENT] = parameters.alignment.model_dump()
    return record_sources(plan.weights, **made_from), remarks


def evaluate_merges(
    lm: LanguageModel,
    classifiers: StoredPartitions[Checkpoint],
    source_logits: StoredPartitions[Tensors],
    source_differences: StoredPartitions[Tensors],
    merge_weights: pd.DataFrame,
    intents: pd.DataFrame,
    parameters: MergingParameters,
    finetuning: FinetuningParameters,
) -> Partitions[pd.DataFrame | PartitionFailure]:
    """Merge classifiers in memory and classify the test items of their targets.

    The sources are read once for as many merged models as memory holds. A model whose weights or
    logits are not finite is a failure, and the others go on.

    Args:
        lm: the encoder.
        classifiers: that are merged.
        source_logits: of those that are sound.
        source_differences: what TIES trims.
        merge_weights: which are merged for which target, and how much of each.
        intents: what is classified.
        parameters: how models are merged.
        finetuning: how texts are cut and batched.

    Returns:
        `<recipe>-<target>-<seed>` -> recipe, target, seed, item_id, predicted (number of a class
        in alphabetical order).
    """
    lm = in_float32(lm)
    labels = label_map(intents)
    tests = {locale: own[TEST] for locale, own in utterances_by_locale(intents, [TEST]).items()}
    evaluation = MergeEvaluation(
        lm,
        MergeSources.of(classifiers, source_logits, labels),
        source_differences,
        merge_weights,
        tests,
        parameters,
        finetuning,
    )
    fingerprint = {
        "definition": EVALUATION_DEFINITION,
        "encoder": lm.identity(),
        "dtype": parameters.dtype,
        "max_length": finetuning.recipe.max_length,
        "labels": digest(labels),
    }
    items = evaluation.items()
    return Partitions(fingerprint, items, evaluation.run)


def failure_lister(encoder: str) -> Callable[..., pd.DataFrame]:
    """Give the function that lists what failed in merging classifiers of an encoder.

    Args:
        encoder: its name.
    """

    def list_failures(
        classifiers: StoredPartitions[Checkpoint],
        source_logits: StoredPartitions[Tensors],
        merge_predictions: StoredPartitions[pd.DataFrame],
    ) -> pd.DataFrame:
        """List what could not be made, and why.

        Returns:
            encoder, what (classifier, classification, merge), name, reason; no rows if all is well.
        """
        stages = {
            "classifier": classifiers.failures,
            "classification": source_logits.failures,
            "merge": merge_predictions.failures,
        }
        rows = [
            (encoder, what, name, reason)
            for what, failures in stages.items()
            for name, reason in failures.items()
        ]
        return pd.DataFrame(rows, columns=FAILURES).astype(str)

    return list_failures


def collect_tables(*tables: pd.DataFrame) -> pd.DataFrame:
    """Put the tables of all encoders one below the other.

    Args:
        *tables: each with a column `encoder`.
    """
    return stack_tables(tables, key="encoder")


def _sources_of_every_seed(
    on_dev: pd.DataFrame, parameters: MergingParameters
) -> tuple[list[str], list[Remark]]:
    """Give the sources that there are in every seed, and remarks on those that some seeds lack."""
    tried = on_dev.groupby("source")["seed"].agg(set)
    lacking = {
        str(name): [seed for seed in parameters.seeds if seed not in seeds]
        for name, seeds in tried.items()
    }
    remarks = [
        Remark(
            "source left out",
            name,
            len(seeds),
            f"no classifier in seed {', '.join(map(str, seeds))}",
        )
        for name, seeds in lacking.items()
        if seeds
    ]
    return [name for name, seeds in lacking.items() if not seeds], remarks
