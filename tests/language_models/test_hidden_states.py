from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pytest
import torch

from isogloss.corpora import Sentence
from isogloss.language_models import layer_states
from isogloss.language_models.batching import encode_sentences, pad_batch
from isogloss.language_models.hidden_states import NonFiniteStatesError, pool_sentences
from isogloss.language_models.layer_states import backbone_arguments, find_blocks
from tests.language_models.conftest import ARCHITECTURES, ENCODERS

Opened = Callable[..., AbstractContextManager[Any]]
TEXTS = (
    "The capital of France is Paris and the water is cold",
    "old bridge",
    "Die Hauptstadt von Frankreich ist Paris",
    "Mji mkuu wa Ufaransa ni Paris na maji ya mto ni baridi, children play near the house",
)
SENTENCES = [
    Sentence("eng" if place % 2 == 0 else "deu", f"s{place}", text)
    for place, text in enumerate(TEXTS)
]


def _reference(loaded: Any, text: str, *, include_special_tokens: bool) -> dict[str, np.ndarray]:
    """Pool one sentence by itself, from what transformers returns, in numpy."""
    encoding = loaded.tokenizer(text, return_special_tokens_mask=True)
    ids = torch.tensor([encoding["input_ids"]])
    with torch.inference_mode():
        output = loaded.backbone(
            input_ids=ids, attention_mask=torch.ones_like(ids), output_hidden_states=True
        )
    keep = np.array(encoding["special_tokens_mask"]) == 0
    if include_special_tokens:
        keep[:] = True
    states = torch.stack(output.hidden_states)[:, 0].double().numpy()[:, keep]
    t = np.arange(1, states.shape[1] + 1)
    return {
        "mean": states.mean(1),
        "last": states[:, -1],
        "weighted": (states * (t / t.sum())[:, None]).sum(1),
    }


@pytest.mark.parametrize("include_special_tokens", [False, True])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_batches_give_what_transformers_gives_for_single_sentences(
    opened: Opened, architecture: str, include_special_tokens: bool
) -> None:
    with opened(architecture) as loaded:
        pooled = pool_sentences(
            loaded, SENTENCES, token_budget=64, include_special_tokens=include_special_tokens
        )
        expected = {
            sentence.sentence_id: _reference(
                loaded, sentence.text, include_special_tokens=include_special_tokens
            )
            for sentence in SENTENCES
        }
    assert pooled["eng"].sentence_ids == ("s0", "s2")
    assert pooled["deu"].sentence_ids == ("s1", "s3")
    for language in pooled.values():
        for row, identifier in enumerate(language.sentence_ids):
            for pooling, states in language.states.items():
                assert states.shape == (4, 2, 32)
                assert states.dtype == np.float32
                np.testing.assert_allclose(
                    states[:, row], expected[identifier][pooling], rtol=1e-5, atol=1e-5
                )


# Absolute positions of an encoder cannot be stated: it is never padded on the left.
@pytest.mark.parametrize("architecture", sorted({*ARCHITECTURES} - {*ENCODERS}))
def test_left_padding_changes_no_state_of_a_token(opened: Opened, architecture: str) -> None:
    with opened(architecture) as loaded, torch.inference_mode():
        encoded = encode_sentences(loaded.tokenizer, SENTENCES, None)
        states = {}
        for side in ("left", "right"):
            batch = pad_batch(encoded, padding_side=side)
            output = loaded.backbone(**backbone_arguments(loaded, batch))
            states[side] = output.last_hidden_state[batch.attention_mask.bool()]
    torch.testing.assert_close(states["left"], states["right"], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("architecture", ["gemma3", "xlm_roberta"])
def test_neither_batches_nor_order_nor_company_matter(opened: Opened, architecture: str) -> None:
    with opened(architecture) as loaded:
        one_by_one = pool_sentences(loaded, SENTENCES, token_budget=1)
        together = pool_sentences(loaded, SENTENCES[::-1], token_budget=10_000)
        alone = pool_sentences(loaded, [SENTENCES[3], SENTENCES[1]])
    for pooling, states in one_by_one["deu"].states.items():
        np.testing.assert_allclose(together["deu"].states[pooling][:, ::-1], states, atol=1e-5)
        np.testing.assert_allclose(alone["deu"].states[pooling][:, ::-1], states, atol=1e-5)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_layers_are_watched_one_by_one_in_all_architectures(
    opened: Opened, architecture: str
) -> None:
    with opened(architecture) as loaded:
        assert len(find_blocks(loaded)) == 3


def test_without_blocks_to_watch_the_model_returns_all_layers(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened("llama") as loaded:
        watched = pool_sentences(loaded, SENTENCES)
        monkeypatch.setattr(layer_states, "find_blocks", lambda loaded: [])
        returned = pool_sentences(loaded, SENTENCES)
        # Blocks that see something else than the hidden states are not believed.
        monkeypatch.setattr(
            layer_states,
            "find_blocks",
            lambda loaded: [block.mlp for block in loaded.backbone.layers],
        )
        refused = pool_sentences(loaded, SENTENCES)
    for pooling, states in watched["eng"].states.items():
        np.testing.assert_array_equal(returned["eng"].states[pooling], states)
        np.testing.assert_array_equal(refused["eng"].states[pooling], states)


def test_the_last_layer_is_after_the_final_norm(opened: Opened) -> None:
    with opened("llama") as loaded:
        states = pool_sentences(loaded, SENTENCES[1:2])["deu"].states["last"]
        ids = torch.tensor([loaded.tokenizer(TEXTS[1])["input_ids"]])
        with torch.inference_mode():
            expected = loaded.backbone(input_ids=ids).last_hidden_state[0, -1].numpy()
        assert loaded.final_norm
    np.testing.assert_allclose(states[-1, 0], expected, rtol=1e-5, atol=1e-6)


def test_a_state_that_is_not_finite_is_named(opened: Opened) -> None:
    with opened("llama") as loaded:
        with torch.no_grad():
            loaded.backbone.layers[1].mlp.down_proj.weight[0, 0] = float("nan")
        with pytest.raises(NonFiniteStatesError, match=r"'llama'.*layer 2 .*s\d of (eng|deu)"):
            pool_sentences(loaded, SENTENCES)


def test_memory_that_runs_out_costs_nothing_but_time(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened("llama") as loaded:
        expected = pool_sentences(loaded, SENTENCES, token_budget=200)
        forward = loaded.backbone.forward

        def scarce(**arguments: Any) -> Any:
            if len(arguments["input_ids"]) > 1:
                raise torch.OutOfMemoryError
            return forward(**arguments)

        monkeypatch.setattr(loaded.backbone, "forward", scarce)
        found = pool_sentences(loaded, SENTENCES, token_budget=200)
    for pooling, states in expected["eng"].states.items():
        np.testing.assert_allclose(found["eng"].states[pooling], states, atol=1e-5)


def test_truncated_sentences_are_named_and_tokens_counted(opened: Opened) -> None:
    counted: list[int] = []
    with opened("llama", max_length=8) as loaded:
        pooled = pool_sentences(loaded, SENTENCES, advance=counted.append)
        lengths = [len(loaded.tokenizer(text)["input_ids"]) for text in TEXTS]
        with pytest.raises(ValueError, match="more than the model's 8"):
            pool_sentences(loaded, SENTENCES, overlong="refuse")
    long = {f"s{place}" for place, length in enumerate(lengths) if length > 8}
    assert {*pooled["eng"].truncated, *pooled["deu"].truncated} == long
    assert long
    assert sum(counted) == sum(min(8, length) for length in lengths)
    assert pooled["eng"].tokens == min(8, lengths[0]) + min(8, lengths[2])


def test_bfloat16_states_come_near_those_in_float32(opened: Opened) -> None:
    with opened("llama") as loaded:
        exact = pool_sentences(loaded, SENTENCES, poolings=("mean",))
    with opened("llama", dtype="bfloat16") as loaded:
        rounded = pool_sentences(loaded, SENTENCES, poolings=("mean",))
    assert list(rounded["eng"].states) == ["mean"]
    assert rounded["eng"].states["mean"].dtype == np.float32
    np.testing.assert_allclose(rounded["eng"].states["mean"], exact["eng"].states["mean"], atol=0.1)
