"""What can be found out about a transformers model by looking at it: its parts and its limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from isogloss.language_models.specification import Kind, ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Tokenizers that know no limit say 10^30, models without position embeddings say nothing.
UNLIMITED = 10**6
DEFAULT_MAX_LENGTH = 2048


@dataclass(frozen=True)
class HiddenStateShape:
    """What a backbone returns as its hidden states.

    Attributes:
        layers: L; entry 0 is the embedding output, entry L the last.
        hidden_size: units a token.
        final_norm: whether entry L has passed the norm that follows the last block.
    """

    layers: int
    hidden_size: int
    final_norm: bool


def auto_class(kind: Kind) -> Any:
    """Give the transformers class that loads models of this kind with their output layer."""
    import transformers

    classes: dict[Kind, Any] = {
        "causal": transformers.AutoModelForCausalLM,
        "encoder": transformers.AutoModel,
        "seq2seq": transformers.AutoModelForSeq2SeqLM,
    }
    return classes[kind]


def empty_model(kind: Kind, folder: Path, *, trust_remote_code: bool) -> Any:
    """Build a model of which only names and shapes of the weights are there; no weights are read.

    Args:
        kind: as which it is built.
        folder: with its configuration.
        trust_remote_code: run Python code that comes with the model.
    """
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(str(folder), trust_remote_code=trust_remote_code)
    with torch.device("meta"):
        return auto_class(kind).from_config(config, trust_remote_code=trust_remote_code)


def require_all_weights(name: str, kind: Kind, report: Mapping[str, Any]) -> None:
    """Refuse a model of which transformers made up some weights because the files lack them.

    The pooler of an encoder is exempt: many checkpoints lack it, and hidden states do not see it.

    Args:
        name: of the model, for the message.
        kind: as which it was loaded.
        report: what `from_pretrained(output_loading_info=True)` says.

    Raises:
        ModelError: with the first missing weights.
    """
    missing = sorted(key for key in report["missing_keys"] if "pooler" not in key.split("."))
    if missing:
        shown = ", ".join(missing[:3]) + (" ..." if len(missing) > 3 else "")
        raise ModelError(
            f"The files of {name!r} lack {len(missing)} weights of a model of kind {kind!r}, which "
            f"would be random numbers: {shown}. Is `kind` right, and are the files complete?"
        )


def find_backbone(model: Any, kind: Kind) -> Any:
    """Give the part of a model that makes hidden states, without the output layer.

    Args:
        model: as loaded by `auto_class`.
        kind: a decoder's body, an encoder, or the encoder of an encoder-decoder.
    """
    if model.config.is_encoder_decoder:
        return model.get_encoder()
    return model.get_decoder() if kind == "causal" else model.base_model


def name_quantised(model: Any) -> set[str]:
    """Name the weights that bitsandbytes quantises: matrices of linear layers, not of the last one.

    Which layers stay as they are is the rule of transformers.

    Args:
        model: a transformers model, not quantised; names and shapes do.
    """
    from transformers.pytorch_utils import Conv1D
    from transformers.quantizers.base import HfQuantizer
    from transformers.quantizers.quantizers_utils import should_convert_module

    kept = HfQuantizer.get_modules_to_not_convert(model, None, model._keep_in_fp32_modules)
    return {
        f"{path}.weight"
        for path, module in model.named_modules()
        if (type(module) is torch.nn.Linear or isinstance(module, Conv1D))
        and should_convert_module(path, kept)
    }


def examine_hidden_states(backbone: Any, input_ids: torch.Tensor) -> HiddenStateShape:
    """Run a backbone on a short input and see what its hidden states are.

    The last entry has passed a final norm if it is the output of a norm module that stands outside
    the list of blocks; in encoders such as XLM-R the last norm belongs to the last block.

    Args:
        backbone: as given by `find_backbone`.
        input_ids: [1, tokens], on the backbone's device.
    """
    outputs: list[torch.Tensor] = []

    def remember(module: Any, inputs: Any, output: Any) -> None:
        outputs.append(output)

    norms = [
        module
        for path, module in backbone.named_modules()
        if "norm" in type(module).__name__.lower()
        and not any(part.isdigit() for part in path.split("."))
    ]
    handles = [module.register_forward_hook(remember) for module in norms]
    try:
        with torch.inference_mode():
            states = backbone(
                input_ids=input_ids,
                attention_mask=torch.ones_like(input_ids),
                output_hidden_states=True,
            ).hidden_states
    finally:
        for handle in handles:
            handle.remove()
    last = states[-1]
    final_norm = any(
        output.shape == last.shape and torch.equal(output.to(last.device), last)
        for output in outputs
    )
    return HiddenStateShape(len(states) - 1, last.shape[-1], final_norm)


def longest_input(model: Any, tokenizer: Any) -> int:
    """Give the longest input in tokens, special tokens included, that model and tokenizer allow.

    RoBERTa-like models count positions from the padding index + 1, so that many of their
    `max_position_embeddings` are never used. Models with relative positions set no limit; where the
    tokenizer sets none either it is 2048.
    """
    config = model.config.get_text_config()
    stated = [
        getattr(config, key, None)
        for key in ("max_position_embeddings", "n_positions", "seq_length")
    ]
    limits = [limit - _unused_positions(model) for limit in stated if isinstance(limit, int)][:1]
    if tokenizer.model_max_length < UNLIMITED:
        limits.append(int(tokenizer.model_max_length))
    return min(limits, default=DEFAULT_MAX_LENGTH)


def _unused_positions(model: Any) -> int:
    for path, module in model.named_modules():
        if path.endswith("position_embeddings") and isinstance(module, torch.nn.Embedding):
            padding = module.padding_idx
            return 0 if padding is None else padding + 1
    return 0
