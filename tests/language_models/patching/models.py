"""Tiny decoders of many families with random weights, as open models."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import transformers

from isogloss.language_models.architecture import find_backbone
from isogloss.language_models.loading import LoadedModel
from isogloss.language_models.patching.sites import PatchPair

hf: Any = transformers

VOCABULARY, HIDDEN_SIZE, LAYERS, HEADS, MAX_LENGTH = 96, 32, 3, 4, 64
WINDOW = 8
COMMON = {"vocab_size": VOCABULARY, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
USUAL = {
    **COMMON,
    "num_hidden_layers": LAYERS,
    "hidden_size": HIDDEN_SIZE,
    "num_attention_heads": HEADS,
    "max_position_embeddings": MAX_LENGTH,
}
GATED = {**USUAL, "intermediate_size": 48}
GROUPED = {**GATED, "num_key_value_heads": 2}
LOCAL = {
    **GROUPED,
    "num_key_value_heads": 1,
    "head_dim": 8,
    "sliding_window": WINDOW,
    "layer_types": ["sliding_attention", "sliding_attention", "full_attention"],
}
EXPERTS = {"num_local_experts": 4, "num_experts_per_tok": 2}


def configurations() -> dict[str, Any]:
    """Give a configuration of each family."""
    return {
        "llama": hf.LlamaConfig(**GROUPED),
        "mistral": hf.MistralConfig(**GROUPED, sliding_window=WINDOW),
        "mixtral": hf.MixtralConfig(**GROUPED, **EXPERTS),
        "qwen2": hf.Qwen2Config(**GROUPED),
        "qwen3": hf.Qwen3Config(**GROUPED, head_dim=16),
        "gemma2": hf.Gemma2Config(**LOCAL),
        "gemma3": hf.Gemma3TextConfig(**LOCAL),
        "olmo2": hf.Olmo2Config(**GROUPED),
        "phi": hf.PhiConfig(**GATED),
        "phi3": hf.Phi3Config(**GROUPED),
        "cohere": hf.CohereConfig(**GROUPED),
        "gpt_neox": hf.GPTNeoXConfig(**GATED),
        "gpt_neox_serial": hf.GPTNeoXConfig(**GATED, use_parallel_residual=False),
        # Not its own ReLU, whose kinks finite differences would see.
        "opt": hf.OPTConfig(
            **USUAL, ffn_dim=48, word_embed_proj_dim=HIDDEN_SIZE, activation_function="gelu"
        ),
        "opt_post_norm": hf.OPTConfig(
            **USUAL, ffn_dim=48, word_embed_proj_dim=16, do_layer_norm_before=False
        ),
        "bloom": hf.BloomConfig(**COMMON, n_head=HEADS, n_layer=LAYERS, hidden_size=HIDDEN_SIZE),
        "bloom_post_norm": hf.BloomConfig(
            **COMMON,
            n_head=HEADS,
            n_layer=LAYERS,
            hidden_size=HIDDEN_SIZE,
            apply_residual_connection_post_layernorm=True,
        ),
        "gpt2": hf.GPT2Config(
            **COMMON, n_head=HEADS, n_layer=LAYERS, n_embd=HIDDEN_SIZE, n_positions=MAX_LENGTH
        ),
    }


FAMILIES = tuple(configurations())


def make_model(family: str, dtype: torch.dtype = torch.float32) -> LoadedModel:
    """Build an open model with seeded random weights; those of norms are drawn, too."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = hf.AutoModelForCausalLM.from_config(configurations()[family])
        with torch.no_grad():
            for weight in model.parameters():
                weight.add_(0.1 * torch.randn_like(weight))
    return open_model(model.eval().to(dtype), family)


def open_model(model: Any, name: str) -> LoadedModel:
    """Give a model in memory as it is when opened."""
    config = model.config
    return LoadedModel(
        model=model,
        backbone=find_backbone(model, "causal"),
        tokenizer=None,  # type: ignore[arg-type]
        kind="causal",
        device=torch.device("cpu"),
        dtype=model.dtype,
        layers=config.num_hidden_layers,
        hidden_size=config.hidden_size,
        max_length=MAX_LENGTH,
        final_norm=True,
        name=name,
    )


def make_pair(
    length: int, swapped: tuple[int, ...], seed: int = 0, answers: tuple[int, ...] = (20, 31, 44)
) -> PatchPair:
    """Draw a prompt, and one that differs from it at some places."""
    generator = np.random.default_rng(seed)
    base = generator.integers(3, 50, length)
    donor = base.copy()
    donor[list(swapped)] = generator.integers(50, VOCABULARY, len(swapped))
    return PatchPair(tuple(base.tolist()), tuple(donor.tolist()), answers)
