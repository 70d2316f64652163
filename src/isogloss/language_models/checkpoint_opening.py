"""Finding out what a checkpoint holds: one safetensors file of ours, or a folder of transformers.

Pickled weights are never read.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.errors import MissingFileError
from isogloss.json_texts import parse_json
from isogloss.language_models.checkpoints import Checkpoint, CheckpointError
from isogloss.language_models.tensor_files import TensorInfo, read_header
from isogloss.language_models.tokenizer_digests import tokenizer_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
CONFIG_KEY, TOKENIZER_KEY = "config", "tokenizer_digest"
"""What the metadata of this project's files hold beside free texts."""


def open_checkpoint(path: Path | str, name: str | None = None) -> Checkpoint:
    """Find out what a checkpoint holds, without reading its weights.

    Args:
        path: a safetensors file that `write_checkpoint` wrote, or a folder with `config.json` and
            `model.safetensors` or `model.safetensors.index.json`.
        name: for people; None takes it from the path.

    Raises:
        MissingFileError: if a file is not there.
        CheckpointError: if there are only pickled weights, or the metadata are not ours.
        TensorFileError: if a file is damaged or cut short.
    """
    path = Path(path)
    return _from_folder(path, name) if path.is_dir() else _from_file(path, name)


def _from_file(path: Path, name: str | None) -> Checkpoint:
    header = read_header(path)
    metadata = dict(header.metadata)
    if CONFIG_KEY not in metadata:
        raise CheckpointError(
            f"{path} holds weights but no configuration. Name the folder that it lies in, with its "
            f"{CONFIG}, or write it with isogloss."
        )
    config = _as_config(metadata.pop(CONFIG_KEY), path)
    return Checkpoint(
        name=name or path.stem,
        path=path,
        tensors=header.tensors,
        config=config,
        labels=labels_of(config, path),
        tokenizer_digest=metadata.pop(TOKENIZER_KEY, ""),
        metadata=metadata,
        places={tensor: (path, offset) for tensor, offset in header.offsets.items()},
    )


def _from_folder(folder: Path, name: str | None) -> Checkpoint:
    if not (folder / CONFIG).is_file():
        raise MissingFileError(f"{folder} holds no {CONFIG}, so it is no model. Correct the path.")
    config = _as_config((folder / CONFIG).read_bytes(), folder / CONFIG)
    tensors: dict[str, TensorInfo] = {}
    places: dict[str, tuple[Path, int]] = {}
    for file in _weight_files(folder):
        header = read_header(file)
        tensors |= header.tensors
        places |= {tensor: (file, offset) for tensor, offset in header.offsets.items()}
    return Checkpoint(
        name=name or folder.name,
        path=folder,
        tensors=tensors,
        config=config,
        labels=labels_of(config, folder),
        tokenizer_digest=tokenizer_digest(folder),
        metadata={},
        places=places,
    )


def _weight_files(folder: Path) -> list[Path]:
    """List the files of a folder's weights, in the order of their names."""
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    if not (folder / INDEX).is_file():
        raise CheckpointError(
            f"{folder} holds neither {WEIGHTS} nor {INDEX}. Pickled weights (pytorch_model.bin, "
            ".pt) are never read: save the model as safetensors (model.save_pretrained(FOLDER))."
        )
    return list_shards(folder / INDEX)


def list_shards(index: Path) -> list[Path]:
    """List the files over which weights are spread, in the order of their names.

    Args:
        index: the file that says which tensor lies in which.

    Raises:
        CheckpointError: if it is damaged, or names a file outside its folder.
    """
    try:
        shards = {str(name) for name in parse_json(index.read_bytes())["weight_map"].values()}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise CheckpointError(f"{index} is damaged. Copy it again.") from None
    if outside := [name for name in shards if Path(name).name != name or name == ".."]:
        raise CheckpointError(f"{index} names a file outside its folder: {outside[0]}.")
    return [index.parent / name for name in sorted(shards)]


def _as_config(text: str | bytes, where: Path) -> dict[str, Any]:
    try:
        config = parse_json(text)
    except ValueError:
        config = None
    if not isinstance(config, dict):
        raise CheckpointError(f"The configuration in {where} is no JSON object. Write it again.")
    return config


def labels_of(config: Mapping[str, Any], where: Path) -> tuple[str, ...]:
    """Give the classes of a configuration by number; none if it names none.

    Args:
        config: of transformers.
        where: it lies, for the message.

    Raises:
        CheckpointError: if a number is left out.
    """
    given = config.get("id2label") or {}
    if not isinstance(given, dict):
        raise CheckpointError(
            f"The labels (id2label) in the configuration of {where} are no JSON object of numbers "
            "and names. Correct them."
        )
    names = {str(number): str(label) for number, label in given.items()}
    numbers = [str(number) for number in range(len(names))]
    if set(numbers) != names.keys():
        raise CheckpointError(
            f"The labels (id2label) in the configuration of {where} are not numbered from 0 to "
            f"{len(names) - 1}. Correct them."
        )
    return tuple(names[number] for number in numbers)
