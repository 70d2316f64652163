"""GGUF files, converted once into a folder that loads in seconds and shows its origin.

De-quantised values are products of a float16 scale and small integers: they need up to 18 bits of
mantissa, so neither bfloat16 (8) nor float16 (11) holds them. The folder therefore keeps float32,
and what a float32 run computes is exactly what the GGUF file says.
"""

from __future__ import annotations

import io
import logging
import shutil
import tempfile
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.language_models.libraries import quiet_libraries, refuse_unreadable
from isogloss.language_models.specification import Kind, ModelError
from isogloss.language_models.storage import (
    cached_digests,
    file_digest,
    file_lock,
    read_record,
    write_record,
)
from isogloss.language_models.tokenizer_checks import check_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

logger = logging.getLogger(__name__)

RECORD_FILE = "conversion.json"
LIBRARIES = ("transformers", "gguf", "torch")


@dataclass(frozen=True)
class GgufSource:
    """A GGUF file that exists, or that can be made.

    Attributes:
        record: what identifies it; a folder converted from the same record is used again.
        provide: gives the file; it may write it into the folder that it is given.
    """

    record: Mapping[str, str]
    provide: Callable[[Path], Path] = field(repr=False)


def converted_folder(
    name: str, kind: Kind, source: GgufSource, models_root: Path, probe_words: Sequence[str] = ()
) -> Path:
    """Give the folder with the converted model; convert if that was not done before.

    The folder appears whole or not at all. Of several processes one converts and the others wait.
    Models with the same source, such as one and its untrained control, share one folder.

    Args:
        name: of the model, and of the folder in `models_root` if it is made now.
        kind: with which output layer the model is built.
        source: the GGUF file.
        models_root: folder of the models.
        probe_words: for the check of the tokenizer.

    Raises:
        ModelError: if the file cannot be read or its tokenizer comes out wrong, or if something
            else lies where the folder should go.
    """
    folder = _find_converted(kind, source, models_root)
    if folder:
        return folder
    with file_lock(models_root, "conversion"):
        # Another process may have converted it while this one waited.
        folder = _find_converted(kind, source, models_root)
        if folder is None:
            folder = models_root / name
            _remove_leftovers(models_root, name)
            _convert_into(folder, kind, source, probe_words)
    return folder


def _find_converted(kind: Kind, source: GgufSource, models_root: Path) -> Path | None:
    for path in sorted(models_root.glob(f"*/{RECORD_FILE}")):
        record = read_record(path)
        if record.get("source") == dict(source.record) and record.get("kind") == kind:
            _require_unchanged(path.parent, record["weights_sha256"])
            return path.parent
    return None


def _require_unchanged(folder: Path, digests: Mapping[str, str]) -> None:
    """Refuse converted weights that are no longer those that were written.

    Costs nothing as long as size and time of the files are those of the conversion.
    """
    paths = [folder / name for name in digests]
    absent = [path.name for path in paths if not path.is_file()]
    if absent or cached_digests(folder.parent, paths) != dict(digests):
        raise ModelError(
            f"The weights in {folder} are not those that were converted"
            f"{f' ({absent[0]} is missing)' if absent else ''}. Delete that folder to convert the "
            "GGUF file again; name a folder that you changed on purpose as `path` of a model."
        )


def _workspace_prefix(name: str) -> str:
    return f".{name}.converting-"


def _remove_leftovers(models_root: Path, name: str) -> None:
    for leftover in models_root.glob(f"{_workspace_prefix(name)}*"):
        shutil.rmtree(leftover)


def _convert_into(folder: Path, kind: Kind, source: GgufSource, probe_words: Sequence[str]) -> None:
    if folder.exists() and not (folder / RECORD_FILE).is_file():
        raise ModelError(
            f"{folder} exists but was not made by converting a GGUF file: {RECORD_FILE} is missing "
            "in it. Move it away, or name it as `path` of the model."
        )
    logger.info("Converting the GGUF file of %r, once: %s", folder.name, dict(source.record))
    prefix = _workspace_prefix(folder.name)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=prefix) as workspace:
        made = Path(workspace) / "model"
        file = source.provide(Path(workspace)).resolve()
        _convert(folder.name, kind, file, made, probe_words)
        weights = sorted(made.glob("*.safetensors"))
        record = {
            "source": dict(source.record),
            "source_sha256": file_digest(file),
            "kind": kind,
            "dtype": "float32",
            "libraries": {library: version(library) for library in LIBRARIES},
            "weights_sha256": {path.name: file_digest(path) for path in weights},
        }
        write_record(made / RECORD_FILE, record)
        for path in weights:
            # Saved for their owner alone; whoever may read the configuration may read them too.
            shutil.copymode(made / "config.json", path)
        if folder.exists():
            logger.warning(
                "%s was converted from another file or as another kind, and is replaced.", folder
            )
            folder.rename(Path(workspace) / "replaced")
        made.rename(folder)
    cached_digests(folder.parent, [folder / path.name for path in weights])


def _convert(name: str, kind: Kind, file: Path, target: Path, probe_words: Sequence[str]) -> None:
    if not (find_spec("gguf") and find_spec("transformers")):
        raise ModelError(
            "Converting a GGUF file needs more packages: pip install 'isogloss[models]'"
        )
    # One progress bar inside transformers ignores every setting, hence the redirection.
    message = (
        f"transformers {version('transformers')} cannot read the GGUF file of {name!r} "
        f"({file.name}). Check that the file is whole, or use the model as safetensors"
    )
    with quiet_libraries(), redirect_stderr(io.StringIO()), _parsed_once(file):
        with refuse_unreadable(message):
            model, tokenizer = _read(name, kind, file, probe_words)
        model.save_pretrained(target)
        tokenizer.save_pretrained(target)


def _read(name: str, kind: Kind, file: Path, probe_words: Sequence[str]) -> tuple[Any, Any]:
    """Give model and tokenizer of a GGUF file, ready to be saved."""
    import torch
    from transformers import AutoConfig, PreTrainedTokenizerFast

    from isogloss.language_models.architecture import auto_class, require_all_weights

    # The file is named in full, else one of that name in the working directory would be taken.
    place: dict[str, Any] = {
        "pretrained_model_name_or_path": str(file.parent),
        "gguf_file": str(file),
    }
    # The generic class keeps exactly what the file says and is not rebuilt at each reload.
    generic_tokenizer: Any = PreTrainedTokenizerFast
    tokenizer = generic_tokenizer.from_pretrained(**place)
    # Before the weights, which take longest.
    check_tokenizer(name, tokenizer, probe_words)
    config = AutoConfig.from_pretrained(**place)
    model, report = auto_class(kind).from_pretrained(
        **place, config=config, dtype=torch.float32, output_loading_info=True
    )
    require_all_weights(name, kind, report)
    _forget_quantisation(model)
    return model, tokenizer


def _forget_quantisation(model: Any) -> None:
    """Take off the mark that makes `save_pretrained` refuse: the weights are plain floats now."""
    model.hf_quantizer = None
    model.is_quantized = False
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config


@contextmanager
def _parsed_once(file: Path) -> Iterator[None]:
    """Let transformers share one parsed GGUF file, instead of parsing it for each of its parts.

    transformers parses the file anew for the configuration and for the weights. With a vocabulary
    of 262,000 words that is a million reads of a few bytes each time, each of which costs three
    times as much on a memory map as on the plain array that lies under it. Should transformers come
    to read GGUF files in another way, this does nothing.
    """
    import gguf

    library: Any = gguf
    original = library.GGUFReader
    kind = type("ArrayReader", (original,), {"data": property(_array, _keep_array)})
    with refuse_unreadable(f"{file} is not a whole GGUF file; obtain it again"):
        reader = kind(file)

    def shared(path: Any, *rest: Any) -> Any:
        return reader if Path(path) == file else original(path, *rest)

    library.GGUFReader = shared
    try:
        yield
    finally:
        library.GGUFReader = original


def _array(reader: Any) -> Any:
    return reader._array


def _keep_array(reader: Any, mapped: Any) -> None:
    reader._array = mapped.view(np.ndarray)
