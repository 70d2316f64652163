from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from copy import deepcopy
from typing import Any

import numpy as np
import pytest
import torch

from isogloss.corpora import Sentence
from isogloss.language_models import output_layer
from isogloss.language_models.information import measure_information
from tests.language_models.conftest import halve_logits

Opened = Callable[..., AbstractContextManager[Any]]
TEXTS = (
    "The capital of France is Paris and the water is cold",
    "old bridge",
    "Die Hauptstadt von Frankreich ist Paris",
)
SENTENCES = [Sentence("eng", f"s{place}", text) for place, text in enumerate(TEXTS)]


def _naive_bits(loaded: Any, text: str, start: int) -> tuple[int, float]:
    """Sum -log2 p over the tokens of one sentence from the full logits, in float64."""
    ids = [start, *loaded.tokenizer(text, add_special_tokens=False)["input_ids"]]
    with torch.inference_mode():
        logits = loaded.model(input_ids=torch.tensor([ids])).logits[0].double()
    probabilities = torch.log_softmax(logits, -1)
    nats = -sum(probabilities[place, token].item() for place, token in enumerate(ids[1:]))
    return len(ids) - 1, nats / math.log(2)


# llama and gemma3 put BOS in front themselves, the others have one that the tokenizer leaves out.
@pytest.mark.parametrize("architecture", ["llama", "gemma3", "gpt_neox", "bloom", "opt"])
def test_bits_equal_those_from_full_logits(
    opened: Opened, architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Three tokens a chunk, two of which are turned at once: both end within sentences.
    monkeypatch.setattr(output_layer, "LOGITS_AT_ONCE", 3 * 640)
    monkeypatch.setattr(output_layer, "FLOATS_AT_ONCE", 2 * 640)
    with opened(architecture) as loaded:
        table = measure_information(loaded, SENTENCES)
        expected = [_naive_bits(loaded, text, loaded.tokenizer.bos_token_id) for text in TEXTS]
    assert table["sentence_id"].tolist() == ["s0", "s1", "s2"]
    assert table["tokens"].tolist() == [tokens for tokens, _ in expected]
    np.testing.assert_allclose(table["bits"], [bits for _, bits in expected], rtol=1e-5)


def test_an_output_layer_with_unknown_scaling_falls_back_to_the_whole_model(opened: Opened) -> None:
    with opened("llama") as loaded:
        halve_logits(loaded)
        table = measure_information(loaded, SENTENCES)
        expected = [_naive_bits(loaded, text, loaded.tokenizer.bos_token_id)[1] for text in TEXTS]
    np.testing.assert_allclose(table["bits"], expected, rtol=1e-5)


def test_eos_is_the_start_where_there_is_no_bos_and_none_of_both_is_an_error(
    opened: Opened,
) -> None:
    with opened("gpt_neox") as loaded:
        loaded.tokenizer = deepcopy(loaded.tokenizer)
        loaded.tokenizer.bos_token = None
        table = measure_information(loaded, SENTENCES[:1])
        _, expected = _naive_bits(loaded, TEXTS[0], loaded.tokenizer.eos_token_id)
        assert table["bits"].item() == pytest.approx(expected, rel=1e-5)
        loaded.tokenizer.eos_token = None
        with pytest.raises(ValueError, match="neither BOS nor EOS"):
            measure_information(loaded, SENTENCES[:1])


def test_truncated_sentences_have_no_bits(opened: Opened) -> None:
    with opened("llama", max_length=8) as loaded:
        table = measure_information(loaded, SENTENCES)
        whole = len(loaded.tokenizer(TEXTS[1])["input_ids"]) <= 8
        with pytest.raises(ValueError, match="more than the model's 8"):
            measure_information(loaded, SENTENCES, overlong="refuse")
    assert whole
    assert table["bits"].isna().tolist() == [True, False, False]
    assert table["tokens"].tolist()[0] == 7


def test_order_and_batches_do_not_matter(opened: Opened) -> None:
    with opened("gemma3") as loaded:
        one_by_one = measure_information(loaded, SENTENCES, token_budget=1)
        together = measure_information(loaded, SENTENCES[::-1], token_budget=10_000)
    np.testing.assert_allclose(together["bits"][::-1], one_by_one["bits"], rtol=1e-5)


def test_only_causal_models_have_information(opened: Opened) -> None:
    with (
        opened("xlm_roberta", kind="encoder") as loaded,
        pytest.raises(ValueError, match="kind 'encoder'"),
    ):
        measure_information(loaded, SENTENCES)


def test_a_log_likelihood_that_is_not_finite_is_named(opened: Opened) -> None:
    with opened("llama") as loaded:
        with torch.no_grad():
            loaded.model.lm_head.weight.fill_(float("nan"))
        with pytest.raises(ArithmeticError, match=r"sentence s\d of eng"):
            measure_information(loaded, SENTENCES)
