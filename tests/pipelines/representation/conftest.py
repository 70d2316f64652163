"""A tiny causal model whose tokens are words, and a corpus of two languages for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from tests.models import local_model, number_tokens, save_decoder
from tests.sentences import tabulate_sentences

if TYPE_CHECKING:
    from pathlib import Path

    from isogloss.language_models import LanguageModel

TEXTS = {
    "eng": ["the water is cold", "people read letters in the house", "the capital of France is"],
    "deu": ["das Wasser ist kalt", "Leute lesen Briefe im Haus", "die Hauptstadt von Frankreich"],
    "swh": ["maji ni baridi", "watu wanasoma barua", "mji mkuu wa Ufaransa"],
}
# Known to the tokenizer check as whole words.
PROBE_WORDS = ["water", "people", "house"]


def _save_model(folder: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = sorted({word for texts in TEXTS.values() for text in texts for word in text.split()})
    tokenizer = Tokenizer(models.WordLevel(number_tokens(words), unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    save_decoder(folder, tokenizer, seed=1, positions=32)


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("representation") / "words"
    _save_model(folder)
    return folder


@pytest.fixture
def lm(model_folder: Path, tmp_path: Path) -> LanguageModel:
    return local_model(model_folder, tmp_path, "words", probe_words=PROBE_WORDS)


@pytest.fixture
def parallel_sentences() -> pd.DataFrame:
    return tabulate_sentences(TEXTS, first=9)


@pytest.fixture
def sentence_samples() -> pd.DataFrame:
    return pd.DataFrame({"sample": [0, 0, 1, 1], "sentence_id": ["10", "9", "10", "11"]})
