from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from transformers import AutoTokenizer

from isogloss.corpora import Sentence
from isogloss.language_models.tokenization import count_tokens, written_without_blanks


def test_byte_tokens_are_counted_and_special_ones_are_not(
    tiny_model: Callable[[str], Path],
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_model("llama"))
    text = "The 水"
    (row,) = count_tokens(tokenizer, [Sentence("eng", "0", text)], None).to_dict("records")
    tokens = tokenizer.tokenize(text)
    assert tokens[-3:] == ["<0xE6>", "<0xB0>", "<0xB4>"]
    assert row["tokens"] == row["read"] == len(tokens)
    assert row["byte_fallback"] == 3
    assert row["unknown"] == 0
    assert (row["characters"], row["bytes"], row["words"]) == (5, 7, 2)


def test_unknown_tokens_are_found_by_id(tiny_model: Callable[[str], Path]) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_model("bert"))
    (row,) = count_tokens(tokenizer, [Sentence("x", "0", "The 水 water")], None).to_dict("records")
    assert tokenizer.tokenize("The 水 water").count("[UNK]") == 1
    assert row["unknown"] == 1
    assert row["byte_fallback"] == 0


def test_tokens_beyond_the_limit_are_counted_but_not_read(
    tiny_model: Callable[[str], Path],
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_model("xlm_roberta"))
    sentence = Sentence("eng", "0", "The capital of France is Paris and the water is cold")
    (row,) = count_tokens(tokenizer, [sentence], 6).to_dict("records")
    assert row["tokens"] == len(tokenizer.tokenize(sentence.text)) > 4
    assert row["read"] == 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("東京は大きい。", True),
        ("กรุงเทพมหานคร", True),
        ("မြန်မာ", True),
        ("서울은 크다", False),
        ("Москва большая", False),
        ("NHK と 東京 on Friday evening", False),
        ("123 ...", False),
    ],
)
def test_scripts_without_blanks_are_known_by_their_letters(text: str, expected: bool) -> None:
    assert written_without_blanks(text) is expected
