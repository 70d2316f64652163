from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from isogloss.errors import Refusal
from isogloss.pipelines.mediation.tokens import encode_texts, find_answers, single_token_answers

DIGITS = tuple("0123456789")
PROMPT = "Number of trees:"


@pytest.mark.parametrize("kind", ["byte_level", "sentence_piece"])
def test_spans_give_the_characters_of_each_token(tokenizers: Callable[..., Any], kind: str) -> None:
    text = "oak, tin, maple."
    [encoded] = encode_texts(tokenizers(kind), [text], framed=False)
    pieces = [text[a:b].strip() for a, b in encoded.spans]
    assert "".join(pieces) == text.replace(" ", "")
    assert encoded.special == tuple(a == b for a, b in encoded.spans)


def test_digits_follow_a_blank_of_its_own_in_one_tokenizer_and_hold_it_in_the_other(
    tokenizers: Callable[..., Any],
) -> None:
    lengths = {}
    for kind in ("byte_level", "sentence_piece"):
        tokenizer = tokenizers(kind)
        found = single_token_answers(tokenizer, PROMPT, " ", DIGITS, framed=False)
        assert found.reason == ""
        assert len(set(found.tokens)) == 10
        whole = tokenizer(PROMPT + " 7")["input_ids"]
        assert [*found.prompt.ids, found.tokens[7]] == whole
        bare = encode_texts(tokenizer, [PROMPT], framed=False)[0]
        lengths[kind] = len(found.prompt.ids) - len(bare.ids)
    assert lengths == {"byte_level": 0, "sentence_piece": 1}


def test_answers_of_several_tokens_are_refused_with_the_reason(
    tokenizers: Callable[..., Any],
) -> None:
    tokenizer = tokenizers("sentence_piece")
    found = single_token_answers(tokenizer, PROMPT, " ", ("1", "10"), framed=False)
    assert found.reason == "answers do not differ in their first token"
    found = single_token_answers(tokenizer, PROMPT, " ", ("20", "31"), framed=False)
    assert found.reason == "answers are not one token each"


def test_words_may_be_told_apart_by_their_first_token(tokenizers: Callable[..., Any]) -> None:
    tokenizer = tokenizers("byte_level")
    found = find_answers(tokenizer, PROMPT, " ", ("maple", "willow"), framed=False)
    assert found.reason == ""
    assert [tokenizer.decode([token]) for token in found.tokens] == [" maple", " willow"]
    same = find_answers(tokenizer, PROMPT, " ", ("maple", "maple tree"), framed=False)
    assert same.reason == "answers do not differ in their first token"


def test_slow_tokenizer_is_refused() -> None:
    class Slow:
        is_fast = False

    with pytest.raises(Refusal, match=r"Slow does not say which characters"):
        encode_texts(Slow(), ["a"], framed=False)
