"""Two transformers that find the members of the category asked for: one lazily, one eagerly.

Weights of an OPT are set by hand, as in `planted`. Both count the members in layer 2, head 1, at
the question: attention that is shared with the first token gives m / (m + 1) for m members.

lazy: in layer 1 the question learns which category is named, and in layer 2 its query looks for
items of that category, wherever the name stood. eager: in layer 1 every item of the category that
was named in front of it is marked, and in layer 2 the question looks for marks, whatever is asked.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import torch

from isogloss.language_models import LanguageModel
from tests.pipelines.mediation.planted import make_blank, save_model

Filter = Literal["lazy", "eager"]
ITEMS, LAYERS, HEADS = 5, 2, 2
DIGITS = [str(count) for count in range(10)]
WORDS = [f"{kind}{number}" for kind in "abu" for number in range(ITEMS)]
VOCABULARY = {word: at for at, word in enumerate(["<s>", "?", "A", "B", *WORDS, *DIGITS])}
FOUND, CONSTANT, FIRST, QUESTION, IS_A, IS_B, NAMES_A, NAMES_B, HAS_A, HAS_B, IDLE = range(11)
QUANTITIES = 11
UNITS = 2 * QUANTITIES
LARGE, SHARP, STEEP = 40.0, 60.0, 6000.0
HOLDS = {"<": FIRST, "?": QUESTION, "a": IS_A, "b": IS_B, "A": NAMES_A, "B": NAMES_B}
NAMED = {NAMES_A: HAS_A, NAMES_B: HAS_B}
SINK = (CONSTANT, FIRST)
Look = tuple[int, int, float]


def save_filter(folder: Path, working: Filter) -> LanguageModel:
    """Save a planted filter and give its handle."""
    model = make_blank(VOCABULARY, units=UNITS, layers=LAYERS, heads=HEADS)
    with torch.no_grad():
        _set_weights(model, working)
    return save_model(model, VOCABULARY, folder, working)


def _both(quantity: int, value: float) -> torch.Tensor:
    state = torch.zeros(UNITS)
    state[quantity], state[QUANTITIES + quantity] = value, -value
    return state


def _set_weights(model: Any, working: Filter) -> None:
    decoder = model.model.decoder
    decoder.embed_positions.weight.zero_()
    for word, token in VOCABULARY.items():
        held = _both(HOLDS[word[0]], 1.0) if word[0] in HOLDS else torch.zeros(UNITS)
        decoder.embed_tokens.weight[token] = _both(CONSTANT, LARGE) + held
    for layer in decoder.layers:
        for parameter in layer.parameters():
            parameter.zero_()
        layer.self_attn_layer_norm.weight.fill_(LARGE * (2 / UNITS) ** 0.5)
    weak, strong = (*SINK, SHARP / 2 / LARGE), (*SINK, SHARP / LARGE)
    first, second = (layer.self_attn for layer in decoder.layers)
    if working == "lazy":
        _attend(first, 0, [(QUESTION, name, SHARP) for name in NAMED] + [weak], NAMED)
        looks = [(HAS_A, IS_A, SHARP), (HAS_B, IS_B, SHARP), strong]
        _attend(second, 1, looks, {IS_A: FOUND, IS_B: FOUND})
    else:
        _attend(first, 0, [(IS_A, NAMES_A, SHARP), (IS_B, NAMES_B, SHARP), weak], NAMED)
        looks = [(QUESTION, HAS_A, SHARP), (QUESTION, HAS_B, SHARP), strong]
        _attend(second, 1, looks, {HAS_A: FOUND, HAS_B: FOUND})
    # A patch must do something wherever it is tried: what this head finds is never read.
    _attend(second, 0, [(NAMES_A, FIRST, 1.0)], {FIRST: IDLE})
    _read_out(model)


def _attend(attention: Any, head: int, looks: list[Look], moves: dict[int, int]) -> None:
    """Let a head look from tokens with one quantity at tokens with another, and copy some."""
    start = head * attention.head_dim
    for place, (query, key, strength) in enumerate(looks, start):
        attention.q_proj.weight[place, query] = strength * attention.head_dim**0.5
        attention.k_proj.weight[place, key] = 1
    for place, (source, target) in enumerate(moves.items(), start):
        attention.v_proj.weight[place, source] = 1
        attention.out_proj.weight[:, place] = _both(target, 1.0)


def _read_out(model: Any) -> None:
    norm = model.model.decoder.final_layer_norm
    norm.weight.fill_(LARGE * (2 / UNITS) ** 0.5)
    norm.bias.zero_()
    model.lm_head.weight.zero_()
    for count in range(10):
        # log p(c) = -STEEP (c / (c + 1) - x)^2 up to a constant, for x = m / (m + 1).
        found = count / (count + 1)
        row = _both(FOUND, STEEP * found) + _both(CONSTANT, -STEEP * found**2 / LARGE / 2)
        model.lm_head.weight[VOCABULARY[str(count)]] = row
