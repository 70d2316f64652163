"""Nodes that make a classifier for each locale from one encoder, and ask all of them everything."""

from __future__ import annotations

import logging
from functools import partial

import pandas as pd

from isogloss.errors import Refusal
from isogloss.language_models import LanguageModel
from isogloss.language_models.checkpoint_writing import CheckpointContent
from isogloss.language_models.checkpoints import Checkpoint
from isogloss.language_models.classification import in_float32
from isogloss.partitions import PartitionFailure, Partitions, StoredPartitions, digest
from isogloss.pipelines.merging.finetuning_parameters import FinetuningParameters
from isogloss.pipelines.merging.finetuning_passes import finetune_tasks, plan_tasks, require_rows
from isogloss.pipelines.merging.locales import choose_locales
from isogloss.pipelines.merging.parameters import MergingParameters
from isogloss.pipelines.merging.source_predictions import classify_with_sources
from isogloss.pipelines.merging.sources import require_sources, select_classifiers
from isogloss.pipelines.merging.spelling import spelling_table
from isogloss.pipelines.merging.utterances import (
    DEV,
    TEST,
    TRAIN,
    label_map,
    utterances_by_locale,
)
from isogloss.provenance import record_sources
from isogloss.tensors import TensorTable

logger = logging.getLogger(__name__)

CLASSIFIERS_DEFINITION = 1
"""Of the classifiers that are stored; raised when a formula behind them changes."""
LOGITS_DEFINITION = 1
"""Likewise, of what they answer."""
LINEAR_ONLY = MergingParameters()


def profile_spelling(
    lm: LanguageModel, intents: pd.DataFrame, parameters: MergingParameters
) -> pd.DataFrame:
    """Say which locales an encoder can spell; only its tokenizer is read.

    Args:
        lm: the encoder.
        intents: locale, partition, item_id, scenario, intent, text; so in all nodes here.
        parameters: where the limit is, and what becomes of locales beyond it.

    Returns:
        encoder, and the columns of `spelling_table`.

    Raises:
        Refusal: if a locale is beyond the limit and such are to be refused.
    """
    table = spelling_table(lm.tokenizer(), intents, parameters.unknown_limit)
    table.insert(0, "encoder", lm.name)
    unspelled = table[~table["spelled"]]
    if len(unspelled):
        shares = ", ".join(
            f"{locale} {share:.1%}"
            for locale, share in zip(unspelled["locale"], unspelled["unknown_share"], strict=True)
        )
        message = (
            f"{lm.name} cannot spell {len(unspelled)} of {len(table)} locales; tokens unknown to "
            f"it: {shares} (limit {parameters.unknown_limit:.1%})"
        )
        if parameters.unspelled == "refuse":
            raise Refusal(
                f"{message}. Leave them out (intents.exclude={' '.join(unspelled['locale'])!r}), "
                "take another encoder, or set merging.unspelled=flag to have them shown apart."
            )
        logger.warning("%s. They are shown apart.", message)
    return record_sources(
        table,
        tokenizer=lm.tokenizer_identity(),
        texts={"intents": digest(intents[["locale", "item_id", "text"]].to_numpy().tolist())},
        settings=parameters.model_dump(include={"unknown_limit", "unspelled"}),
    )


def finetune_classifiers(
    lm: LanguageModel,
    intents: pd.DataFrame,
    parameters: FinetuningParameters,
    merging: MergingParameters,
) -> Partitions[CheckpointContent | PartitionFailure]:
    """Fine-tune an encoder on each locale, one partition a locale and seed.

    All start from the same encoder, of a seed also from the same head, and have the same labels:
    those of all locales together. The encoder is opened when the first missing one is asked for.

    Args:
        lm: the encoder.
        intents: of all locales.
        parameters: how it is fine-tuned.
        merging: in which seeds.

    Returns:
        `<locale>-<seed>` -> classifier after its best epoch; `base-<seed>` -> that from which all
        of the seed start; with `joint` also `joint-<seed>`.

    Raises:
        Refusal: if a locale has too few rows; names them all; if there is no such target.
    """
    lm = in_float32(lm)
    utterances = utterances_by_locale(intents, [TRAIN, DEV])
    require_rows(utterances, parameters)
    # Refused before hours of training.
    choose_locales(merging.targets, list(utterances), "merging.targets")
    labels = label_map(intents)
    tasks = plan_tasks(utterances, merging.seeds, joint=parameters.joint)
    fingerprint = {
        "definition": CLASSIFIERS_DEFINITION,
        **lm.identity(),
        "recipe": parameters.recipe.model_dump(),
        "labels": digest(labels),
    }
    items = {name: task.fingerprint() for name, task in tasks.items()}
    compute = partial(finetune_tasks, lm, tasks, labels, parameters.recipe)
    # All at once: the encoder is opened once, and each classifier is saved as soon as it is there.
    return Partitions(fingerprint, items, compute)


def predict_sources(
    lm: LanguageModel,
    classifiers: StoredPartitions[Checkpoint],
    intents: pd.DataFrame,
    parameters: FinetuningParameters,
    merging: MergingParameters = LINEAR_ONLY,
) -> Partitions[TensorTable | PartitionFailure]:
    """Classify dev and test of every locale with every classifier, one partition a classifier.

    Args:
        lm: the encoder that they were made from.
        classifiers: `<locale>-<seed>`; see `select_classifiers`.
        intents: of all locales.
        parameters: how texts are cut and batched.
        merging: the seeds, and the methods, since what these lack is refused at once.

    Returns:
        `<locale>-<seed>`, as in `classifiers` without the bases -> `<locale>.dev` and
        `<locale>.test` of every locale: logits, float32 [rows, labels], rows in the order of their
        item ids; metadata labels (by column) and truncated (texts cut, by array), JSON.

    Raises:
        Refusal: if classifiers are lacking that the merges need.
    """
    require_sources(classifiers, merging)
    lm = in_float32(lm)
    utterances = utterances_by_locale(intents, [DEV, TEST])
    labels = label_map(intents)
    fingerprint = {
        "definition": LOGITS_DEFINITION,
        "encoder": lm.identity(),
        "max_length": parameters.recipe.max_length,
        "labels": digest(labels),
        "texts": {
            locale: digest([own[DEV].sentences, own[TEST].sentences])
            for locale, own in utterances.items()
        },
    }
    items = {
        name: {"classifier": digest(classifiers.fingerprint, classifiers.item_fingerprints[name])}
        for name in select_classifiers(classifiers, utterances, merging.seeds)
    }
    compute = partial(classify_with_sources, lm, classifiers, utterances, labels, parameters)
    return Partitions(fingerprint, items, compute)
