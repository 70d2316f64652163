"""Patching the plain way, in transformers alone: a whole pass with a hook for each patch."""

from __future__ import annotations

from typing import Any

import torch

LLAMA = ("model.layers", "self_attn.o_proj", "mlp", "self_attn.o_proj")
GEMMA = (
    "model.layers",
    "post_attention_layernorm",
    "post_feedforward_layernorm",
    "self_attn.o_proj",
)
NEOX = ("gpt_neox.layers", "attention.dense", "mlp", "attention.dense")
OPT = ("model.decoder.layers", "self_attn.out_proj", "fc2", "self_attn.out_proj")
BLOOM = (
    "transformer.h",
    "self_attention.dense",
    "mlp.dense_4h_to_h",
    "self_attention.dense",
)
# By class: the blocks, then below one what attention and MLP add, and what reads the heads.
PARTS = {
    "GemmaForCausalLM": GEMMA,
    "Gemma2ForCausalLM": GEMMA,
    "Gemma3ForCausalLM": GEMMA,
    "Olmo2ForCausalLM": GEMMA,
    "GPTNeoXForCausalLM": NEOX,
    "OPTForCausalLM": OPT,
    "BloomForCausalLM": BLOOM,
    "PhiForCausalLM": ("model.layers", "self_attn.dense", "mlp", "self_attn.dense"),
    "GPT2LMHeadModel": ("transformer.h", "attn.c_proj", "mlp", "attn.c_proj"),
}


def part(model: Any, component: str, layer: int) -> tuple[torch.nn.Module, bool]:
    """Give the module of a component, and whether its input (not its output) is meant."""
    blocks, attention, mlp, heads = PARTS.get(type(model).__name__, LLAMA)
    if component == "residual":
        return model.get_submodule(f"{blocks}.{max(layer, 1) - 1}"), layer == 0
    name = {"attention": attention, "mlp": mlp, "head": heads}[component]
    return model.get_submodule(f"{blocks}.{layer - 1}.{name}"), component == "head"


def all_states(model: Any, ids: tuple[int, ...]) -> dict[tuple[str, int], torch.Tensor]:
    """Give what all components give for a prompt: [tokens, units] each."""
    seen: dict[tuple[str, int], torch.Tensor] = {}
    handles = []

    def look(key: tuple[str, int], value: Any) -> None:
        value = value[0] if isinstance(value, tuple) else value
        seen[key] = value.reshape(len(ids), -1).clone()

    def watch(key: tuple[str, int]) -> Any:
        module, before = part(model, *key)
        if before:
            return module.register_forward_pre_hook(
                lambda module, args, kwargs: look(key, args or kwargs["hidden_states"]),
                with_kwargs=True,
            )
        return module.register_forward_hook(lambda module, args, output: look(key, output))

    for layer in range(model.config.num_hidden_layers + 1):
        for component in ("residual", "attention", "mlp", "head") if layer else ("residual",):
            handles.append(watch((component, layer)))
    logits(model, ids)
    for handle in handles:
        handle.remove()
    return seen


def logits(model: Any, ids: tuple[int, ...]) -> torch.Tensor:
    """Give the logits of the last token: [vocabulary]."""
    with torch.inference_mode():
        output = model(input_ids=torch.tensor([ids]), logits_to_keep=1)
        last: torch.Tensor = output.logits[0, -1]
    return last


def patched_logits(
    model: Any,
    ids: tuple[int, ...],
    taken: torch.Tensor,
    site: Any,
    tokens: tuple[int, ...],
) -> torch.Tensor:
    """Give the logits of the last token if a component gives something else at some tokens."""
    module, before = part(model, site.component, site.layer)
    units = slice(None)
    if site.component == "head":
        width = taken.shape[-1] // model.config.num_attention_heads
        units = slice(site.head * width, (site.head + 1) * width)

    def put(value: torch.Tensor) -> torch.Tensor:
        changed = value.reshape(len(ids), -1).clone()
        for token in tokens:
            changed[token, units] = taken[token, units]
        return changed.reshape(value.shape)

    def before_it(module: Any, args: Any, kwargs: Any) -> Any:
        if args:
            return (put(args[0]), *args[1:]), kwargs
        return args, {**kwargs, "hidden_states": put(kwargs["hidden_states"])}

    def behind_it(module: Any, args: Any, output: Any) -> Any:
        return (put(output[0]), *output[1:]) if isinstance(output, tuple) else put(output)

    if before:
        handle = module.register_forward_pre_hook(before_it, with_kwargs=True)
    else:
        handle = module.register_forward_hook(behind_it)
    try:
        return logits(model, ids)
    finally:
        handle.remove()
