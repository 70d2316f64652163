"""A tiny causal model whose tokens are words, and a corpus of two languages for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from isogloss.language_models import LanguageModel, ModelSpecification

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = {
    "eng": ["the water is cold", "people read letters in the house", "the capital of France is"],
    "deu": ["das Wasser ist kalt", "Leute lesen Briefe im Haus", "die Hauptstadt von Frankreich"],
    "swh": ["maji ni baridi", "watu wanasoma barua", "mji mkuu wa Ufaransa"],
}
# Known to the tokenizer check as whole words.
PROBE_WORDS = ["water", "people", "house"]


def _save_model(folder: Path) -> None:
    import torch
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers
    from tokenizers.processors import TemplateProcessing

    words = sorted({word for texts in TEXTS.values() for text in texts for word in text.split()})
    vocabulary = {word: place for place, word in enumerate(["<unk>", "<s>", "</s>", *words])}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    backend.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    names = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"}
    tokenizer: Any = transformers.PreTrainedTokenizerFast
    tokenizer(tokenizer_object=backend, **names).save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        config = transformers.LlamaConfig(
            vocab_size=len(vocabulary),
            hidden_size=16,
            intermediate_size=24,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=32,
        )
        transformers.LlamaForCausalLM(config).save_pretrained(folder)


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("representation") / "words"
    _save_model(folder)
    return folder


@pytest.fixture
def lm(model_folder: Path, tmp_path: Path) -> LanguageModel:
    specification: dict[str, Any] = {
        "kind": "causal",
        "path": str(model_folder),
        "dtype": "float32",
        "device": "cpu",
        "probe_words": PROBE_WORDS,
    }
    return LanguageModel("words", ModelSpecification(**specification), str(tmp_path))


@pytest.fixture
def parallel_sentences() -> pd.DataFrame:
    rows = [
        (language, str(9 + place), text)
        for language, texts in TEXTS.items()
        for place, text in enumerate(texts)
    ]
    return pd.DataFrame(rows, columns=["language", "sentence_id", "text"])


@pytest.fixture
def sentence_samples() -> pd.DataFrame:
    return pd.DataFrame({"sample": [0, 0, 1, 1], "sentence_id": ["10", "9", "10", "11"]})
