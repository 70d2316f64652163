"""The same answers behind many prompts as token ids, without encoding every prompt with each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.language_models.continuation_encoding import EncodedPair, encode_prompts

if TYPE_CHECKING:
    from collections.abc import Sequence

TAIL = 48
"""Characters at the end of a prompt on which the tokens of an answer depend."""


def encode_answers(
    tokenizer: Any, prompts: Sequence[str], answers: Sequence[str], *, framed: bool = False
) -> list[list[EncodedPair]]:
    """Encode prompts with each of some answers, both as one text, cut where the prompt ends.

    Of prompts that end alike, one is encoded with all answers and the others with a single one,
    to see that its tokens are the same; where they are not, with all. The cut is the same for all
    answers: where a token reaches from the prompt into an answer, it lies before that token.

    Args:
        tokenizer: of a causal model.
        prompts: none of them empty.
        answers: what may follow each of them, with the blank that belongs to it.
        framed: whether a chat template has put all special tokens into the prompts.

    Returns:
        for each prompt a pair for each answer, in their order.
    """
    contexts = encode_prompts(tokenizer, prompts, framed=framed)
    last = encode_prompts(tokenizer, [one + answers[-1] for one in prompts], framed=framed)
    known: dict[str, tuple[int, list[tuple[int, ...]]]] = {}
    encoded = []
    for prompt, context, whole in zip(prompts, contexts, last, strict=True):
        dropped, continuations = known.get(prompt[-TAIL:], (0, []))
        kept = context[: len(context) - dropped]
        if not continuations or whole != kept + continuations[-1]:
            wholes = encode_prompts(tokenizer, [prompt + one for one in answers], framed=framed)
            cut = min(_shared_length(context, one) for one in wholes)
            continuations = [one[cut:] for one in wholes]
            kept = context[:cut]
            known[prompt[-TAIL:]] = len(context) - cut, continuations
        encoded.append([EncodedPair(kept, one) for one in continuations])
    return encoded


def _shared_length(one: Sequence[int], other: Sequence[int]) -> int:
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return place
    return min(len(one), len(other))
