"""Prompts as token ids with the characters that each stands for, and answers of one token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

SAME_START = "answers do not differ in their first token"
REACHES_IN = "the prompt's last token reaches into the answer"
SHARED = "answers share a token with the prompt"
SEVERAL_TOKENS = "answers are not one token each"
ANSWER_FAULTS = frozenset({SAME_START, REACHES_IN, SHARED, SEVERAL_TOKENS})
"""Why answers cannot be told apart by one token; digits fare alike behind all lists."""


@dataclass(frozen=True)
class Encoded:
    """A text as tokens.

    Attributes:
        ids: token ids, with the special tokens that the tokenizer puts in front.
        spans: first character and the one behind the last, for each token.
        special: whether the tokenizer added it.
    """

    ids: tuple[int, ...]
    spans: tuple[tuple[int, int], ...]
    special: tuple[bool, ...]

    def cut(self, length: int) -> Encoded:
        """Keep the first tokens."""
        return Encoded(self.ids[:length], self.spans[:length], self.special[:length])


def encode_texts(tokenizer: Any, texts: Sequence[str], *, framed: bool) -> list[Encoded]:
    """Encode texts as they would be read by the model; what is put behind a text is left out.

    Args:
        tokenizer: a fast one, which knows the characters of its tokens.
        texts: to be encoded.
        framed: whether a chat template has put all special tokens there.

    Raises:
        Refusal: if the tokenizer cannot say which characters its tokens stand for.
    """
    if not tokenizer.is_fast:
        raise Refusal(
            f"{type(tokenizer).__name__} does not say which characters its tokens stand for, so "
            "that words cannot be found in prompts. Mediation needs a model with a tokenizer.json."
        )
    rows = tokenizer(
        list(texts),
        add_special_tokens=not framed,
        return_offsets_mapping=True,
        return_special_tokens_mask=True,
        verbose=False,
    )
    return [
        _without_end(ids, spans, special)
        for ids, spans, special in zip(
            rows["input_ids"], rows["offset_mapping"], rows["special_tokens_mask"], strict=True
        )
    ]


def _without_end(
    ids: Sequence[int], spans: Sequence[tuple[int, int]], special: Sequence[int]
) -> Encoded:
    length = len(ids)
    # Special tokens of a template are part of the text, and have characters of their own.
    while length and special[length - 1] and spans[length - 1][0] == spans[length - 1][1]:
        length -= 1
    flags = tuple(bool(flag) for flag in special[:length])
    return Encoded(tuple(ids[:length]), tuple((a, b) for a, b in spans[:length]), flags)


@dataclass(frozen=True)
class Answers:
    """The answers that may follow a prompt, one token each.

    Attributes:
        prompt: the tokens in front, such as a blank of its own, included.
        tokens: id of each answer.
        reason: why there are none; empty if there are.
    """

    prompt: Encoded
    tokens: tuple[int, ...]
    reason: str = ""


def find_answers(
    tokenizer: Any, prompt: str, joiner: str, forms: Sequence[str], *, framed: bool
) -> Answers:
    """Tokenise a prompt together with each answer, and cut where they part.

    Args:
        tokenizer: of the model.
        prompt: up to where the answer begins.
        joiner: between prompt and answer.
        forms: of the answers; all are to be told apart by their first token.
        framed: whether a chat template has put all special tokens there.
    """
    wholes = encode_texts(tokenizer, [prompt + joiner + form for form in forms], framed=framed)
    shared = _shared_length([whole.ids for whole in wholes])
    before = wholes[0].cut(shared)
    nexts = [whole.ids[shared : shared + 1] for whole in wholes]
    if not all(nexts) or len(set(nexts)) < len(nexts):
        return Answers(before, (), SAME_START)
    if any(start < len(prompt) < end for start, end in before.spans):
        return Answers(before, (), REACHES_IN)
    if before.spans and max(end for _, end in before.spans) < len(prompt.rstrip()):
        return Answers(before, (), SHARED)
    return Answers(before, tuple(found[0] for found in nexts))


def single_token_answers(
    tokenizer: Any, prompt: str, joiner: str, forms: Sequence[str], *, framed: bool
) -> Answers:
    """Find answers each of which is one token and nothing more; see `find_answers`."""
    found = find_answers(tokenizer, prompt, joiner, forms, framed=framed)
    if found.reason:
        return found
    wholes = encode_texts(tokenizer, [prompt + joiner + form for form in forms], framed=framed)
    if any(len(whole.ids) != len(found.prompt.ids) + 1 for whole in wholes):
        return Answers(found.prompt, (), SEVERAL_TOKENS)
    return found


def _shared_length(rows: Sequence[Sequence[int]]) -> int:
    shortest = min(len(row) for row in rows)
    for place in range(shortest):
        if len({row[place] for row in rows}) > 1:
            return place
    return shortest
