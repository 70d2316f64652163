"""Does a tokenizer do what its own vocabulary says? Asked before any number rests on it."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from isogloss.language_models.specification import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

SENTENCES = (
    "The capital of France is Paris, and 3 rivers meet there.",
    "Вода в реке холодная.",
    "今日は天気がいいです。",
    "नदी का पानी ठंडा है।",
)
SPACE_MARKS = ("▁", "Ġ")


def check_tokenizer(name: str, tokenizer: Any, probe_words: Sequence[str]) -> None:
    """Refuse a tokenizer that splits words which it holds whole, or that loses text.

    A merge table that was read in a wrong order still gives tokens, only the wrong ones: every
    result would be quietly false. Two signs betray it, whatever the language or the algorithm: a
    probe word that the vocabulary holds as one token comes out in pieces, or decoding the tokens of
    a sentence does not give the sentence back. Words that the vocabulary does not hold, and
    sentences with unknown tokens, prove nothing and are passed over. Letter case, accents, blanks
    and compatibility forms are ignored, since some tokenizers drop them on purpose.

    Args:
        name: of the model, for the message.
        tokenizer: a transformers tokenizer.
        probe_words: words to try, in any language the model knows; none switches the check off.

    Raises:
        ModelError: with the word and the pieces that came out, or the sentence and its decoding.
    """
    if not probe_words:
        return
    split = _split_words(tokenizer, probe_words)
    if split:
        shown = list(split.items())[:3]
        found = "; ".join(f"{word!r} -> {pieces}" for word, pieces in shown)
        raise ModelError(
            f"The tokenizer of {name!r} splits words that its vocabulary holds whole: {found}. "
            f"{_remedy()}"
        )
    for sentence in SENTENCES:
        ids = tokenizer(sentence, add_special_tokens=False)["input_ids"]
        if tokenizer.unk_token_id in ids:
            continue
        decoded = tokenizer.decode(ids)
        if _plain(decoded) != _plain(sentence):
            raise ModelError(
                f"The tokenizer of {name!r} does not give a sentence back: {sentence!r} became "
                f"{decoded!r}. {_remedy()}"
            )


def _split_words(tokenizer: Any, words: Sequence[str]) -> dict[str, list[str]]:
    """Tokenize each word between two others; give the pieces of those that the vocabulary holds."""
    vocabulary = tokenizer.get_vocab()
    mark = _space_mark(tokenizer)
    split = {}
    for word in words:
        pieces = tokenizer.tokenize(f"and {word} and")
        if mark + word in vocabulary and mark + word not in pieces:
            split[word] = _pieces_of(mark + word, pieces)
    return split


def _pieces_of(word: str, pieces: list[str]) -> list[str]:
    """The run of pieces that spells the word, without those of its neighbours."""
    for start in range(len(pieces)):
        for end in range(start + 1, len(pieces) + 1):
            if "".join(pieces[start:end]) == word:
                return pieces[start:end]
    return pieces


def _space_mark(tokenizer: Any) -> str:
    """The character with which tokens say that a blank stood before them, if there is one."""
    starts = {piece[:1] for piece in tokenizer.tokenize("and and and")}
    return next((mark for mark in SPACE_MARKS if mark in starts), "")


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(
        character
        for character in decomposed
        if not character.isspace() and unicodedata.category(character) != "Mn"
    )


def _remedy() -> str:
    from importlib.metadata import version

    return (
        f"It was read by transformers {version('transformers')}; for GGUF files, 4.57 is known to "
        "do so wrongly and 5.23 rightly (pip install 'transformers>=5.23', then delete "
        "the converted folder). If this tokenizer is meant to do so, set `probe_words: []` for the "
        "model in the zoo."
    )
