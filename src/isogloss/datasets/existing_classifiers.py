"""Classifiers that were made elsewhere: looked at one by one, and those that are unfit named."""

from __future__ import annotations

import logging
from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING

from isogloss.classifier_names import BASE, classifier_parts
from isogloss.datasets.bases import ReadOnlyDataset
from isogloss.datasets.patterns import with_braces
from isogloss.errors import Refusal, join_faults
from isogloss.language_models.checkpoint_opening import open_checkpoint
from isogloss.language_models.checkpoints import Checkpoint, CheckpointError
from isogloss.partitions import StoredPartitions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from isogloss.datasets.local_copies import LocalCopy

logger = logging.getLogger(__name__)

LOCALE, SEED = "{locale}", "{seed}"
PLACEHOLDERS = "locale|seed"
ALL = "all"
FINGERPRINT = {"source": "existing checkpoints"}
SHOWN = 3


class ClassifiersError(Refusal):
    """There are no classifiers that can be used; says what was looked for, and where."""


def as_words(given: str | Sequence[str]) -> list[str]:
    """Give the words of a list, which may be one text; each once."""
    words = given.split() if isinstance(given, str) else [str(word) for word in given]
    return list(dict.fromkeys(words))


def as_pattern(given: str) -> str:
    """Give a pattern with its placeholders in braces.

    Raises:
        Refusal: if it does not say where the locale stands.
    """
    pattern = with_braces(given, PLACEHOLDERS)
    if LOCALE not in pattern:
        raise Refusal(
            f"The pattern '{given}' of classifiers lacks the placeholder {LOCALE} (or <locale>), "
            f"for example 'intents_{LOCALE}'."
        )
    return pattern


def fill_pattern(pattern: str, locale: str, seed: int = 0) -> str:
    """Give what a pattern stands for: `intents_{locale}` -> `intents_de-DE`."""
    filled = with_braces(pattern, PLACEHOLDERS).replace(LOCALE, locale)
    return filled.replace(SEED, str(seed))


class ExistingClassifiersDataset(ReadOnlyDataset[StoredPartitions[Checkpoint]]):
    """Classifiers of some locales, as partitions `<locale>-<seed>`, and `base-<seed>`.

    Their weights stay on the disk, and no code that lies beside them is ever run.

    Args:
        labels: names of the classes by number, for models whose configuration does not name them
            (LABEL_0); None takes only models that do.
    """

    why_read_only = "classifiers made elsewhere are read only"

    def __init__(self, labels: Sequence[str] | None) -> None:
        self._labels = tuple(labels) if labels is not None else None
        self._failures: dict[str, str] | None = None

    @abstractmethod
    def _places(self) -> tuple[Mapping[str, Callable[[], LocalCopy]], Mapping[str, str]]:
        """Give name -> function that gives its folder or file, and name -> why there is none."""

    def load(self) -> StoredPartitions[Checkpoint]:
        """Find out what every classifier holds, without reading its weights.

        Those that cannot be used are in `failures` with the reason.

        Raises:
            ClassifiersError: if there is none that can be used.
        """
        places, absent = self._places()
        checkpoints: dict[str, Checkpoint] = {}
        fingerprints: dict[str, dict[str, str]] = {}
        failures = dict(absent)
        for name, locate in places.items():
            copy = None
            try:
                copy = locate()
                checkpoint = self._open(name, copy)
                fingerprints[name] = {"checkpoint": checkpoint.fingerprint}
            except (OSError, Refusal) as error:
                failures[name] = copy.in_words(str(error)) if copy else str(error)
            else:
                checkpoints[name] = checkpoint
        # Every node of a run loads them; once is enough to be told.
        for name, reason in failures.items() if failures != self._failures else ():
            logger.error("Classifier %s cannot be used: %s", name, reason)
        if all(classifier_parts(name)[0] == BASE for name in checkpoints):
            raise ClassifiersError(
                f"Of {len(failures)} classifiers none can be used:\n"
                + join_faults(list(failures.values()), SHOWN, "more; the log has them all.")
            )
        self._failures = failures
        return StoredPartitions(FINGERPRINT, fingerprints, checkpoints.__getitem__, failures)

    def failures(self) -> dict[str, str]:
        """Give why classifiers could not be used when they were last loaded."""
        return dict(self.load().failures if self._failures is None else self._failures)

    def _open(self, name: str, copy: LocalCopy) -> Checkpoint:
        checkpoint = replace(open_checkpoint(copy.path, name), kept=copy)
        if checkpoint.names_its_labels:
            return checkpoint
        if self._labels is None:
            raise CheckpointError(
                f"The configuration of {copy.path} does not name its classes (id2label). Name them "
                "there, or as `labels` of these classifiers in the catalog, in their order."
            )
        return checkpoint.with_label_names(self._labels)
