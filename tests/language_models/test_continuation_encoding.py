from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoTokenizer

from isogloss.language_models.continuation_encoding import (
    EncodedPair,
    encode_pairs,
    encode_prompts,
)
from tests.models import encode_pair

CONTEXT = "The capital of France is"


@pytest.fixture
def tokenizer(tiny_model: Callable[[str], Path]) -> Callable[[str], Any]:
    return lambda architecture: AutoTokenizer.from_pretrained(tiny_model(architecture))


@pytest.mark.parametrize("architecture", ["llama", "gemma3", "gpt_neox", "bloom", "opt"])
def test_both_parts_together_are_the_encoding_of_the_whole_text(
    tokenizer: Callable[[str], Any], architecture: str
) -> None:
    tok = tokenizer(architecture)
    pair = encode_pair(tok, CONTEXT, " Paris")
    assert list(pair.context) == tok.encode(CONTEXT)
    assert list(pair.context + pair.continuation) == tok.encode(CONTEXT + " Paris")
    assert tok.decode(pair.continuation).strip() == "Paris"


def test_blanks_at_the_end_of_a_context_go_to_the_continuation(
    tokenizer: Callable[[str], Any],
) -> None:
    tok = tokenizer("llama")
    assert encode_pair(tok, CONTEXT + " ", "Paris") == encode_pair(tok, CONTEXT, " Paris")
    assert encode_pair(tok, CONTEXT + "\n\n", "Paris") == encode_pair(tok, CONTEXT, "\n\nParis")


def test_an_empty_context_is_the_start_of_a_text(tokenizer: Callable[[str], Any]) -> None:
    tok = tokenizer("gpt_neox")
    ids = tuple(tok.encode("Paris", add_special_tokens=False))
    assert encode_pair(tok, "", "Paris") == EncodedPair((tok.bos_token_id,), ids)
    assert encode_pair(tok, "", "<s>Paris") == EncodedPair((tok.bos_token_id,), ids)
    assert encode_pair(tok, "  ", "Paris").context == (tok.bos_token_id,)
    tok.bos_token = None
    assert encode_pair(tok, "", "Paris").context == (tok.eos_token_id,)
    tok.eos_token = None
    with pytest.raises(ValueError, match="neither BOS nor EOS"):
        encode_pair(tok, "", "Paris")
    with_bos = tokenizer("llama")
    assert encode_pair(with_bos, "", "Paris").context == (with_bos.bos_token_id,)


def test_a_prompt_that_a_chat_template_has_framed_is_left_as_it_is(
    tokenizer: Callable[[str], Any],
) -> None:
    tok = tokenizer("llama")
    bare = tuple(tok.encode("user: old", add_special_tokens=False))
    begun = tuple(tok.encode("<s>user: old", add_special_tokens=False))
    assert begun.count(tok.bos_token_id) == 1
    assert encode_prompts(tok, ["user: old", "<s>user: old"], framed=True) == [bare, begun]
    assert encode_prompts(tok, ["user: old"]) == [(tok.bos_token_id, *bare)]


def test_a_text_that_begins_with_bos_gets_no_second_one(tokenizer: Callable[[str], Any]) -> None:
    tok = tokenizer("llama")
    pair = encode_pair(tok, f"<s>{CONTEXT}", " Paris")
    assert pair.context.count(tok.bos_token_id) == 1
    assert list(pair.context) == tok.encode(f"<s>{CONTEXT}", add_special_tokens=False)
    assert encode_prompts(tok, [f"<s>{CONTEXT}", CONTEXT]) == [
        pair.context,
        tuple(tok.encode(CONTEXT)),
    ]


def test_what_a_tokenizer_puts_behind_a_text_is_left_out(tokenizer: Callable[[str], Any]) -> None:
    tok = tokenizer("xlm_roberta")
    pair = encode_pair(tok, CONTEXT, " Paris")
    assert pair.context[0] == tok.bos_token_id
    assert [*pair.context, *pair.continuation, tok.eos_token_id] == tok.encode(CONTEXT + " Paris")


def test_a_continuation_without_tokens_is_refused(tokenizer: Callable[[str], Any]) -> None:
    with pytest.raises(ValueError, match="continuation '' after the context ending in .*France is"):
        encode_pairs(tokenizer("llama"), [(CONTEXT, " Paris"), (CONTEXT, "")])
