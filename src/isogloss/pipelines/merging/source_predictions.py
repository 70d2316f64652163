"""The pass in which every classifier reads every locale: one load a model, one tokenisation."""

from __future__ import annotations

import json
import logging
from itertools import accumulate
from typing import TYPE_CHECKING

import numpy as np

from isogloss.errors import NotFiniteError
from isogloss.language_models.checkpoints import CheckpointError
from isogloss.language_models.classification import open_classifier, predict_logits
from isogloss.language_models.specification import ModelError
from isogloss.partitions import PartitionFailure
from isogloss.pipelines.merging.compatibility import IncompatibleError, require_same_settings
from isogloss.progress import progress
from isogloss.tensors import TensorTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from isogloss.language_models.checkpoints import Checkpoint
    from isogloss.language_models.handle import LanguageModel
    from isogloss.partitions import StoredPartitions
    from isogloss.pipelines.merging.finetuning_parameters import FinetuningParameters
    from isogloss.pipelines.merging.utterances import Utterances

logger = logging.getLogger(__name__)


def classify_with_sources(
    lm: LanguageModel,
    classifiers: StoredPartitions[Checkpoint],
    utterances: Mapping[str, Mapping[str, Utterances]],
    labels: Sequence[str],
    parameters: FinetuningParameters,
    names: Sequence[str],
) -> Iterator[tuple[str, TensorTable | PartitionFailure]]:
    """Yield the logits of classifiers one by one; a failure for one that cannot be used.

    Args:
        lm: the encoder that they were made from.
        classifiers: name -> function that gives it.
        utterances: locale -> partition -> utterances to classify.
        labels: by column of the logits; the classifiers may have them in another order.
        parameters: how texts are cut and batched.
        names: of the classifiers that are wanted.
    """
    groups = {
        f"{locale}.{partition}": own.sentences
        for locale, partitions in utterances.items()
        for partition, own in partitions.items()
    }
    places = _places(groups)
    sentences = [sentence for group in groups.values() for sentence in group]
    with open_classifier(lm, labels) as classifier:
        texts = classifier.encode(sentences, parameters.recipe.max_length)
        cut = np.array([text.truncated for text in texts], dtype=bool)
        truncated = {group: int(cut[place].sum()) for group, place in places.items()}
        metadata = {"labels": json.dumps(labels), "truncated": json.dumps(truncated)}
        if cut.any():
            logger.warning("%d of %d texts are too long and were cut", cut.sum(), len(texts))
        tokens = len(names) * sum(len(text.ids) for text in texts)
        title = f"{lm.name}: classifying"
        with progress(title, len(names), "classifiers", work_total=tokens) as report:
            for name in names:
                try:
                    checkpoint = classifiers[name]()
                    _require_tokenizer(name, checkpoint, lm)
                    own, path = checkpoint.config, str(checkpoint.path)
                    require_same_settings(classifier.config, lm.name, own, path)
                    classifier.put_checkpoint(checkpoint)
                    budget = parameters.token_budget
                    logits = predict_logits(classifier, texts, budget, report.worked)
                except (CheckpointError, IncompatibleError, ModelError, NotFiniteError) as error:
                    yield name, PartitionFailure(str(error))
                else:
                    tensors = {group: logits[place] for group, place in places.items()}
                    yield name, TensorTable(tensors, metadata)
                report.finished()


def _require_tokenizer(name: str, checkpoint: Checkpoint, lm: LanguageModel) -> None:
    own = lm.tokenizer_digest()
    if not checkpoint.tokenizer_digest or not own:
        logger.warning("%s: its tokenizer is not known to be that of %s", name, lm.name)
    elif checkpoint.tokenizer_digest != own:
        raise IncompatibleError(
            f"Classifier {name} ({checkpoint.path}) was made with another tokenizer than that of "
            f"{lm.name}. Name the encoder that it was made from; or, if that tokenizer was only "
            "written by another version of its library, replace its tokenizer.json by the "
            f"encoder's ({lm.tokenizer_folder()})."
        )


def _places(groups: Mapping[str, Sequence[object]]) -> dict[str, slice]:
    """Say where each group lies when all are put one after another."""
    ends = accumulate(len(group) for group in groups.values())
    return {
        name: slice(end - len(group), end)
        for (name, group), end in zip(groups.items(), ends, strict=True)
    }
