"""A tiny random model whose tokens are bytes, so that it reads and writes any language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from isogloss.language_models import LanguageModel, ModelSpecification

CHAT_TEMPLATE = (
    "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}"
    "{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)


def save_speaker(folder: Path, template: str | None = None) -> LanguageModel:
    """Save the model into a folder, and give its handle in float32 on the CPU."""
    import torch
    import transformers
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from tokenizers.processors import TemplateProcessing

    specials = ["<unk>", "<s>", "</s>"]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {one: place for place, one in enumerate([*specials, *alphabet])}
    backend = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    backend.decoder = decoders.ByteLevel()
    backend.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    names = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"}
    tokenizer: Any = transformers.PreTrainedTokenizerFast
    tokenizer(tokenizer_object=backend, chat_template=template, **names).save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(4)
        config = transformers.LlamaConfig(
            vocab_size=len(vocabulary),
            hidden_size=16,
            intermediate_size=24,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=2048,
            initializer_range=0.3,
            bos_token_id=1,
            eos_token_id=2,
        )
        transformers.LlamaForCausalLM(config).save_pretrained(folder)
    specification = {
        "kind": "causal",
        "path": str(folder),
        "dtype": "float32",
        "device": "cpu",
        "exclusive": False,
        "probe_words": [],
    }
    checked = ModelSpecification.model_validate(specification)
    return LanguageModel(folder.name, checked, str(folder.parent))
