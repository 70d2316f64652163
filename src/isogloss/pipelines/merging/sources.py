"""The classifiers that can be merged, by seed and locale."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isogloss.classifier_names import BASE, JOINT, classifier_name, classifier_parts
from isogloss.errors import Refusal
from isogloss.partitions import digest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from isogloss.language_models.checkpoints import Checkpoint
    from isogloss.partitions import Fingerprint, StoredPartitions
    from isogloss.pipelines.merging.parameters import MergingParameters

logger = logging.getLogger(__name__)


def require_sources(
    classifiers: StoredPartitions[Checkpoint], parameters: MergingParameters
) -> None:
    """Refuse merges that the classifiers do not allow, before anything is asked of them.

    Args:
        classifiers: all that there are.
        parameters: in which seeds they are merged, and how.

    Raises:
        Refusal: if there is none of a seed, or a method needs what they were fine-tuned from.
    """
    there = sorted({seed for name in classifiers for _, seed in [classifier_parts(name)]})
    if lacking := [str(seed) for seed in parameters.seeds if seed not in there]:
        raise Refusal(
            f"There are no classifiers of seed {', '.join(lacking)}, only of "
            f"{', '.join(map(str, there))}. Correct merging.seeds."
        )
    bases = [classifier_name(BASE, seed) for seed in parameters.seeds]
    lacking = [name for name in bases if name not in classifiers]
    if parameters.needs_base and lacking:
        reasons = [classifiers.failures.get(name, "") for name in lacking]
        raise Refusal(without_base(parameters.methods, next(filter(None, reasons), "")))


def without_base(methods: Collection[str], reason: str = "") -> str:
    """Say what to do where that is not there which the classifiers were fine-tuned from.

    Args:
        methods: of merging that are asked for.
        reason: why it cannot be used, if there is any.
    """
    needing = ", ".join(sorted(set(methods) - {"linear"}))
    return (
        f"There is nothing that the classifiers are known to be fine-tuned from, which {needing} "
        f"needs{f' ({reason})' if reason else ''}. Name it as `base` of these classifiers in the "
        "catalog, or merge without it: merging.methods=linear."
    )


def select_classifiers(
    classifiers: Iterable[str], locales: Collection[str], seeds: Collection[int]
) -> list[str]:
    """Give the names of classifiers that take part; a warning names others, but for the bases.

    Args:
        classifiers: names of all that there are.
        locales: that have intents.
        seeds: that are asked for.
    """
    parts = {name: classifier_parts(name) for name in classifiers}
    parts = {name: part for name, part in parts.items() if part[0] != BASE}
    strange = sorted({locale for locale, _ in parts.values()} - {*locales, JOINT})
    if strange:
        logger.warning(
            "The classifiers of %d locales are left out, as there are no intents of these: %s",
            len(strange),
            ", ".join(strange),
        )
    if others := sorted({seed for _, seed in parts.values()} - set(seeds)):
        logger.warning(
            "The classifiers of seed %s are left out: merging.seeds does not name it.",
            ", ".join(map(str, others)),
        )
    known = {*locales, JOINT}
    return [name for name, (locale, seed) in parts.items() if locale in known and seed in seeds]


@dataclass(frozen=True)
class MergeSources:
    """The classifiers of all locales that can be merged, and those from which they started.

    Attributes:
        classifiers: `<locale>-<seed>` or `base-<seed>` -> function that gives it.
        usable: names of those of locales that are sound.
        labels: by class; all are read in this order.
    """

    classifiers: StoredPartitions[Checkpoint]
    usable: frozenset[str]
    labels: tuple[str, ...]

    @classmethod
    def of(
        cls,
        classifiers: StoredPartitions[Checkpoint],
        answered: Collection[str],
        labels: Sequence[str],
    ) -> MergeSources:
        """Take the classifiers of locales that answered when they were asked.

        Args:
            classifiers: all that there are.
            answered: names of those that have logits.
            labels: by class.
        """
        usable = {name for name in answered if classifier_parts(name)[0] != JOINT}
        return cls(classifiers, frozenset(usable & set(classifiers)), tuple(labels))

    @property
    def seeds(self) -> list[int]:
        """Those in which any locale has a classifier."""
        return sorted({classifier_parts(name)[1] for name in self.usable})

    def locales(self, seed: int) -> list[str]:
        """Give the locales that have a classifier of a seed, in alphabetical order."""
        parts = (classifier_parts(name) for name in self.usable)
        return sorted(locale for locale, own in parts if own == seed)

    def open(self, seed: int) -> dict[str, Checkpoint]:
        """Give the classifiers of a seed: locale -> checkpoint, its weights still on the disk."""
        return {locale: self._open(classifier_name(locale, seed)) for locale in self.locales(seed)}

    def base(self, seed: int) -> Checkpoint | None:
        """Give what the classifiers of a seed were fine-tuned from, if it is there."""
        name = classifier_name(BASE, seed)
        return self._open(name) if name in self.classifiers else None

    def fingerprint(self, name: str) -> Fingerprint:
        """Give what tells a classifier from others; nothing if it is not there."""
        item = self.classifiers.item_fingerprints.get(name)
        return {} if item is None else {name: digest(self.classifiers.fingerprint, item)}

    def _open(self, name: str) -> Checkpoint:
        return self.classifiers[name]().with_labels(self.labels)
