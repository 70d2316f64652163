"""From sentences to padded batches: encoding, batches by token budget, halving on out-of-memory."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from isogloss.errors import Refusal, TooLargeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import torch

    from isogloss.corpora import Sentence

logger = logging.getLogger(__name__)

Automatic = Literal["auto"]
AUTOMATIC: Automatic = "auto"
TokenBudget = int | Automatic
Overlong = Literal["truncate", "refuse"]
Side = Literal["left", "right"]
T = TypeVar("T")

CPU_TOKEN_BUDGET = 768
MAX_CUDA_TOKEN_BUDGET = 65_536
TOKENIZER_CHUNK = 2048
# Working memory of a token in hidden states, over all that lives at once in a block (attention and
# feed-forward inputs and outputs, their fp32 copies); generous, as running out costs a batch.
WORKING_STATES = 64


@dataclass(frozen=True)
class EncodedSentence:
    """A sentence as token ids.

    Attributes:
        language: of the sentence.
        sentence_id: of the sentence.
        ids: token ids with the special tokens that the tokenizer adds, cut to the model's limit.
        special: per id, whether the tokenizer added it as a special token.
        full_length: number of ids before it was cut.
    """

    language: str
    sentence_id: str
    ids: tuple[int, ...]
    special: tuple[bool, ...]
    full_length: int

    @property
    def truncated(self) -> bool:
        """Whether the end of the sentence is missing."""
        return len(self.ids) < self.full_length


@dataclass(frozen=True)
class Batch:
    """Padded sentences on a device, [sentences, tokens] each.

    Attributes:
        input_ids: int64; the padding value is meaningless.
        attention_mask: int64; 1 where there is a token.
        special_tokens_mask: bool; True where the tokenizer added a special token, and at padding.
        padding_side: where the padding is.
    """

    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    special_tokens_mask: torch.Tensor
    padding_side: Side


def encode_sentences(
    tokenizer: Any,
    sentences: Sequence[Sentence],
    max_length: int | None,
    overlong: Overlong = "truncate",
) -> list[EncodedSentence]:
    """Turn sentences into token ids, special tokens marked by the tokenizer itself.

    Args:
        tokenizer: of the model.
        sentences: to be encoded; order is kept.
        max_length: of the model in tokens, special tokens included; None for no limit.
        overlong: cut sentences that are longer than `max_length`, or refuse them.

    Raises:
        Refusal: if a sentence holds no token but special ones, or is refused as too long.
    """
    encoded: list[EncodedSentence] = []
    for start in range(0, len(sentences), TOKENIZER_CHUNK):
        chunk = sentences[start : start + TOKENIZER_CHUNK]
        texts = [sentence.text for sentence in chunk]
        rows = tokenizer(texts, return_special_tokens_mask=True, verbose=False)
        for sentence, ids, special in zip(
            chunk, rows["input_ids"], rows["special_tokens_mask"], strict=True
        ):
            if all(special):
                raise Refusal(
                    f"Sentence {sentence.sentence_id} of {sentence.language} has no token "
                    f"(its text is {sentence.text!r}). Drop it from the corpus in all languages."
                )
            flags = [bool(flag) for flag in special]
            encoded.append(_cut(sentence, list(ids), flags, max_length, overlong))
    return encoded


def _cut(
    sentence: Sentence,
    ids: list[int],
    special: list[bool],
    max_length: int | None,
    overlong: Overlong,
) -> EncodedSentence:
    full_length = len(ids)
    if max_length is not None and full_length > max_length:
        if overlong == "refuse":
            raise Refusal(
                f"Sentence {sentence.sentence_id} of {sentence.language} has {full_length} tokens, "
                f"more than the model's {max_length}. Shorten it, or set `overlong: truncate` "
                "to cut such sentences and count them."
            )
        ids, special = _drop_last_ordinary_tokens(ids, special, full_length - max_length)
    if all(special):
        raise Refusal(
            f"max_length = {max_length} leaves no room for a token beside the special ones "
            f"(sentence {sentence.sentence_id} of {sentence.language}). Raise it."
        )
    return EncodedSentence(
        sentence.language, sentence.sentence_id, tuple(ids), tuple(special), full_length
    )


def _drop_last_ordinary_tokens(
    ids: list[int], special: list[bool], surplus: int
) -> tuple[list[int], list[bool]]:
    """Shorten from the end of the text, keeping special tokens such as a closing `</s>`."""
    ordinary = [position for position, flag in enumerate(special) if not flag]
    dropped = set(ordinary[max(0, len(ordinary) - surplus) :])
    kept = [position for position in range(len(ids)) if position not in dropped]
    return [ids[position] for position in kept], [special[position] for position in kept]


def plan_batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Group sentences of like length so that no padded batch exceeds the budget.

    Args:
        lengths: tokens of each sentence.
        budget: tokens a batch, padding included; a longer sentence makes a batch of its own.

    Returns:
        Positions in `lengths`, longest sentences first: what does not fit in memory fails at once.
    """
    order = sorted(range(len(lengths)), key=lambda position: (-lengths[position], position))
    batches: list[list[int]] = []
    for position in order:
        # The first sentence of a batch is its longest, so it alone decides the padded width.
        if batches and (len(batches[-1]) + 1) * lengths[batches[-1][0]] <= budget:
            batches[-1].append(position)
        else:
            batches.append([position])
    return batches


class BatchRunner:
    """Applies functions to batches; where memory runs out, it goes on with half the budget.

    Attributes:
        budget: tokens a batch, padding included; what was found too much is not tried again.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget

    def run(
        self, lengths: Sequence[int], forward: Callable[[list[int]], T]
    ) -> Iterator[tuple[list[int], T]]:
        """Apply a function to all batches.

        Args:
            lengths: tokens of each text.
            forward: takes the positions of one batch.

        Yields:
            The positions of a batch and what `forward` returned for it.

        Raises:
            MemoryError: if a single text does not fit.
        """
        waiting = plan_batches(lengths, self.budget)[::-1]
        while waiting:
            batch = waiting.pop()
            result = _attempt(forward, batch)
            if result is not None:
                yield batch, result[0]
                continue
            if len(batch) == 1:
                raise TooLargeError(
                    f"A single text of {lengths[batch[0]]} tokens does not fit in memory. Use a "
                    "smaller dtype or quantisation, another device, or a smaller `max_length`."
                )
            self.budget = max(1, min(self.budget, len(batch) * lengths[batch[0]]) // 2)
            logger.warning("Out of memory: going on with batches of %d tokens", self.budget)
            rest = [position for later in (batch, *waiting[::-1]) for position in later]
            shorter = plan_batches([lengths[position] for position in rest], self.budget)
            waiting = [[rest[place] for place in places] for places in shorter][::-1]


def _attempt(forward: Callable[[list[int]], T], batch: list[int]) -> tuple[T] | None:
    """Give the result of a batch in a tuple, or None if memory ran out.

    A function of its own: what the failed attempt held must be out of scope before the next one.
    """
    import torch

    try:
        return (forward(batch),)
    except (MemoryError, torch.OutOfMemoryError):
        pass
    except RuntimeError as error:
        # PyTorch's CPU allocator raises a plain RuntimeError.
        if "can't allocate memory" not in str(error) and "not enough memory" not in str(error):
            raise
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    return None


def pad_batch(
    encoded: Sequence[EncodedSentence],
    device: torch.device | str = "cpu",
    padding_side: Side = "right",
) -> Batch:
    """Put sentences of different length into one array.

    Padding goes to the right by default, whatever the tokenizer prefers for generation: positions
    then start at 0 for every model, and a causal model cannot see the padding at all.

    Args:
        encoded: the sentences.
        device: where the batch shall lie.
        padding_side: where the padding goes.
    """
    import torch

    width = max(len(sentence.ids) for sentence in encoded)
    input_ids = torch.zeros(len(encoded), width, dtype=torch.int64)
    attention_mask = torch.zeros(len(encoded), width, dtype=torch.int64)
    special = torch.ones(len(encoded), width, dtype=torch.bool)
    for row, sentence in enumerate(encoded):
        length = len(sentence.ids)
        place = slice(0, length) if padding_side == "right" else slice(width - length, width)
        input_ids[row, place] = torch.tensor(sentence.ids)
        attention_mask[row, place] = 1
        special[row, place] = torch.tensor(sentence.special)
    return Batch(input_ids.to(device), attention_mask.to(device), special.to(device), padding_side)


def resolve_budget(
    budget: TokenBudget, bytes_per_token: int, weight_bytes: Mapping[torch.device, int]
) -> int:
    """Turn `auto` into tokens a batch: the same number for the same model on the same hardware.

    On a CPU batches that stay in its caches are fastest (measured: 768 tokens). On CUDA half of
    the memory that the weights leave is filled, at most 65,536 tokens: beyond that nothing is
    gained. Of several devices the one with the least left decides.

    Args:
        budget: tokens a batch, or `auto`.
        bytes_per_token: working memory that a token needs at its peak.
        weight_bytes: memory that the weights take on each device on which the model computes.
    """
    import torch

    if budget != AUTOMATIC:
        return budget
    # Not what is free just now: the number is part of what tells half-precision results apart.
    left = [
        torch.cuda.get_device_properties(device).total_memory - weights
        for device, weights in weight_bytes.items()
        if device.type == "cuda"
    ]
    if not left:
        return CPU_TOKEN_BUDGET
    return max(CPU_TOKEN_BUDGET, min(MAX_CUDA_TOKEN_BUDGET, min(left) // 2 // bytes_per_token))


def working_bytes(hidden_size: int, itemsize: int) -> int:
    """Estimate the memory that a backbone needs for a token at its peak.

    Args:
        hidden_size: units a token.
        itemsize: bytes a number.
    """
    return WORKING_STATES * hidden_size * itemsize
