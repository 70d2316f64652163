from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import transformers

from isogloss.language_models import LanguageModel, ModelSpecification
from tests.pipelines.mediation.word_tables import PHRASES, WORDS

hf: Any = transformers
SPECIALS = ["<unk>", "<s>", "</s>", "<turn>", "</turn>"]
TEMPLATE = (
    "<s>{% for message in messages %}<turn>{{ message['role'] }}\n{{ message['content'] }}"
    "{% if not (loop.last and continue_final_message) %}</turn>\n{% endif %}{% endfor %}"
)


def _texts() -> list[str]:
    lists = [f"{', '.join(words.split())}." for words in WORDS.values()]
    names = " ".join(WORDS)
    phrases = [
        text.format(counted=names, number_of=names, list=", ".join(WORDS))
        for text in PHRASES.values()
    ]
    digits = [
        f"Number of {name}: {count}\nLast item: {count}" for name in WORDS for count in range(10)
    ]
    return [*lists * 20, *phrases * 20, *digits, "user assistant"]


def _byte_level() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=1000,
        special_tokens=SPECIALS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(_texts(), trainer)
    return backend


def _sentence_piece() -> Any:
    """Like Llama 2 and Gemma: blanks are signs, every digit is a token, other signs are bytes."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from tokenizers.processors import TemplateProcessing

    byte_tokens = [f"<0x{byte:02X}>" for byte in range(256)]
    backend = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(prepend_scheme="first"),
            pre_tokenizers.Punctuation(),
            pre_tokenizers.Digits(individual_digits=True),
        ]
    )
    backend.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=1000, special_tokens=[*SPECIALS, *byte_tokens], show_progress=False
    )
    backend.train_from_iterator(_texts(), trainer)
    backend.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return backend


BACKENDS: dict[str, Callable[[], Any]] = {
    "byte_level": _byte_level,
    "sentence_piece": _sentence_piece,
}


def train_tokenizer(kind: str, *, chat: bool = False) -> Any:
    names = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"}
    tokenizer = hf.PreTrainedTokenizerFast(
        tokenizer_object=BACKENDS[kind](),
        additional_special_tokens=["<turn>", "</turn>"],
        **names,
    )
    if chat:
        tokenizer.chat_template = TEMPLATE
    return tokenizer


@pytest.fixture(scope="session")
def tokenizers() -> Callable[..., Any]:
    made: dict[tuple[str, bool], Any] = {}

    def give(kind: str, *, chat: bool = False) -> Any:
        if (kind, chat) not in made:
            made[kind, chat] = train_tokenizer(kind, chat=chat)
        return made[kind, chat]

    return give


@pytest.fixture(scope="session")
def tiny_lm(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    return make_tiny_lm(tmp_path_factory.mktemp("mediation") / "tiny")


def make_tiny_lm(folder: Path) -> LanguageModel:
    """Make a Llama of three layers with random weights, large enough that answers differ."""
    import torch

    tokenizer = train_tokenizer("byte_level")
    tokenizer.save_pretrained(folder)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = hf.LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=3,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=512,
            initializer_range=0.2,
            bos_token_id=1,
            eos_token_id=2,
            pad_token_id=2,
        )
        hf.LlamaForCausalLM(config).save_pretrained(folder)
    return _handle("tiny", folder)


def _handle(name: str, folder: Path) -> LanguageModel:
    specification = ModelSpecification.model_validate(
        {
            "kind": "causal",
            "path": str(folder),
            "dtype": "float32",
            "device": "cpu",
            "exclusive": False,
            "probe_words": [],
        }
    )
    return LanguageModel(name, specification, str(folder.parent))
