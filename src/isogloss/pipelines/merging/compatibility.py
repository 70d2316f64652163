"""May these checkpoints be merged? Asked before any number of them is used."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, Any

from isogloss.errors import Refusal
from isogloss.language_models.checkpoints import FUNCTION_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from isogloss.language_models.checkpoints import Checkpoint

logger = logging.getLogger(__name__)

SHOWN = 3


class IncompatibleError(Refusal):
    """Checkpoints that cannot be merged with each other."""


def require_compatible(
    sources: Sequence[Checkpoint], base: Checkpoint | None = None
) -> list[Checkpoint]:
    """Refuse checkpoints that are not the same network with the same tokens and labels.

    Label maps that are permutations of each other are brought to that of the first source. What is
    stored as floating point may differ in its dtype: all is computed in float32. Infinities and
    NaNs are found when the weights are read.

    Args:
        sources: at least one, with different names.
        base: what they were fine-tuned from.

    Returns:
        the sources and then the base, all with the labels of the first.

    Raises:
        IncompatibleError: says which two checkpoints differ and in what.
        CheckpointError: if label maps differ.
    """
    everything = [*sources, base] if base else list(sources)
    if not sources:
        raise IncompatibleError("There are no sources to merge. Name at least one.")
    name, count = Counter(checkpoint.name for checkpoint in sources).most_common(1)[0]
    if count > 1:
        raise IncompatibleError(f"{count} sources are named '{name}'. Name each source once.")
    first = everything[0]
    for other in everything[1:]:
        _require_same_tensors(first, other)
        require_same_settings(first.config, str(first.path), other.config, str(other.path))
        _require_same_tokenizer(first, other)
    if not first.tokenizer_digest:
        logger.warning("The sources come without a tokenizer: it is not known to be the same.")
    aligned = [checkpoint.with_labels(first.labels) for checkpoint in everything]
    for name, info in first.tensors.items():
        if not info.is_floating:
            _require_same_integers(name, aligned)
    return aligned


def _require_same_tensors(first: Checkpoint, other: Checkpoint) -> None:
    for owner, lacking in ((first, other), (other, first)):
        if missing := [name for name in owner.tensors if name not in lacking.tensors]:
            raise IncompatibleError(
                f"{lacking.path} lacks tensors that {owner.path} has: {_some(missing)}. Merge only "
                "checkpoints of one architecture, with the same output layer."
            )
    for name, info in first.tensors.items():
        found = other.tensors[name]
        same_kind = info.dtype == found.dtype or (info.is_floating and found.is_floating)
        if info.shape != found.shape or not same_kind:
            raise IncompatibleError(
                f"'{name}' is {list(info.shape)} {info.dtype} in {first.path} and "
                f"{list(found.shape)} {found.dtype} in {other.path}. Merge only checkpoints of one "
                "architecture, with the same vocabulary and number of labels."
            )


def require_same_settings(
    first: Mapping[str, Any], first_name: str, other: Mapping[str, Any], other_name: str
) -> None:
    """Refuse two configurations under which equal weights compute different functions.

    Older versions of transformers write fewer settings: one that either lacks is passed over.

    Args:
        first: a configuration of transformers.
        first_name: whose it is, for the message.
        other: another.
        other_name: whose it is.

    Raises:
        IncompatibleError: names the first setting that differs.
    """
    for key in FUNCTION_SETTINGS:
        if key in first and key in other and first[key] != other[key]:
            raise IncompatibleError(
                f"'{key}' is {first[key]!r} in the configuration of {first_name} and "
                f"{other[key]!r} in that of {other_name}: equal weights would mean different "
                "things. Take only models of one architecture, with equal settings."
            )


def _require_same_tokenizer(first: Checkpoint, other: Checkpoint) -> None:
    if first.tokenizer_digest == other.tokenizer_digest:
        return
    for checkpoint in (first, other):
        if not checkpoint.tokenizer_digest:
            raise IncompatibleError(
                f"{checkpoint.path} has no tokenizer, so it cannot be compared with the others'. "
                "Save the tokenizer beside the weights (tokenizer.save_pretrained(FOLDER))."
            )
    raise IncompatibleError(
        f"The tokenizers of {first.path} and {other.path} differ, so rows of their embeddings mean "
        "different tokens. Merge only models with one tokenizer."
    )


def _require_same_integers(name: str, checkpoints: Sequence[Checkpoint]) -> None:
    first, *others = checkpoints
    with first.open() as reader:
        expected = reader.read_stored(name)
    for other in others:
        with other.open() as reader:
            if (reader.read_stored(name) != expected).any():
                raise IncompatibleError(
                    f"The integers in '{name}' differ between {first.path} and {other.path}; they "
                    "cannot be averaged. If these are quantised weights, save the models "
                    "de-quantised."
                )


def _some(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
