"""The node that writes merged models to be used elsewhere."""

from __future__ import annotations

import pandas as pd

from isogloss.language_models import LanguageModel
from isogloss.language_models.checkpoints import Checkpoint
from isogloss.model_folders import ModelFolders
from isogloss.partitions import StoredPartitions
from isogloss.pipelines.merging.merged_folders import MergedFolders, wanted_merges
from isogloss.pipelines.merging.parameters import MergingParameters
from isogloss.pipelines.merging.sources import MergeSources
from isogloss.pipelines.merging.utterances import label_map
from isogloss.tensors import Tensors


def write_merged_models(
    lm: LanguageModel,
    classifiers: StoredPartitions[Checkpoint],
    source_logits: StoredPartitions[Tensors],
    source_differences: StoredPartitions[Tensors],
    merge_weights: pd.DataFrame,
    intents: pd.DataFrame,
    parameters: MergingParameters,
) -> ModelFolders:
    """Say which merged models are written, and how; none, as long as none is asked for.

    Args:
        lm: the encoder.
        classifiers: that are merged.
        source_logits: of those that are sound.
        source_differences: what TIES trims.
        merge_weights: which are merged for which target, and how much of each.
        intents: whose labels the classifiers have.
        parameters: which recipes are written (`write`), and in which dtype.

    Returns:
        `<recipe>-<target>-<seed>` -> how it is made.

    Raises:
        Refusal: if there is no recipe of a name.
    """
    sources = MergeSources.of(classifiers, source_logits, label_map(intents))
    weights = wanted_merges(merge_weights, parameters.write)
    merged = MergedFolders(lm, sources, source_differences, weights, parameters.dtype)
    return ModelFolders(merged.records(), merged.bytes_each(), merged.write)
