"""Checkpoints: the weights of a model, read row by row when they are asked for.

`open_checkpoint` (in `checkpoint_opening`) gives one for a file or folder; the weights stay on the
disk, and memory holds only the pieces that are asked for.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from isogloss.errors import Refusal
from isogloss.language_models.checkpoint_reading import CheckpointReader
from isogloss.language_models.tensor_files import TensorInfo, sample_checksum
from isogloss.partitions import digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from isogloss.language_models.tensor_files import FloatName
    from isogloss.language_models.tensor_writing import StateDict

OUTPUT_LAYERS = (
    "classifier",
    "classifier.out_proj",
    "classification_head.out_proj",
    "score",
    "logits_proj",
)
"""How transformers' classifiers name the layer that has one row a label."""
HEAD_MODULES = frozenset(
    {layer.partition(".")[0] for layer in OUTPUT_LAYERS}
    | {"pre_classifier", "head", "sequence_summary"}
)
"""What transformers' classifiers have beside their encoder; a pooler is part of the encoder."""
FUNCTION_SETTINGS = (
    "model_type",
    "num_attention_heads",
    "num_heads",
    "n_heads",
    "num_key_value_heads",
    "head_dim",
    "hidden_act",
    "hidden_activation",
    "activation",
    "classifier_activation",
    "pooler_hidden_act",
    "classifier_pooling",
    "layer_norm_eps",
    "layer_norm_epsilon",
    "norm_eps",
    "rms_norm_eps",
    "position_embedding_type",
    "position_biased_input",
    "relative_attention",
    "pos_att_type",
    "position_buckets",
    "max_relative_positions",
    "norm_rel_ebd",
    "rope_theta",
    "global_rope_theta",
    "local_rope_theta",
    "rope_scaling",
    "rope_parameters",
    "sliding_window",
    "local_attention",
    "global_attn_every_n_layers",
    "layer_types",
)
"""Of a configuration: what decides, beside the shapes, which function the weights compute."""
UNNAMED_LABEL = re.compile(r"LABEL_\d+")
"""What transformers calls a class that nobody has named."""


def belongs_to_head(tensor: str) -> bool:
    """Tell whether a tensor is the head's that a classifier has and its encoder has not.

    Args:
        tensor: its name, such as `classifier.weight`.
    """
    return tensor.partition(".")[0] in HEAD_MODULES


class CheckpointError(Refusal):
    """A checkpoint cannot be read; the message says which and how to mend it."""


@dataclass(frozen=True)
class Checkpoint:
    """The weights of a model on disk, and what must be known to merge or run it.

    Attributes:
        name: for people, for example the locale.
        path: the file or folder.
        tensors: name -> shape and dtype, in the order in which they lie on the disk.
        config: of transformers, as in `config.json`.
        labels: the classes by number; empty if the configuration names none.
        tokenizer_digest: equal for models with the same tokenizer; empty if nobody knows it.
        metadata: free texts that were saved with the weights.
        places: name of a tensor -> its file and where its bytes begin.
        label_order: which stored row of the output layer each label has, if not its own number.
        kept: the files are there as long as this is.
    """

    name: str
    path: Path
    tensors: Mapping[str, TensorInfo]
    config: Mapping[str, Any] = field(repr=False)
    labels: tuple[str, ...] = field(repr=False)
    tokenizer_digest: str
    metadata: Mapping[str, str] = field(repr=False)
    places: Mapping[str, tuple[Path, int]] = field(repr=False)
    label_order: tuple[int, ...] = ()
    kept: object = field(default=None, repr=False, compare=False)

    @cached_property
    def fingerprint(self) -> str:
        """A digest that tells models apart: of headers, a sample of each tensor, and settings."""
        files = sorted({file for file, _ in self.places.values()})
        settings = {key: self.config[key] for key in FUNCTION_SETTINGS if key in self.config}
        sums = [sample_checksum(file) for file in files]
        return digest(sums, self.labels, self.tokenizer_digest, settings)

    @property
    def names_its_labels(self) -> bool:
        """Whether its classes have names, not only the numbers that transformers gives them."""
        return any(not UNNAMED_LABEL.fullmatch(label) for label in self.labels)

    def bytes_as(self, dtype: FloatName) -> int:
        """Give how much room the weights take with another dtype.

        Args:
            dtype: of all floating-point numbers.
        """
        return sum(info.stored_as(dtype).bytes for info in self.tensors.values())

    @property
    def output_layer(self) -> tuple[str, ...]:
        """The tensors that have one row a label."""
        names = (f"{layer}.{kind}" for layer in OUTPUT_LAYERS for kind in ("weight", "bias"))
        rows = (len(self.labels),)
        return tuple(n for n in names if n in self.tensors and self.tensors[n].shape[:1] == rows)

    def with_labels(self, labels: tuple[str, ...]) -> Checkpoint:
        """Give the same model with its classes numbered otherwise.

        Args:
            labels: the same names in another order.

        Raises:
            CheckpointError: if the names differ, or no output layer is found.
        """
        if labels == self.labels:
            return self
        if sorted(labels) != sorted(self.labels) or len(set(labels)) < len(labels):
            raise CheckpointError(_other_labels(self, labels))
        if not self.output_layer:
            raise CheckpointError(
                f"{self.path} numbers its labels otherwise, and no output layer with "
                f"{len(labels)} rows is found to reorder (known: {', '.join(OUTPUT_LAYERS)}). "
                "Train it with the label map of the others."
            )
        stored = dict(zip(self.labels, self.label_order or range(len(labels)), strict=True))
        order = tuple(stored[label] for label in labels)
        return replace(
            self, labels=labels, label_order=order, config=_labelled(self.config, labels)
        )

    def with_label_names(self, labels: tuple[str, ...]) -> Checkpoint:
        """Give the same model with names for its classes, which stay where they are.

        Args:
            labels: the names by number.

        Raises:
            CheckpointError: if the output layer has another number of rows.
        """
        rows = [
            self.tensors[name].shape[0]
            for name in (f"{layer}.weight" for layer in OUTPUT_LAYERS)
            if name in self.tensors
        ]
        if len(labels) not in rows:
            raise CheckpointError(
                f"{self.path} has {' or '.join(map(str, rows)) or 'no'} classes, and {len(labels)} "
                "labels are named for them. Name one label a class, in the order of the classes."
            )
        return replace(self, labels=labels, config=_labelled(self.config, labels))

    @contextmanager
    def open(self) -> Iterator[CheckpointReader]:
        """Open the files for the time of a `with` block."""
        descriptors: dict[Path, int] = {}
        try:
            for file, _ in self.places.values():
                if file not in descriptors:
                    descriptors[file] = os.open(file, os.O_RDONLY)
            yield CheckpointReader(self, descriptors)
        finally:
            for descriptor in descriptors.values():
                os.close(descriptor)

    def state_dict(self) -> StateDict:
        """Read the whole model into memory."""
        with self.open() as reader:
            return {
                name: reader.read(name).reshape(info.shape) for name, info in self.tensors.items()
            }


def _labelled(config: Mapping[str, Any], labels: tuple[str, ...]) -> dict[str, Any]:
    """Give a configuration with other labels, by number."""
    numbered = dict(enumerate(labels))
    return {
        **config,
        "id2label": {str(number): label for number, label in numbered.items()},
        "label2id": {label: number for number, label in numbered.items()},
    }


def _other_labels(checkpoint: Checkpoint, labels: tuple[str, ...]) -> str:
    found = {
        "lacks": sorted(set(labels) - set(checkpoint.labels)),
        "only it has": sorted(set(checkpoint.labels) - set(labels)),
    }
    differences = "; ".join(f"{what} {_some(names)}" for what, names in found.items() if names)
    return (
        f"{checkpoint.path} has other labels than the first source "
        f"({differences or 'some are there more than once'}). Train all sources with one label "
        "map, the union over their locales."
    )


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
