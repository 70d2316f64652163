"""Two transformers with known workings: one counts as it reads, the other adds up at the end.

Weights of an OPT are set by hand. Every quantity is held twice, with both signs, so that the layer
norm finds the mean 0; a large constant keeps the norm's divisor nearly the same for all tokens. A
list has five items; `m0`..`m5` are members, `u0`..`u5` are not.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import torch
import transformers

from isogloss.language_models import LanguageModel, ModelSpecification

hf: Any = transformers
Working = Literal["counter", "aggregator"]
ITEMS = 5
LAYERS = ITEMS
PLACES = ITEMS + 2  # <s>, the items, and the question
WORDS = ["<s>", "?", *(f"m{number}" for number in range(6)), *(f"u{number}" for number in range(6))]
DIGITS = [str(count) for count in range(10)]
VOCABULARY = {word: place for place, word in enumerate([*WORDS, *DIGITS])}
COUNT, CONSTANT, FIRST_PLACE = 0, 1, 2
QUANTITIES = FIRST_PLACE + PLACES
UNITS = 2 * QUANTITIES
LARGE, SHARP, STEEP = 40.0, 60.0, 1.5
# The aggregator adds up two items in the last layer but one, the others in the last.
FIRST_HALF, SECOND_HALF = slice(2), slice(2, None)


def _both(quantity: int, value: float) -> torch.Tensor:
    """Give a state that holds a quantity with both signs."""
    state = torch.zeros(UNITS)
    state[quantity], state[QUANTITIES + quantity] = value, -value
    return state


def _looks_at(working: Working, layer: int, place: int) -> list[int]:
    """Give the places that a token looks at: the first one, which holds nothing, if none."""
    if working == "counter":
        if place == layer + 1 and place > 1:
            return [place - 1]
        return [0]
    if layer >= LAYERS - 1 and place == PLACES - 1:
        return list(range(1, ITEMS + 1))[FIRST_HALF if layer < LAYERS else SECOND_HALF]
    return [0]


def _set_layer(layer: Any, working: Working, number: int) -> None:
    for parameter in layer.parameters():
        parameter.zero_()
    norm = layer.self_attn_layer_norm
    norm.weight.fill_(LARGE * (2 / UNITS) ** 0.5)
    layer.final_layer_norm.weight.fill_(1)
    attention = layer.self_attn
    for place in range(PLACES):
        source = FIRST_PLACE + place
        attention.k_proj.weight[place, source] = 1
        for target in _looks_at(working, number, place):
            attention.q_proj.weight[target, source] = SHARP * attention.head_dim**0.5
    seen = len(_looks_at(working, number, PLACES - 1))
    attention.v_proj.weight[PLACES, COUNT] = seen
    attention.out_proj.weight[COUNT, PLACES] = 1
    attention.out_proj.weight[QUANTITIES + COUNT, PLACES] = -1


def _set_weights(model: Any, working: Working) -> None:
    decoder = model.model.decoder
    embeddings, positions = decoder.embed_tokens.weight, decoder.embed_positions.weight
    embeddings.zero_()
    positions.zero_()
    for word, token in VOCABULARY.items():
        embeddings[token] = _both(CONSTANT, LARGE) + _both(COUNT, float(word.startswith("m")))
    for place in range(PLACES):
        positions[place + 2] = _both(FIRST_PLACE + place, 1.0)
    for number, layer in enumerate(decoder.layers, 1):
        _set_layer(layer, working, number)
    decoder.final_layer_norm.weight.fill_(LARGE * (2 / UNITS) ** 0.5)
    decoder.final_layer_norm.bias.zero_()
    model.lm_head.weight.zero_()
    for count in range(10):
        # log p(c) = -STEEP (c - x)^2 up to a constant, for a count x in the state.
        row = _both(COUNT, STEEP * count) + _both(CONSTANT, -STEEP * count**2 / LARGE / 2)
        model.lm_head.weight[VOCABULARY[str(count)]] = row


def save_planted(folder: Path, working: Working) -> LanguageModel:
    """Save a planted model and give its handle."""
    model = make_blank(VOCABULARY, units=UNITS, layers=LAYERS, heads=1)
    with torch.no_grad():
        _set_weights(model, working)
    return save_model(model, VOCABULARY, folder, working)


def make_blank(vocabulary: dict[str, int], *, units: int, layers: int, heads: int) -> Any:
    """Make an OPT whose weights are yet to be set."""
    config = hf.OPTConfig(
        vocab_size=len(vocabulary),
        hidden_size=units,
        word_embed_proj_dim=units,
        ffn_dim=4,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        max_position_embeddings=32,
        tie_word_embeddings=False,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=0,
        dropout=0.0,
    )
    return hf.OPTForCausalLM(config)


def save_model(model: Any, vocabulary: dict[str, int], folder: Path, name: str) -> LanguageModel:
    """Save a model with a tokenizer of whole words, and give its handle."""
    from tokenizers import Tokenizer, models, pre_tokenizers

    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="?"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = hf.PreTrainedTokenizerFast(
        tokenizer_object=backend, bos_token="<s>", eos_token="?", unk_token="?", pad_token="<s>"
    )
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    specification = ModelSpecification.model_validate(
        {
            "kind": "causal",
            "path": str(folder),
            "dtype": "float32",
            "device": "cpu",
            "exclusive": False,
            "probe_words": [],
        }
    )
    return LanguageModel(name, specification, str(folder.parent))
