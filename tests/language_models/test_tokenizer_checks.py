from __future__ import annotations

import json
import unicodedata
from typing import TYPE_CHECKING, Any

import pytest
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import AutoTokenizer

from isogloss.language_models.specification import PROBE_WORDS, ModelError
from isogloss.language_models.tokenizer_checks import check_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ARCHITECTURES = ("llama", "gemma3", "gpt_neox", "bloom", "opt", "xlm_roberta", "bert", "t5")
WORDS = (*PROBE_WORDS, "Wasser", "ist", "Paris")


def _tokenizer(folder: Path) -> Any:
    return AutoTokenizer.from_pretrained(str(folder))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_sound_tokenizers_pass(tiny_model: Callable[[str], Path], architecture: str) -> None:
    check_tokenizer("tiny", _tokenizer(tiny_model(architecture)), WORDS)


def _spoil(folder: Path, target: Path, word: str) -> Any:
    """Leave out the merge that completes a word which the vocabulary holds."""
    state = json.loads((folder / "tokenizer.json").read_text())
    merges = state["model"]["merges"]
    state["model"]["merges"] = [pair for pair in merges if "".join(pair)[1:] != word]
    assert len(state["model"]["merges"]) == len(merges) - 1
    target.mkdir()
    (target / "tokenizer.json").write_text(json.dumps(state))
    for name in ("tokenizer_config.json", "config.json"):
        (target / name).write_text((folder / name).read_text())
    return _tokenizer(target)


@pytest.mark.parametrize("architecture", ["gemma3", "gpt_neox"])
def test_split_word_is_refused_with_what_came_out(
    tiny_model: Callable[[str], Path], tmp_path: Path, architecture: str
) -> None:
    tokenizer = _spoil(tiny_model(architecture), tmp_path / "spoilt", "capital")
    with pytest.raises(ModelError, match=r"'tiny' splits words.*'capital' -> \['.+', '.+'\]"):
        check_tokenizer("tiny", tokenizer, PROBE_WORDS)
    check_tokenizer("tiny", tokenizer, ["France"])
    check_tokenizer("tiny", tokenizer, [])


def test_words_that_the_vocabulary_does_not_hold_prove_nothing(
    tiny_model: Callable[[str], Path],
) -> None:
    tokenizer = _tokenizer(tiny_model("gpt_neox"))
    assert "Ġantidisestablishment" not in tokenizer.get_vocab()
    check_tokenizer("tiny", tokenizer, ["antidisestablishment"])


class _Lossy:
    """A tokenizer over characters whose decoder is at fault."""

    unk_token_id = None

    def __init__(self, change: Callable[[str], str]) -> None:
        self.change = change

    def __call__(self, text: str, *, add_special_tokens: bool) -> dict[str, list[int]]:
        assert not add_special_tokens
        return {"input_ids": [ord(character) for character in text]}

    def get_vocab(self) -> dict[str, int]:
        return {}

    def tokenize(self, text: str) -> list[str]:
        return list(text)

    def decode(self, ids: list[int]) -> str:
        return self.change("".join(map(chr, ids)))


def test_lost_text_is_refused_but_case_accents_and_blanks_may_go() -> None:
    def harmless(text: str) -> str:
        bare = unicodedata.normalize("NFD", text.lower()).replace(" ", "")
        return "".join(character for character in bare if unicodedata.category(character) != "Mn")

    check_tokenizer("tiny", _Lossy(harmless), ["capital"])
    with pytest.raises(ModelError, match="does not give a sentence back.*became 'The capital of"):
        check_tokenizer("tiny", _Lossy(lambda text: text.replace("P", "B")), ["capital"])


def test_lower_casing_word_pieces_pass() -> None:
    vocabulary = {"[UNK]": 0, "the": 1, "capital": 2, "cap": 3, "##ital": 4, "and": 5}
    backend = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer(lowercase=True)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.decoder = decoders.WordPiece()
    from transformers import PreTrainedTokenizerFast

    fast: Any = PreTrainedTokenizerFast
    check_tokenizer("tiny", fast(tokenizer_object=backend, unk_token="[UNK]"), ["The", "capital"])
