"""The handle of a language model: cheap to make and to pass around, loaded only when opened."""

from __future__ import annotations

import re
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.json_texts import parse_json
from isogloss.language_models.device_lock import hold_devices
from isogloss.language_models.sources import (
    ModelFolder,
    obtain_adapter,
    obtain_model,
    require_model,
)
from isogloss.language_models.specification import Kind, ModelError, ModelSpecification
from isogloss.language_models.storage import cached_digests
from isogloss.language_models.tokenizer_digests import tokenizer_digest
from isogloss.partitions import digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transformers import PreTrainedTokenizerBase

    from isogloss.language_models.loading import LoadedModel

# Files that say which tokens a text becomes, in the ways in which tokenizers are stored.
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "tokenizer.model",
    "sentencepiece.bpe.model",
    "spiece.model",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
)
# What a configuration says about how and by what it was written, not about the model.
CONFIG_NOTES = ("_name_or_path", "transformers_version", "torch_dtype", "dtype")


@dataclass(frozen=True)
class LanguageModel:
    """A language model of the zoo. Making one touches no file and imports no torch.

    Attributes:
        name: in the zoo; also the name of its folder if it has to be converted.
        specification: where it comes from and how it is loaded.
        models_root: folder for converted models, the lock file of revisions, digests and locks.

    Raises:
        ModelError: if the name cannot be a folder name.
    """

    name: str
    specification: ModelSpecification
    models_root: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][\w-]*", self.name, re.ASCII):
            raise ModelError(
                f"{self.name!r} cannot name a model: use letters, digits, '_' and '-' only."
            )

    @property
    def kind(self) -> Kind:
        """`causal`, `encoder` or `seq2seq`."""
        return self.specification.kind

    def identity(self) -> dict[str, Any]:
        """Say what makes this model's results differ from another's, for fingerprints.

        The device is no part of it. Weights on this machine are digested once and remembered by
        size and time of the files; those on the hub are not fetched, since the commit stands for
        them (weights: null).

        Returns:
            JSON values: those of `tokenizer_identity`, kind, weights and config digests, dtype as
            it will be on this machine, quantisation, adapter, initialise, seed.

        Raises:
            ModelError: if the model cannot be had.
        """
        specification, folder = self.specification, self._folder(weights=False)
        random = specification.initialise == "random"
        return {
            **self._tokenizer_identity(folder),
            "kind": self.kind,
            "weights": None if random or folder.revision else self._weights_digest(folder),
            "config": _config_digest(folder.path),
            "dtype": self._dtype(),
            "quantisation": specification.quantisation,
            "adapter": self._adapter_digest(),
            "initialise": specification.initialise,
            "seed": specification.seed if random else None,
        }

    def tokenizer_identity(self) -> dict[str, Any]:
        """Say what makes this model's tokens differ from another's.

        Returns:
            JSON values: source, revision, digest of the tokenizer, max_length.

        Raises:
            ModelError: if the model cannot be had.
        """
        return self._tokenizer_identity(self._folder(weights=False))

    def tokenizer_digest(self) -> str:
        """Give a digest that models and checkpoints with the same tokenizer share.

        It is empty if the model comes without files of a tokenizer. Unlike the digest in
        `tokenizer_identity` it does not depend on how these files are arranged.

        Raises:
            ModelError: if the model cannot be had.
        """
        return tokenizer_digest(self.tokenizer_folder())

    def tokenizer_folder(self) -> Path:
        """Give the folder that holds the files of the tokenizer.

        Raises:
            ModelError: if the model cannot be had.
        """
        return self._folder(weights=False).path

    def require(self) -> None:
        """Refuse a model that cannot be had, before anything is computed; see `require_model`.

        Raises:
            ModelError: with the command that obtains it.
        """
        require_model(self.name, self.specification, Path(self.models_root))

    def tokenizer(self) -> PreTrainedTokenizerBase:
        """Load the tokenizer alone; of a model on the hub no weights are fetched.

        It is shared by all who ask for it: never change it.

        Raises:
            ModelError: if it cannot be had or fails its check.
        """
        from isogloss.language_models.tokenizer_loading import load_tokenizer

        tokenizer: PreTrainedTokenizerBase = load_tokenizer(
            self.name, self.specification, self._folder(weights=False).path
        )
        return tokenizer

    @contextmanager
    def open(self) -> Iterator[LoadedModel]:
        """Load the model for the time of a `with` block; its memory is free afterwards.

        An exclusive model waits until no other exclusive one is open on any of its devices.

        Raises:
            ModelError: if it cannot be had, fails a check, or does not fit what was specified.
        """
        folder, adapter = self._folder(weights=True), self._adapter(weights=True)
        from isogloss.language_models.devices import name_device, resolve_devices
        from isogloss.language_models.loading import loaded_model

        specification = self.specification
        devices = resolve_devices(specification)
        hold = (
            hold_devices(Path(self.models_root), [*map(name_device, devices)], self.name)
            if specification.exclusive
            else nullcontext()
        )
        adapter_path = adapter.path if adapter else None
        with (
            hold,
            loaded_model(self.name, specification, folder.path, adapter_path, devices) as loaded,
        ):
            yield loaded

    def _folder(self, *, weights: bool) -> ModelFolder:
        root = Path(self.models_root)
        return obtain_model(self.name, self.specification, root, weights=weights)

    def _adapter(self, *, weights: bool) -> ModelFolder | None:
        adapter = self.specification.adapter
        if not adapter:
            return None
        return obtain_adapter(self.name, adapter, Path(self.models_root), weights=weights)

    def _tokenizer_identity(self, folder: ModelFolder) -> dict[str, Any]:
        return {
            "source": dict(folder.source),
            "revision": folder.revision,
            "tokenizer": self._tokenizer_digest(folder),
            "max_length": self.specification.max_length,
        }

    def _weights_digest(self, folder: ModelFolder) -> str:
        return digest(cached_digests(Path(self.models_root), folder.weights()))

    def _tokenizer_digest(self, folder: ModelFolder) -> str:
        paths = [folder.path / name for name in TOKENIZER_FILES if (folder.path / name).is_file()]
        return digest(cached_digests(Path(self.models_root), paths))

    def _adapter_digest(self) -> str | None:
        adapter = self._adapter(weights=False)
        if adapter is None:
            return None
        if adapter.revision:
            return digest(dict(adapter.source), adapter.revision)
        return digest(
            self._weights_digest(adapter), _read_json(adapter.path / "adapter_config.json")
        )

    def _dtype(self) -> str:
        if self.specification.dtype != "auto":
            return self.specification.dtype
        from isogloss.language_models.devices import resolve_devices, resolve_dtype

        device = resolve_devices(self.specification)[0]
        return str(resolve_dtype("auto", device)).removeprefix("torch.")


def _config_digest(folder: Path) -> str:
    config = _read_json(folder / "config.json")
    return digest({key: value for key, value in config.items() if key not in CONFIG_NOTES})


def _read_json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = parse_json(path.read_text(encoding="utf-8"))
    return content
