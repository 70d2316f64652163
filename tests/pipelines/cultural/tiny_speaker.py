"""A tiny random model whose tokens are bytes, so that it reads and writes any language."""

from __future__ import annotations

from pathlib import Path

from isogloss.language_models import LanguageModel
from tests.models import local_model, number_tokens, save_decoder


def save_speaker(folder: Path, template: str | None = None) -> LanguageModel:
    """Save the model into a folder, and give its handle in float32 on the CPU."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    vocabulary = number_tokens(sorted(pre_tokenizers.ByteLevel.alphabet()))
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    save_decoder(
        folder, tokenizer, seed=4, positions=2048, template=template, initializer_range=0.3
    )
    return local_model(folder, folder.parent, folder.name, exclusive=False, probe_words=[])
