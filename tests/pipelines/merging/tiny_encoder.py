"""A tiny encoder whose tokens are words, and intents of three locales that words tell apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.language_models.finetuning_recipe import FinetuningRecipe
from isogloss.pipelines.merging.finetuning_parameters import FinetuningParameters
from tests.models import bert_config, local_model, word_tokenizer

if TYPE_CHECKING:
    from pathlib import Path

    from isogloss.language_models import LanguageModel

# locale -> intent -> the word that says it
TELLING = {
    "de-DE": {"alarm_set": "wecker", "play_music": "musik"},
    "en-US": {"alarm_set": "alarm", "play_music": "music"},
    "zh-CN": {"alarm_set": "naozhong", "play_music": "yinyue"},
}
AROUND = ("a", "b", "c", "d", "e", "f")
COUNTS = {"train": 24, "dev": 6, "test": 4}
RECIPE = FinetuningRecipe(
    epochs=6, learning_rate=1e-2, head_learning_rate=2e-2, batch_size=2, patience=None
)
PARAMETERS = FinetuningParameters(recipe=RECIPE, fewest_train_rows=24, fewest_dev_rows=6)


def save_encoder(folder: Path) -> None:
    """Save a BERT of two layers that can spell two of the three locales."""
    import torch
    import transformers

    # zh-CN cannot be spelled.
    words = [word for locale in ("de-DE", "en-US") for word in TELLING[locale].values()]
    tokenizer = word_tokenizer([*AROUND, *words])
    tokenizer.save_pretrained(folder)
    config = bert_config(len(tokenizer), 12, pad_token_id=0)
    with torch.random.fork_rng():
        torch.manual_seed(1)
        transformers.BertModel(config).save_pretrained(folder)


def local_encoder(folder: Path, models_root: Path) -> LanguageModel:
    """Give the handle of the encoder in a folder."""
    return local_model(folder, models_root, "words", kind="encoder", probe_words=("alarm", "music"))


def make_intents() -> pd.DataFrame:
    """Give a table of intents, the same utterances in every locale but for the telling word."""
    rng = np.random.default_rng(0)
    rows = []
    for partition, count in COUNTS.items():
        for number in range(count):
            around = [str(word) for word in rng.choice(AROUND, rng.integers(1, 5))]
            intent = ("alarm_set", "play_music")[number % 2]
            for locale, words in TELLING.items():
                text = " ".join([*around, words[intent]])
                item = f"{partition}{number}"
                rows.append((locale, partition, item, intent.split("_")[0], intent, text))
    columns = ["locale", "partition", "item_id", "scenario", "intent", "text"]
    return pd.DataFrame(rows, columns=columns)
