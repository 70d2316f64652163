"""A language in which names of categories tell their members, and a model of single characters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from isogloss.language_models import LanguageModel, ModelSpecification
from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters
from isogloss.pipelines.counting.count_questions import LanguageLists, gather_lists

LANGUAGES = ("eng", "deu")
CATEGORIES = ("birds", "fruits", "metals", "tools")
NUMERALS = "zero one two three four five six seven eight nine ten eleven twelve".split()
CHAT_TEMPLATE = (
    "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}"
    "{% if not loop.last %}|{% endif %}{% endfor %}"
)


def make_items(per_category: int = 6, languages: tuple[str, ...] = LANGUAGES) -> pd.DataFrame:
    """Lists of 4 to 6 words with 0 to 5 members, the same ones in every language."""
    rows = []
    for place, category in enumerate(CATEGORIES):
        other = CATEGORIES[place - 1]
        for number in range(per_category):
            count, length = (number + place) % 6, 4 + number % 3
            count = min(count, length)
            words = [f"{category[:-1]}{'abcdef'[at]}" for at in range(count)]
            words += [f"{other[:-1]}{'abcdef'[at]}" for at in range(length - count)]
            rows += [
                {
                    "item_id": f"{place:08x}{number:08x}",
                    "language": language,
                    "category": category,
                    "words": words,
                    "members": [True] * count + [False] * (length - count),
                    "length": length,
                    "count": count,
                    "method": "systematic",
                    "list_id": f"{place:08x}{number:08x}",
                    "concepts": [f"{word[:-1]}s/{word}" for word in words],
                }
                for language in languages
            ]
    return pd.DataFrame(rows)


def make_names(languages: tuple[str, ...] = LANGUAGES) -> pd.DataFrame:
    return pd.DataFrame(
        [(category, code, category, category) for category in CATEGORIES for code in languages],
        columns=["category", "language", "counted", "number_of"],
    )


def make_phrases(languages: tuple[str, ...] = LANGUAGES) -> pd.DataFrame:
    texts = {
        "first": "Count {counted}: {list}. Number of {number_of}:",
        "last": "List: {list}. Number of {number_of}:",
    }
    return pd.DataFrame(
        [(code, position, text, ", ") for code in languages for position, text in texts.items()],
        columns=["language", "position", "text", "separator"],
    )


def make_numerals(languages: tuple[str, ...] = LANGUAGES) -> pd.DataFrame:
    rows = [
        (code, number, kind, form)
        for code in languages
        for number, word in enumerate(NUMERALS)
        for kind, form in (("digits", str(number)), ("word", word))
    ]
    return pd.DataFrame(rows, columns=["language", "number", "kind", "form"])


def make_lists(parameters: BenchmarkParameters, **tables: pd.DataFrame) -> dict[str, LanguageLists]:
    return gather_lists(
        tables.get("items", make_items()),
        tables.get("names", make_names()),
        tables.get("phrases", make_phrases()),
        tables.get("numerals", make_numerals()),
        parameters,
    )


def save_character_model(folder: Path, *, chat: bool = False) -> LanguageModel:
    """Save a tiny random model whose tokens are characters; 1 is the beginning of 10."""
    import torch
    import transformers
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from tokenizers.processors import TemplateProcessing

    characters = [*map(chr, range(32, 127)), "\n", "。", "，"]
    vocabulary = {one: place for place, one in enumerate(["<unk>", "<s>", "</s>", *characters])}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Split(Regex(r"[\s\S]"), "isolated")
    backend.decoder = decoders.Fuse()
    backend.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    names = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"}
    tokenizer: Any = transformers.PreTrainedTokenizerFast
    template = CHAT_TEMPLATE if chat else None
    tokenizer(tokenizer_object=backend, chat_template=template, **names).save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        config = transformers.LlamaConfig(
            vocab_size=len(vocabulary),
            hidden_size=16,
            intermediate_size=24,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=1024,
            initializer_range=0.3,
            eos_token_id=2,
        )
        transformers.LlamaForCausalLM(config).save_pretrained(folder)
    specification = {
        "kind": "causal",
        "path": str(folder),
        "dtype": "float32",
        "device": "cpu",
        "exclusive": False,
        "probe_words": ["a", "b"],
    }
    checked = ModelSpecification.model_validate(specification)
    return LanguageModel("characters", checked, str(folder.parent))
