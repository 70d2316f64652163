"""Which classifiers are fine-tuned on which utterances, and the pass that does it."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from isogloss.classifier_names import BASE, JOINT, classifier_name
from isogloss.errors import NotFiniteError, Refusal
from isogloss.language_models.checkpoint_writing import CheckpointContent
from isogloss.language_models.classification import ClassifierShell, open_classifier
from isogloss.language_models.finetuning import LabelledTexts, finetune
from isogloss.partitions import PartitionFailure
from isogloss.pipelines.merging.utterances import DEV, TRAIN, Utterances
from isogloss.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from isogloss.language_models.finetuning import FinetunedClassifier
    from isogloss.language_models.finetuning_recipe import FinetuningRecipe
    from isogloss.language_models.handle import LanguageModel
    from isogloss.language_models.tensor_writing import StateDict
    from isogloss.partitions import Fingerprint
    from isogloss.pipelines.merging.finetuning_parameters import FinetuningParameters

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FinetuningTask:
    """One classifier to be made.

    Attributes:
        locale: whose it is, or `base` or `joint`.
        seed: of head, order of rows and dropout.
        train: nothing for `base`, which is not trained.
        dev: to choose the epoch on.
        rows_per_epoch: see `finetune`.
    """

    locale: str
    seed: int
    train: Utterances = field(default_factory=Utterances)
    dev: Utterances = field(default_factory=Utterances)
    rows_per_epoch: int | None = None

    def fingerprint(self) -> Fingerprint:
        """Give what makes this classifier beside encoder, recipe and labels."""
        return {
            "seed": self.seed,
            "train": self.train.fingerprint(),
            "dev": self.dev.fingerprint(),
            "rows_per_epoch": self.rows_per_epoch,
        }


def require_rows(
    utterances: Mapping[str, Mapping[str, Utterances]], parameters: FinetuningParameters
) -> None:
    """Refuse locales that have too few rows to be fine-tuned on.

    Args:
        utterances: locale -> partition -> utterances.
        parameters: with the fewest train and dev rows.

    Raises:
        Refusal: naming all such locales, with the rows that they have.
    """
    train, dev = parameters.fewest_train_rows, parameters.fewest_dev_rows
    poor = [
        f"{locale} ({len(own[TRAIN])} train, {len(own[DEV])} dev)"
        for locale, own in utterances.items()
        if len(own[TRAIN]) < train or len(own[DEV]) < dev
    ]
    if poor:
        raise Refusal(
            f"{len(poor)} of {len(utterances)} locales have fewer than {train} train or {dev} dev "
            f"rows to fine-tune a classifier on: {', '.join(poor)}. Leave them out of the locales, "
            "add rows, or lower fewest_train_rows or fewest_dev_rows."
        )


def plan_tasks(
    utterances: Mapping[str, Mapping[str, Utterances]], seeds: Sequence[int], *, joint: bool
) -> dict[str, FinetuningTask]:
    """Say which classifiers are to be made, those that everything needs first.

    Args:
        utterances: locale -> partition -> utterances.
        seeds: each gives every locale a classifier; head, order of rows and dropout depend on it.
        joint: whether there is also one of all locales together.

    Returns:
        name -> what it is made from.
    """
    tasks = []
    for seed in seeds:
        tasks.append(FinetuningTask(BASE, seed))
        for locale, own in utterances.items():
            tasks.append(FinetuningTask(locale, seed, own[TRAIN], own[DEV]))
        if joint:
            tasks.append(_joint_task(seed, utterances))
    return {classifier_name(task.locale, task.seed): task for task in tasks}


def _joint_task(seed: int, utterances: Mapping[str, Mapping[str, Utterances]]) -> FinetuningTask:
    return FinetuningTask(
        JOINT,
        seed,
        sum((own[TRAIN] for own in utterances.values()), Utterances()),
        sum((own[DEV] for own in utterances.values()), Utterances()),
        rows_per_epoch=max(len(own[TRAIN]) for own in utterances.values()),
    )


def finetune_tasks(
    lm: LanguageModel,
    tasks: Mapping[str, FinetuningTask],
    labels: Sequence[str],
    recipe: FinetuningRecipe,
    names: Sequence[str],
) -> Iterator[tuple[str, CheckpointContent | PartitionFailure]]:
    """Yield classifiers one by one; a failure for one whose training diverges.

    Args:
        lm: the encoder.
        tasks: by name.
        labels: by class.
        recipe: how they are fine-tuned.
        names: of the tasks that are wanted.
    """
    digest = lm.tokenizer_digest()
    title = f"{lm.name}: fine-tuning"
    with (
        open_classifier(lm, labels) as classifier,
        progress(title, len(names), "classifiers") as report,
    ):
        encoder, draw_head = classifier.state(), cache(classifier.draw_head)
        for name in names:
            task = tasks[name]
            start: StateDict = {**encoder, **draw_head(task.seed)}
            notes = {"locale": task.locale, "seed": str(task.seed), "encoder": lm.name}
            try:
                state, found = _make(classifier, task, recipe, start, report.worked)
            except NotFiniteError as error:
                yield name, PartitionFailure(str(error))
            else:
                yield (
                    name,
                    CheckpointContent(state, classifier.config, digest, {**notes, **found}),
                )
            report.finished()


def _make(
    classifier: ClassifierShell,
    task: FinetuningTask,
    recipe: FinetuningRecipe,
    start: StateDict,
    advance: Callable[[int], None],
) -> tuple[StateDict, dict[str, str]]:
    """Give the weights of a task, and what is to be kept of how they came about."""
    if task.locale == BASE:
        return start, {}
    classifier.put(start)
    finetuned = _finetune(classifier, task, recipe, advance)
    return dict(finetuned.state), _notes(task, recipe, finetuned)


def _finetune(
    classifier: ClassifierShell,
    task: FinetuningTask,
    recipe: FinetuningRecipe,
    advance: Callable[[int], None],
) -> FinetunedClassifier:
    """Fine-tune for a task; say how many texts were cut, and how well it went."""
    train, dev = (
        _encode(classifier, utterances, recipe.max_length) for utterances in (task.train, task.dev)
    )
    cut = sum(text.truncated for texts in (train, dev) for text in texts.texts)
    if cut:
        total = len(task.train) + len(task.dev)
        logger.warning("%s: %d of %d texts are too long and were cut", task.locale, cut, total)
    count = task.rows_per_epoch
    finetuned = finetune(
        classifier, train, dev, recipe, task.seed, rows_per_epoch=count, advance=advance
    )
    logger.info(
        "%s, seed %d: accuracy %.3f on %d dev rows after epoch %d of %d",
        task.locale,
        task.seed,
        finetuned.best.dev_accuracy,
        len(task.dev),
        finetuned.best.epoch,
        len(finetuned.history),
    )
    return finetuned


def _notes(
    task: FinetuningTask, recipe: FinetuningRecipe, finetuned: FinetunedClassifier
) -> dict[str, str]:
    notes = {
        "recipe": recipe.model_dump(),
        "history": [scores._asdict() for scores in finetuned.history],
        "best_epoch": finetuned.best.epoch,
        "train_rows": len(task.train),
        "dev_rows": len(task.dev),
    }
    return {key: json.dumps(value) for key, value in notes.items()}


def _encode(
    classifier: ClassifierShell, utterances: Utterances, max_length: int | None
) -> LabelledTexts:
    classes = {label: number for number, label in enumerate(classifier.labels)}
    return LabelledTexts(
        classifier.encode(utterances.sentences, max_length),
        np.array([classes[intent] for intent in utterances.intents], dtype=np.int64),
    )
