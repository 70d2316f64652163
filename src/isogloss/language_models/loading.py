"""Loading a model onto its devices, ready to be asked for hidden states or probabilities.

This module imports torch; import it inside functions.
"""

from __future__ import annotations

import gc
import warnings
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import torch
from safetensors import safe_open

from isogloss.allocation import keep_freed_memory, release_freed_memory
from isogloss.json_texts import parse_json
from isogloss.language_models.architecture import (
    auto_class,
    examine_hidden_states,
    find_backbone,
    longest_input,
    require_all_weights,
)
from isogloss.language_models.batching import TokenBudget, resolve_budget, working_bytes
from isogloss.language_models.devices import resolve_dtype
from isogloss.language_models.libraries import quiet_libraries, refuse_unreadable
from isogloss.language_models.placement import DeviceMap, entrance, place_parts
from isogloss.language_models.specification import Kind, ModelError, ModelSpecification
from isogloss.language_models.tokenizer_loading import load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from transformers import PreTrainedTokenizerBase

LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "num_decoder_layers")
SAMPLE = "The capital of France is"


@dataclass
class LoadedModel:
    """A model in memory, in evaluation mode.

    Attributes:
        model: the transformers model with its output layer.
        backbone: what gives hidden states: body of a decoder, encoder (also of an encoder-decoder).
        tokenizer: with a padding token.
        kind: causal, encoder or seq2seq.
        device: on which it lies; of a model that is spread, where its inputs go.
        dtype: in which it computes.
        layers: L; hidden states are 0 (embedding output) to L.
        hidden_size: units a token.
        max_length: longest input in tokens, special tokens included.
        final_norm: whether hidden state L has passed the norm that follows the last block.
        name: in the zoo.
        placed: which part of it lies where; None if all of it lies on `device`.
    """

    model: Any
    backbone: Any
    tokenizer: PreTrainedTokenizerBase
    kind: Kind
    device: torch.device
    dtype: torch.dtype
    layers: int
    hidden_size: int
    max_length: int
    final_norm: bool
    name: str = ""
    placed: DeviceMap | None = None

    def token_budget(self, budget: TokenBudget) -> int:
        """Give the tokens a batch, padding included; `auto` suits model and devices."""
        working = working_bytes(self.hidden_size, self.dtype.itemsize)
        return resolve_budget(budget, working, self._weight_bytes())

    def require_one_device(self, purpose: str) -> None:
        """Refuse a model that is spread over devices.

        Args:
            purpose: what it is needed whole for, as the subject of a sentence.

        Raises:
            ModelError: if it is.
        """
        if self.placed is not None:
            raise ModelError(
                f"{purpose} needs all of a model on one device, and {self.name!r} is spread over "
                "several. Set `device: auto` in its entry of the model zoo in place of "
                "`device: all` or `device_map`, or use a smaller model."
            )

    def _weight_bytes(self) -> dict[torch.device, int]:
        """Count the bytes of weights on each device; those kept on disk lie on none."""
        found = Counter({self.device: 0})
        for weight in self.model.parameters():
            place = self.device if self.placed is None else weight.device
            found[place] += weight.nbytes
            # What is quantised to 4 bits has its scales beside it.
            scales = getattr(getattr(weight, "quant_state", None), "absmax", None)
            found[place] += 0 if scales is None else scales.nbytes
        return dict(found)


@contextmanager
def loaded_model(
    name: str,
    specification: ModelSpecification,
    folder: Path,
    adapter: Path | None,
    devices: Sequence[torch.device],
) -> Iterator[LoadedModel]:
    """Load a model, give it, and free its memory afterwards.

    Args:
        name: in the zoo, for messages.
        specification: how to load it.
        folder: its files.
        adapter: folder of a PEFT adapter that is merged into it.
        devices: on which it computes, as `resolve_devices` gives them.

    Raises:
        ModelError: if it cannot be loaded as specified.
    """
    keep_freed_memory()
    tokenizer = load_tokenizer(name, specification, folder)
    dtype = resolve_dtype(specification.dtype, devices[0])
    with quiet_libraries():
        placed = place_parts(name, specification, folder, devices, dtype)
        model = _load_weights(name, specification, folder, devices[0], placed, dtype)
        if adapter:
            model = _merge_adapter(name, model, adapter)
    device = entrance(model, devices)
    loaded = _describe(name, specification, model.eval(), tokenizer, device, dtype)
    loaded.placed = placed
    del model
    try:
        yield loaded
    finally:
        # The caller may keep `loaded`, so its hold on the memory is what must go.
        loaded.model = loaded.backbone = None
        gc.collect()
        release_freed_memory()
        if devices[0].type == "cuda":
            torch.cuda.empty_cache()


def _load_weights(
    name: str,
    specification: ModelSpecification,
    folder: Path,
    device: torch.device,
    placed: DeviceMap | None,
    dtype: torch.dtype,
) -> Any:
    common = {"trust_remote_code": specification.trust_remote_code, "dtype": dtype}
    if specification.initialise == "random":
        with refuse_unreadable(f"Model {name!r}: {folder} describes no model that can be built"):
            return _move(_initialise(specification, folder, dtype), device, placed)
    quantisation = _quantisation(name, specification, device, dtype)
    target = {"": device} if quantisation and placed is None else placed
    message = f"Model {name!r}: {folder} cannot be loaded as kind {specification.kind!r}"
    # An encoder's pooler that the files lack is drawn: alike each time.
    with refuse_unreadable(message), torch.random.fork_rng(devices=[]):
        _require_plausible_depth(folder)
        torch.manual_seed(specification.seed)
        model, report = auto_class(specification.kind).from_pretrained(
            str(folder),
            local_files_only=True,
            use_safetensors=True,
            output_loading_info=True,
            device_map=target,
            **common,
            **quantisation,
        )
    require_all_weights(name, specification.kind, report)
    return model.to(device) if target is None else model


def _move(model: Any, device: torch.device, placed: DeviceMap | None) -> Any:
    """Bring a model from the CPU to where it shall lie."""
    from accelerate import dispatch_model

    if placed is None:
        return model.to(device)
    return dispatch_model(model, placed, skip_keys=model._skip_keys_device_placement)


def _require_plausible_depth(folder: Path) -> None:
    """Refuse a configuration with more layers than there are weights: building them takes for ever.

    Too many units or words are found in no time, when the shapes of the weights are compared.
    """
    config = parse_json((folder / "config.json").read_bytes())
    stated = [config.get(key) for key in LAYERS]
    most = max((number for number in stated if isinstance(number, int)), default=0)
    weights = 0
    for file in folder.glob("*.safetensors"):
        with safe_open(file, "pt") as opened:
            weights += len(opened.keys())
    if most > weights:
        raise ModelError(
            f"{folder / 'config.json'} speaks of {most} layers, and the files hold {weights} "
            "weights. Copy the model again."
        )


def _initialise(specification: ModelSpecification, folder: Path, dtype: torch.dtype) -> Any:
    """Build the architecture with random weights: drawn on the CPU in float32, alike everywhere."""
    from transformers import AutoConfig

    trust = specification.trust_remote_code
    config = AutoConfig.from_pretrained(str(folder), local_files_only=True, trust_remote_code=trust)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(specification.seed)
        model = auto_class(specification.kind).from_config(
            config, dtype=torch.float32, trust_remote_code=trust
        )
    return model.to(dtype)


def _quantisation(
    name: str, specification: ModelSpecification, device: torch.device, dtype: torch.dtype
) -> dict[str, Any]:
    if specification.quantisation == "none":
        return {}
    if device.type != "cuda" or find_spec("bitsandbytes") is None:
        raise ModelError(
            f"Model {name!r}: quantisation {specification.quantisation!r} needs a CUDA device "
            f"(found: {device}) and the package bitsandbytes (pip install 'isogloss[quantised]'). "
            "Set `quantisation: none` to load it whole."
        )
    from transformers import BitsAndBytesConfig

    configuration: Any = BitsAndBytesConfig
    if specification.quantisation == "8bit":
        settings = configuration(load_in_8bit=True)
    else:
        settings = configuration(load_in_4bit=True, bnb_4bit_compute_dtype=dtype)
    return {"quantization_config": settings}


def _merge_adapter(name: str, model: Any, adapter: Path) -> Any:
    try:
        from peft import PeftModel
    except ModuleNotFoundError:
        raise ModelError(f"The adapter of {name!r} needs: pip install 'isogloss[models]'") from None
    with warnings.catch_warnings():
        # An adapter of another architecture would change nothing, and that with a mere warning.
        warnings.filterwarnings("error", message=".*missing adapter keys.*")
        with refuse_unreadable(f"The adapter of {name!r} ({adapter}) does not fit the model"):
            return PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()


def _describe(
    name: str,
    specification: ModelSpecification,
    model: Any,
    tokenizer: Any,
    device: torch.device,
    dtype: torch.dtype,
) -> LoadedModel:
    with refuse_unreadable(f"Model {name!r} was loaded, but does not run"):
        backbone = find_backbone(model, specification.kind)
        sample = tokenizer(SAMPLE, return_tensors="pt")["input_ids"].to(device)
        shape = examine_hidden_states(backbone, sample)
        longest = longest_input(model, tokenizer)
    if specification.max_length and specification.max_length > longest:
        raise ModelError(
            f"Model {name!r}: max_length {specification.max_length} is more than the {longest} "
            "tokens that the model and its tokenizer allow."
        )
    return LoadedModel(
        model=model,
        backbone=backbone,
        tokenizer=tokenizer,
        kind=specification.kind,
        device=device,
        dtype=dtype,
        layers=shape.layers,
        hidden_size=shape.hidden_size,
        max_length=specification.max_length or longest,
        final_norm=shape.final_norm,
        name=name,
    )
