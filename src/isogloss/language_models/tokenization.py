"""What a tokenizer makes of sentences: how many tokens, how many of them unknown or bytes."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.language_models.batching import encode_sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from isogloss.corpora import Sentence

BYTE_TOKEN = re.compile(r"<0x[0-9A-Fa-f]{2}>")
# First words of the Unicode names of letters in scripts that put no blanks between words.
SCRIPTS_WITHOUT_BLANKS = frozenset(
    {"CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "TIBETAN"}
)


def count_tokens(
    tokenizer: Any, sentences: Sequence[Sentence], max_length: int | None
) -> pd.DataFrame:
    """Count what a tokenizer makes of each sentence; special tokens are not counted.

    Args:
        tokenizer: of the model.
        sentences: of one or more languages.
        max_length: of the model in tokens, special tokens included; None for no limit.

    Returns:
        One row a sentence: language, sentence_id, tokens, unknown (tokens), byte_fallback (tokens
        such as `<0xE2>`), read (tokens within `max_length`), characters, bytes (UTF-8), words
        (stretches without blanks), no_blanks (whether its script puts none between words).
    """
    unknown = tokenizer.unk_token_id
    byte_ids = {
        identifier
        for token, identifier in tokenizer.get_vocab().items()
        if BYTE_TOKEN.fullmatch(token)
    }
    whole = encode_sentences(tokenizer, sentences, None)
    rows = []
    for sentence, encoded in zip(sentences, whole, strict=True):
        ids = [
            identifier
            for identifier, special in zip(encoded.ids, encoded.special, strict=True)
            if not special
        ]
        surplus = max(0, encoded.full_length - max_length) if max_length is not None else 0
        rows.append(
            {
                "language": sentence.language,
                "sentence_id": sentence.sentence_id,
                "tokens": len(ids),
                "unknown": sum(identifier == unknown for identifier in ids),
                "byte_fallback": sum(identifier in byte_ids for identifier in ids),
                "read": max(0, len(ids) - surplus),
                "characters": len(sentence.text),
                "bytes": len(sentence.text.encode()),
                "words": len(sentence.text.split()),
                "no_blanks": written_without_blanks(sentence.text),
            }
        )
    return pd.DataFrame(rows)


def written_without_blanks(text: str) -> bool:
    """Say whether most letters of a text belong to a script that puts no blanks between words."""
    scripts = [_script(character) for character in text if character.isalpha()]
    without = sum(script in SCRIPTS_WITHOUT_BLANKS for script in scripts)
    return 2 * without > len(scripts)


@cache
def _script(character: str) -> str:
    """Give the first word of a character's Unicode name, for example LATIN or THAI."""
    return unicodedata.name(character, "").partition(" ")[0].partition("-")[0]
