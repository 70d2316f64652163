"""Patching the plain way, in transformers alone: a whole pass with a hook for each patch."""

from __future__ import annotations

from typing import Any

import torch

# By name of the model's class: block, then below it the parts that add to the residual, and heads.
FAMILIES = {
    "LlamaForCausalLM": ("model.layers", "self_attn.o_proj", "mlp", "self_attn.o_proj"),
    "MistralForCausalLM": ("model.layers", "self_attn.o_proj", "mlp", "self_attn.o_proj"),
    "Qwen2ForCausalLM": ("model.layers", "self_attn.o_proj", "mlp", "self_attn.o_proj"),
    "Qwen3ForCausalLM": ("model.layers", "self_attn.o_proj", "mlp", "self_attn.o_proj"),
    "Gemma2ForCausalLM": (
        "model.layers",
        "post_attention_layernorm",
        "post_feedforward_layernorm",
        "self_attn.o_proj",
    ),
    "Gemma3ForCausalLM": (
        "model.layers",
        "post_attention_layernorm",
        "post_feedforward_layernorm",
        "self_attn.o_proj",
    ),
    "GPTNeoXForCausalLM": ("gpt_neox.layers", "attention.dense", "mlp", "attention.dense"),
    "BloomForCausalLM": (
        "transformer.h",
        "self_attention.dense",
        "mlp.dense_4h_to_h",
        "self_attention.dense",
    ),
    "OPTForCausalLM": ("model.decoder.layers", "self_attn.out_proj", "fc2", "self_attn.out_proj"),
    "PhiForCausalLM": ("model.layers", "self_attn.dense", "mlp.fc2", "self_attn.dense"),
    "GPT2LMHeadModel": ("transformer.h", "attn.c_proj", "mlp.c_proj", "attn.c_proj"),
}


def part(model: Any, component: str, layer: int) -> tuple[torch.nn.Module, bool]:
    """Give the module of a component, and whether its input (not its output) is meant."""
    blocks, attention, mlp, heads = FAMILIES[type(model).__name__]
    if component == "residual":
        module = model.get_submodule(f"{blocks}.{max(layer, 1) - 1}")
        return module, layer == 0
    name = {"attention": attention, "mlp": mlp, "head": heads}[component]
    return model.get_submodule(f"{blocks}.{layer - 1}.{name}"), component == "head"


def states(model: Any, ids: tuple[int, ...], component: str, layer: int) -> torch.Tensor:
    """Give what a component gives for a prompt: [tokens, units]."""
    seen: list[torch.Tensor] = []
    module, before = part(model, component, layer)

    def look(value: Any) -> None:
        value = value[0] if isinstance(value, tuple) else value
        seen.append(value.reshape(len(ids), -1).clone())

    if before:
        handle = module.register_forward_pre_hook(
            lambda module, args, kwargs: look(args or kwargs["hidden_states"]), with_kwargs=True
        )
    else:
        handle = module.register_forward_hook(lambda module, args, output: look(output))
    with torch.inference_mode():
        model(input_ids=torch.tensor([ids]))
    handle.remove()
    return seen[0]


def logits(model: Any, ids: tuple[int, ...]) -> torch.Tensor:
    """Give the logits of the last token: [vocabulary]."""
    with torch.inference_mode():
        last: torch.Tensor = model(input_ids=torch.tensor([ids])).logits[0, -1]
    return last


def patched_logits(
    model: Any,
    ids: tuple[int, ...],
    other: tuple[int, ...],
    site: Any,
    tokens: tuple[int, ...],
) -> torch.Tensor:
    """Give the logits of the last token if a component takes another prompt's states."""
    taken = states(model, other, site.component, site.layer)
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
