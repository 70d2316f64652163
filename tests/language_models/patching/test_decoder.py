from __future__ import annotations

from typing import Any

import pytest
import torch

from isogloss.errors import Refusal
from isogloss.language_models.patching.decoder import take_apart
from isogloss.language_models.patching.restart import can_cut_last_block
from isogloss.language_models.patching.workbench import set_up
from tests.language_models.patching import naive
from tests.language_models.patching.models import (
    FAMILIES,
    HEADS,
    HIDDEN_SIZE,
    LAYERS,
    hf,
    make_model,
    open_model,
)
from tests.language_models.patching.models import USUAL as usual

TOKENS = tuple(range(5, 25))


@pytest.mark.parametrize("family", FAMILIES)
def test_parts_are_found_by_what_they_add(family: str) -> None:
    loaded = make_model(family)
    decoder = take_apart(loaded, TOKENS)
    assert decoder.heads == HEADS
    assert decoder.units == (16 if family == "qwen3" else HIDDEN_SIZE // HEADS)
    states = naive.all_states(loaded.model, TOKENS)
    for layer, block in enumerate(decoder.blocks, 1):
        assert_gives(block.attention, loaded.model, states["attention", layer])
        assert_gives(block.mlp, loaded.model, states["mlp", layer])
        assert_gives(block.heads, loaded.model, states["head", layer], its_input=True)


def assert_gives(
    part: torch.nn.Module, model: Any, expected: torch.Tensor, *, its_input: bool = False
) -> None:
    seen: list[torch.Tensor] = []
    handle = part.register_forward_hook(
        lambda module, args, output: seen.append(args[0] if its_input else output)
    )
    naive.logits(model, TOKENS)
    handle.remove()
    torch.testing.assert_close(seen[0].reshape(expected.shape), expected)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_last_block_is_cut_where_that_changes_nothing(family: str) -> None:
    bench = set_up(make_model(family), [TOKENS], 100)
    assert bench.cut_last


def test_a_last_block_that_mixes_tokens_is_not_cut() -> None:
    loaded = make_model("llama")
    mlp = loaded.backbone.layers[-1].mlp
    forward = mlp.forward
    mlp.forward = lambda states: forward(states - states.mean(1, keepdim=True))
    bench = set_up(loaded, [TOKENS], 100)
    with torch.inference_mode():
        assert not can_cut_last_block(bench.decoder, bench.reader, TOKENS)


def test_parts_that_do_not_add_up_are_refused() -> None:
    torch.manual_seed(0)
    config = hf.GraniteConfig(**usual, intermediate_size=48, residual_multiplier=0.2)
    loaded = open_model(hf.AutoModelForCausalLM.from_config(config).eval(), "granite")
    with pytest.raises(
        Refusal, match=r"'granite' \(granite\) cannot be patched: block 1 .* Sought were an output"
    ):
        take_apart(loaded, TOKENS)


def test_models_without_blocks_of_their_own_are_refused() -> None:
    loaded = make_model("llama")
    loaded.layers = LAYERS + 1
    with pytest.raises(Refusal, match="no list of 4 blocks"):
        take_apart(loaded, TOKENS)


def test_blocks_that_run_more_than_once_are_refused() -> None:
    loaded = make_model("llama")
    layers: Any = loaded.backbone.layers
    forward = layers[1].forward
    layers[1].forward = lambda states, **kwargs: forward(layers[0](states, **kwargs), **kwargs)
    with pytest.raises(Refusal, match="3 blocks ran 4 times"):
        take_apart(loaded, TOKENS)


def test_other_models_than_causal_ones_are_refused() -> None:
    loaded = make_model("llama")
    loaded.kind = "encoder"
    with pytest.raises(Refusal, match="only causal ones"):
        take_apart(loaded, TOKENS)
