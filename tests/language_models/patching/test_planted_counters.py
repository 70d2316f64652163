"""Two Llamas with weights set by hand that count alike and keep the count in different places.

Both read a start token, six words that are members (1) or not (0), and an end token, after which
the logit of each number c is c n - c^2 / 2, where n is the number of members. One counts on the
way: in layer l each token takes the count of the token before it and adds itself, so the count
moves on by one token a layer. The other aggregates at the end: the last token of the prompt looks
at all words at once, in layer 4.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch

from isogloss.language_models.patching.attribution import attribute
from isogloss.language_models.patching.interventions import Edges, knock_out
from isogloss.language_models.patching.patches import run_patches
from isogloss.language_models.patching.sites import PatchPair, list_sites
from tests.language_models.patching import naive
from tests.language_models.patching.models import hf, open_model

WORDS = 6
TOKENS = LAYERS = WORDS + 2
START, OTHER, MEMBER, END = 10, 11, 12, 13
NUMBERS = tuple(range(WORDS + 2))
# Units of the residual: a constant, whether the token is a member, and the count of each layer.
CONSTANT, MEMBERSHIP, COUNT = 0, 1, 1
# So much larger than counts that the norms divide by the same everywhere.
LARGE = 1e4
HEAD_UNITS, HIDDEN_SIZE = 16, 32
AGGREGATES_IN = 4


def blank() -> Any:
    config = hf.LlamaConfig(
        vocab_size=16,
        hidden_size=HIDDEN_SIZE,
        intermediate_size=8,
        num_hidden_layers=LAYERS,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=64,
    )
    model = hf.AutoModelForCausalLM.from_config(config).eval()
    for name, weight in model.named_parameters():
        torch.nn.init.constant_(weight, HIDDEN_SIZE**-0.5 if "norm" in name else 0.0)
    with torch.no_grad():
        model.model.embed_tokens.weight[:, CONSTANT] = LARGE
        model.model.embed_tokens.weight[MEMBER, MEMBERSHIP] = 1
        for number in NUMBERS:
            model.lm_head.weight[number, CONSTANT] = -(number**2) / 2
            model.lm_head.weight[number, COUNT + LAYERS] = number * LARGE
    return model


def add_head(
    block: Any, head: int, reads: int, writes: int, back: int | None, scale: float
) -> None:
    """Have a head add a unit of the token `back` before (None: the mean of all so far)."""
    attention, first = block.self_attn, head * HEAD_UNITS
    with torch.no_grad():
        if back is not None:
            # Rotary positions turn queries and keys by one radian a token in these two units.
            attention.q_proj.weight[first, CONSTANT] = 4000
            attention.k_proj.weight[first, CONSTANT] = np.cos(back)
            attention.k_proj.weight[first + HEAD_UNITS // 2, CONSTANT] = np.sin(back)
        attention.v_proj.weight[first, reads] = LARGE * scale
        attention.o_proj.weight[writes, first] = 1


def counts_on_the_way() -> Any:
    model = blank()
    for layer, block in enumerate(model.model.layers, 1):
        if layer > 1:
            add_head(block, 0, COUNT + layer - 1, COUNT + layer, back=1, scale=1)
        add_head(block, 1, MEMBERSHIP, COUNT + layer, back=0, scale=1)
    return open_model(model, "on_the_way")


def aggregates_at_the_end() -> Any:
    model = blank()
    block = model.model.layers[AGGREGATES_IN - 1]
    add_head(block, 0, MEMBERSHIP, COUNT + LAYERS, back=None, scale=TOKENS)
    return open_model(model, "at_the_end")


MODELS = {"on_the_way": counts_on_the_way, "at_the_end": aggregates_at_the_end}


def prompt(members: tuple[int, ...]) -> tuple[int, ...]:
    return (START, *(MEMBER if one else OTHER for one in members), END)


def effects(loaded: Any, base: tuple[int, ...], donor: tuple[int, ...]) -> Any:
    """Give the change of the count of the base run: {component: [layers, tokens]}."""
    # The slope of logits over numbers is the count, but for a constant.
    pair = PatchPair(prompt(base), prompt(donor), (0, 1))
    sites = list_sites(LAYERS, 2, ("residual", "attention", "mlp"))
    run = run_patches(loaded, [pair], sites, [range(TOKENS)])
    changes = (run.noising[0] - run.base[0]) @ np.array([-1.0, 1.0])
    return {
        component: changes[[site.component == component for site in sites]]
        for component in ("residual", "attention", "mlp")
    }


@pytest.mark.parametrize("name", MODELS)
def test_both_count(name: str) -> None:
    loaded = MODELS[name]()
    for members in itertools.product((0, 1), repeat=WORDS):
        logits = naive.logits(loaded.model, prompt(members))[list(NUMBERS)]
        assert int(logits.argmax()) == sum(members)


BASE, DONOR = (1, 0, 0, 1, 0, 1), (1, 0, 1, 1, 0, 1)
SWAPPED, LAST = 3, TOKENS - 1


def test_a_count_kept_on_the_way_moves_over_later_words() -> None:
    found = effects(counts_on_the_way(), BASE, DONOR)
    expected = np.zeros((LAYERS + 1, TOKENS))
    # What counts the swapped word stays there until the count of the words before arrives.
    for layer in range(LAYERS + 1):
        expected[layer, max(SWAPPED, layer - 1)] = 1
    np.testing.assert_allclose(found["residual"], expected, atol=1e-3)
    moved = np.zeros((LAYERS, TOKENS))
    for layer in range(SWAPPED + 1, LAYERS + 1):
        moved[layer - 1, layer - 1] = 1
    np.testing.assert_allclose(found["attention"], moved, atol=1e-3)
    np.testing.assert_allclose(found["mlp"], 0, atol=1e-3)


def test_a_count_made_at_the_end_jumps_there() -> None:
    found = effects(aggregates_at_the_end(), BASE, DONOR)
    expected = np.zeros((LAYERS + 1, TOKENS))
    expected[:AGGREGATES_IN, SWAPPED] = 1
    expected[AGGREGATES_IN:, LAST] = 1
    np.testing.assert_allclose(found["residual"], expected, atol=1e-3)
    jump = np.zeros((LAYERS, TOKENS))
    jump[AGGREGATES_IN - 1, LAST] = 1
    np.testing.assert_allclose(found["attention"], jump, atol=1e-3)


@pytest.mark.parametrize("name", MODELS)
def test_relocation_changes_the_count_between_its_places_if_it_is_kept(name: str) -> None:
    # The member in place 2 goes to place 5: the number is the same, the running count is not.
    found = effects(MODELS[name](), (0, 1, 0, 1, 0, 0), (0, 0, 0, 1, 1, 0))["residual"]
    expected = np.zeros((LAYERS + 1, TOKENS))
    for layer in range(LAYERS + 1):
        counted = layer - 1 if name == "on_the_way" else LAST * (layer >= AGGREGATES_IN)
        if counted < 5:
            expected[layer, max(2, counted)] = -1
            expected[layer, 5] = 1
    np.testing.assert_allclose(found, expected, atol=1e-3)
    between = expected[:, 3:5]
    assert between.any() == (name == "on_the_way")


def test_cutting_the_last_token_off_a_word_tells_them_apart() -> None:
    edges = [[Edges((LAST,), (SWAPPED,))]]
    kept, lost = (
        knock_out(MODELS[name](), [prompt(DONOR)], [(0, 1)], edges, range(1, LAYERS + 1))
        for name in ("on_the_way", "at_the_end")
    )
    changes = [(run.after - run.before)[0] @ [-1, 1] for run in (kept, lost)]
    assert changes[0] == pytest.approx(0, abs=1e-3)
    # What is left gets its share of the weight: 3 members among 7 tokens instead of 4 among 8.
    assert changes[1] == pytest.approx(TOKENS * (3 / 7 - 4 / 8), abs=1e-3)


@pytest.mark.parametrize("name", MODELS)
def test_attribution_finds_what_patches_find(name: str) -> None:
    loaded = MODELS[name]()
    pair = PatchPair(prompt(BASE), prompt(DONOR), (0, 1))
    sites = list_sites(LAYERS, 2, ("residual", "attention"))
    found = attribute(loaded, [pair], [(-1.0, 1.0)], sites, [range(TOKENS)])
    exact = effects(loaded, BASE, DONOR)
    expected = np.concatenate([exact["residual"], exact["attention"]])
    np.testing.assert_allclose(found.noising[0], expected, atol=1e-2)
