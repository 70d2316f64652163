"""Writing checkpoints: one file with everything in it, or a folder that transformers loads."""

from __future__ import annotations

import json
import shutil
import uuid
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from isogloss.disk_errors import explaining_disk
from isogloss.errors import Refusal
from isogloss.language_models.checkpoint_opening import (
    CONFIG,
    CONFIG_KEY,
    TOKENIZER_KEY,
    WEIGHTS,
    labels_of,
)
from isogloss.language_models.storage import write_record
from isogloss.language_models.tensor_files import FLOATS
from isogloss.language_models.tensor_writing import TensorFileWriter
from isogloss.language_models.tokenizer_digests import TOKENIZER_FILES
from isogloss.tensors import order_header, telling_system_errors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import torch

    from isogloss.language_models.tensor_files import TensorInfo

RECORD = "merge.json"
"""Says how a folder was made, and that it may be replaced."""
NOT_OF_A_MERGE = ("dtype", "torch_dtype", "auto_map", "_name_or_path")
"""Of a source's configuration: its dtype, the code that it came with, where it was loaded from."""
TRANSFORMERS_METADATA = {"format": "pt"}
"""Without which transformers refuses a safetensors file."""


@dataclass(frozen=True)
class CheckpointContent:
    """A model in memory, to be saved as one file.

    Attributes:
        tensors: as `state_dict` of a torch module gives them.
        config: of transformers, with `id2label` if it is a classifier.
        tokenizer_digest: of the folder whose tokenizer it was trained with.
        metadata: free texts to keep with it (JSON for anything that is not text), for example the
            recipe of the training.
    """

    tensors: Mapping[str, torch.Tensor]
    config: Mapping[str, Any]
    tokenizer_digest: str
    metadata: Mapping[str, str] = field(default_factory=dict)


def write_checkpoint(content: CheckpointContent, path: Path) -> None:
    """Write a model to one safetensors file, which `open_checkpoint` reads.

    Args:
        content: the model.
        path: of the file.

    Raises:
        CheckpointError: if its labels are not numbered from 0.
    """
    from safetensors.torch import save_file

    labels_of(content.config, path)
    metadata = {
        **content.metadata,
        CONFIG_KEY: json.dumps(dict(content.config), ensure_ascii=False, sort_keys=True),
        TOKENIZER_KEY: content.tokenizer_digest,
    }
    tensors = {name: tensor.detach().contiguous() for name, tensor in content.tensors.items()}
    with telling_system_errors():
        save_file(tensors, path, metadata={**metadata, **TRANSFORMERS_METADATA})
    order_header(path)


@contextmanager
def write_model_folder(
    folder: Path,
    tensors: Mapping[str, TensorInfo],
    config: Mapping[str, Any],
    tokenizer_folder: Path | None,
    record: Mapping[str, Any],
) -> Iterator[TensorFileWriter]:
    """Write a folder that transformers loads; it appears whole when the `with` block ends.

    Args:
        folder: of the model; one that this function wrote before is replaced.
        tensors: what is written to the writer that the block is given.
        config: of transformers.
        tokenizer_folder: whose tokenizer is copied.
        record: how the model was made, kept as `merge.json`.

    Raises:
        Refusal: if the folder holds something else.
    """
    require_replaceable(folder)
    temporary = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    with explaining_disk(folder):
        temporary.mkdir(parents=True)
    try:
        write_record(temporary / CONFIG, _stored_config(config, tensors))
        write_record(temporary / RECORD, record)
        for name in TOKENIZER_FILES:
            if tokenizer_folder and (tokenizer_folder / name).is_file():
                shutil.copyfile(tokenizer_folder / name, temporary / name)
        called = folder / WEIGHTS
        with (
            TensorFileWriter(temporary / WEIGHTS, tensors, TRANSFORMERS_METADATA, called) as writer,
            explaining_disk(folder, temporary / WEIGHTS),
        ):
            yield writer
        _replace(folder, temporary)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def require_replaceable(folder: Path) -> None:
    """Refuse to overwrite what `write_model_folder` did not write.

    Raises:
        Refusal: if there is something else under this name.
    """
    if not folder.exists() or (folder / RECORD).is_file():
        return
    if not folder.is_dir() or any(folder.iterdir()):
        raise Refusal(
            f"{folder} holds something that was not merged here (it has no {RECORD}) and is not "
            "overwritten. Move it away, or name another folder."
        )


def _stored_config(config: Mapping[str, Any], tensors: Mapping[str, TensorInfo]) -> dict[str, Any]:
    """Give a configuration that names the dtype of the weights, and no code beside them."""
    kept = {key: value for key, value in config.items() if key not in NOT_OF_A_MERGE}
    dtypes = {FLOATS[info.dtype] for info in tensors.values() if info.is_floating}
    return {**kept, "dtype": dtypes.pop()} if len(dtypes) == 1 else kept


def _replace(folder: Path, new: Path) -> None:
    old = new.with_name(f"{new.name}.old")
    if folder.exists():
        folder.replace(old)
    new.replace(folder)
    shutil.rmtree(old, ignore_errors=True)
