"""Do two models cut text into the same tokens? Told from the files of their tokenizers."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from isogloss.errors import Refusal
from isogloss.json_texts import parse_json
from isogloss.language_models.storage import file_digest
from isogloss.partitions import digest

if TYPE_CHECKING:
    from pathlib import Path

TOKENIZER = "tokenizer.json"
VOCABULARIES = (
    "sentencepiece.bpe.model",
    "spiece.model",
    "tokenizer.model",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
)
TOKENIZER_FILES = (
    TOKENIZER,
    *VOCABULARIES,
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "chat_template.jinja",
)
PER_CALL = frozenset({"version", "truncation", "padding"})
"""What `tokenizer.json` keeps of the last call, or of the library: no part of the tokenizer."""


def tokenizer_digest(folder: Path) -> str:
    """Give a digest that models with the same tokenizer share; empty if the folder holds none.

    Of `tokenizer.json` everything counts but the length and padding last asked for. Where there is
    none, the files of the vocabulary are compared byte by byte.

    Args:
        folder: of a model, as transformers saves it.

    Raises:
        Refusal: if `tokenizer.json` is damaged.
    """
    file = folder / TOKENIZER
    if file.is_file():
        try:
            return _digest_of_json(file.read_bytes())
        except ValueError as error:
            raise Refusal(f"{file} is damaged ({error}). Copy it again.") from None
    vocabularies = [folder / name for name in VOCABULARIES if (folder / name).is_file()]
    return digest({file.name: file_digest(file) for file in vocabularies}) if vocabularies else ""


# The models of one study share one tokenizer, of which a copy lies in every folder.
@lru_cache(maxsize=1)
def _digest_of_json(text: bytes) -> str:
    content = parse_json(text)
    return digest({key: value for key, value in content.items() if key not in PER_CALL})
