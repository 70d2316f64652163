from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from isogloss.language_models import answer_encoding
from isogloss.language_models.answer_encoding import encode_answers
from isogloss.language_models.continuation_encoding import encode_prompts

PROMPTS = [
    "Count the rivers in this list: water, house. Number of rivers:",
    "Count the letters in this list: bridge, river, house. Number of letters:",
    "Count the rivers in this list: bridge. Number of rivers:",
    "Number of rivers:",
    "Wasser：",
]
ANSWERS = [" 1", " 1\n", " 10", " 10\n", " one", " one.", "2"]


@pytest.mark.parametrize("architecture", ["llama", "gemma3", "gpt_neox", "bloom", "opt"])
def test_pairs_are_the_encoding_of_the_whole_text(
    tiny_model: Callable[[str], Path], architecture: str
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_model(architecture))
    for prompt, pairs in zip(PROMPTS, encode_answers(tokenizer, PROMPTS, ANSWERS), strict=True):
        wholes = encode_prompts(tokenizer, [prompt + answer for answer in ANSWERS])
        assert [pair.context + pair.continuation for pair in pairs] == wholes
        assert len({pair.context for pair in pairs}) == 1
        assert all(pair.continuation for pair in pairs)


class Characters:
    """Each character is a token, but `x` at the end of a text goes with what follows it."""

    bos_token = None

    def __call__(self, texts: str | Sequence[str], **options: Any) -> dict[str, Any]:
        if options.get("return_special_tokens_mask"):
            return {"special_tokens_mask": [0]}
        return {"input_ids": [self._encode(text) for text in texts]}

    def _encode(self, text: str) -> list[int]:
        ids = [ord(one) for one in text.replace("x1", "\ue000")]
        return ids if "flip" not in text else [one + 1 for one in ids]


def test_cut_lies_before_a_token_that_reaches_into_an_answer() -> None:
    pairs = encode_answers(Characters(), ["ax", "bx"], ["1", "2"])
    assert [(pair.context, pair.continuation) for pair in pairs[1]] == [
        ((ord("b"),), (0xE000,)),
        ((ord("b"),), (ord("x"), ord("2"))),
    ]


def test_prompts_that_end_alike_are_encoded_with_one_answer_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoded: list[str] = []

    def counted(tokenizer: Any, texts: Sequence[str], **options: Any) -> list[tuple[int, ...]]:
        encoded.extend(texts)
        return encode_prompts(tokenizer, texts, **options)

    monkeypatch.setattr(answer_encoding, "encode_prompts", counted)
    tail = "-" * answer_encoding.TAIL
    prompts = [f"{number}{tail}" for number in range(20)]
    answers = [str(number) for number in range(10)]
    pairs = encode_answers(Characters(), prompts, answers)
    assert len(encoded) == 20 + 20 + 10
    assert pairs[7][3].context == tuple(map(ord, prompts[7]))
    assert pairs[7][3].continuation == (ord("3"),)


def test_prompts_that_end_alike_but_are_other_tokens_are_encoded_anew() -> None:
    tail = "-" * answer_encoding.TAIL
    pairs = encode_answers(Characters(), [f"a{tail}", f"flip{tail}"], ["1", "2"])
    assert [pair.continuation for pair in pairs[1]] == [(ord("1") + 1,), (ord("2") + 1,)]
