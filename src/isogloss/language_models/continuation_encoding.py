"""From texts to token ids: a context and what may follow it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from isogloss.errors import Refusal
from isogloss.language_models.batching import TOKENIZER_CHUNK

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class EncodedPair:
    """A context and its continuation as token ids.

    Attributes:
        context: with the tokens that the tokenizer puts in front of a text.
        continuation: what follows it.
    """

    context: tuple[int, ...]
    continuation: tuple[int, ...]


def encode_pairs(tokenizer: Any, pairs: Sequence[tuple[str, str]]) -> list[EncodedPair]:
    """Encode contexts with their continuations as one text each, and cut it where the context ends.

    Blanks at the end of a context go to the continuation, as tokens begin with blanks. The context
    is as long as it would be by itself: the convention of lm-eval, with the same token ids. In
    front of an empty context's continuation stands the BOS token, or the EOS token where there is
    no BOS. A text that already begins with the BOS token (a chat template) gets no second one.
    What a tokenizer puts behind a text (`</s>`) is left out.

    Args:
        tokenizer: of a causal model.
        pairs: context and continuation.

    Raises:
        Refusal: if a continuation has no token of its own, or nothing can stand in front of it.
    """
    moved = [_move_blanks(context, continuation) for context, continuation in pairs]
    contexts = _encode_texts(tokenizer, [context for context, _ in moved])
    wholes = _encode_texts(tokenizer, [context + continuation for context, continuation in moved])
    start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    encoded = []
    for pair, (context, _) in zip(pairs, moved, strict=True):
        before = contexts[context] if pair[0] else ()
        whole = wholes["".join(pair)] if pair[0] else _encode_bare(tokenizer, pair[1])
        after = whole[len(before) :]
        if not before and after and after[0] != start:
            before = (start,) if start is not None else ()
        elif not before:
            before, after = after[:1], after[1:]
        if not before or not after:
            raise Refusal(_describe_empty(tokenizer, pair, before))
        encoded.append(EncodedPair(before, after))
    return encoded


def _describe_empty(tokenizer: Any, pair: tuple[str, str], before: Sequence[int]) -> str:
    if before:
        return (
            f"The continuation {pair[1]!r} after the context ending in {pair[0][-40:]!r} has no "
            "token of its own. Give it some text, or let the context end before it."
        )
    return (
        f"The first token of {pair[1]!r} has no probability: its context is empty, and "
        f"{type(tokenizer).__name__} has neither BOS nor EOS token. Give it a context."
    )


def _move_blanks(context: str, continuation: str) -> tuple[str, str]:
    bare = context.rstrip()
    return bare, context[len(bare) :] + continuation


def _encode_bare(tokenizer: Any, text: str) -> tuple[int, ...]:
    return tuple(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])


def encode_prompts(
    tokenizer: Any, texts: Sequence[str], *, framed: bool = False
) -> list[tuple[int, ...]]:
    """Encode texts to be continued, with what the tokenizer puts in front of a text.

    Args:
        tokenizer: of a causal model.
        texts: prompts; one that begins with the BOS token gets no second one.
        framed: whether a chat template has put all special tokens there; then none is added.
    """
    if framed:
        return [_encode_bare(tokenizer, text) for text in texts]
    encoded = _encode_texts(tokenizer, texts)
    return [encoded[text] for text in texts]


def _encode_texts(tokenizer: Any, texts: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Encode each distinct text once, special tokens only in front."""
    distinct = list(dict.fromkeys(texts))
    behind = _tokens_behind(tokenizer)
    bos = tokenizer.bos_token
    encoded = {}
    for specials in (True, False):
        group = [text for text in distinct if bool(bos and text.startswith(bos)) != specials]
        for place in range(0, len(group), TOKENIZER_CHUNK):
            chunk = group[place : place + TOKENIZER_CHUNK]
            rows = tokenizer(chunk, add_special_tokens=specials, verbose=False)["input_ids"]
            for text, ids in zip(chunk, rows, strict=True):
                encoded[text] = tuple(ids[: len(ids) - behind] if specials else ids)
    return encoded


def _tokens_behind(tokenizer: Any) -> int:
    """Count the special tokens that the tokenizer puts behind a text."""
    special: list[int] = tokenizer("a", return_special_tokens_mask=True)["special_tokens_mask"]
    return special[::-1].index(0)
