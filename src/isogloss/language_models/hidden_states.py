"""Pooled hidden states: every layer of a sentence as one vector a pooling, in one forward pass."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from isogloss.errors import NotFiniteError
from isogloss.language_models.batching import (
    AUTOMATIC,
    BatchRunner,
    EncodedSentence,
    Overlong,
    TokenBudget,
    encode_sentences,
    pad_batch,
)
from isogloss.language_models.half_precision import half_precision_detours
from isogloss.language_models.layer_states import choose_layer_reader
from isogloss.language_models.pooling import POOLINGS, Pooling, pool_states, pooling_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import torch
    from numpy.typing import NDArray

    from isogloss.corpora import Sentence
    from isogloss.language_models.loading import LoadedModel


class NonFiniteStatesError(NotFiniteError):
    """A hidden state is infinite or not a number."""


@dataclass(frozen=True)
class PooledSentences:
    """The pooled hidden states of one language.

    Attributes:
        states: pooling -> float32 [layers + 1, sentences, hidden]; layer 0 is the embedding output,
            the last one what the model returns last (after the final norm where there is one).
        sentence_ids: of the rows, in the order in which they were given.
        truncated: ids of the sentences that were cut to the model's limit.
        tokens: read, special tokens included.
    """

    states: Mapping[str, NDArray[np.float32]]
    sentence_ids: tuple[str, ...]
    truncated: tuple[str, ...]
    tokens: int


def pool_sentences(
    loaded: LoadedModel,
    sentences: Sequence[Sentence],
    *,
    poolings: Sequence[Pooling] = POOLINGS,
    include_special_tokens: bool = False,
    token_budget: TokenBudget = AUTOMATIC,
    overlong: Overlong = "truncate",
    advance: Callable[[int], None] | None = None,
) -> dict[str, PooledSentences]:
    """Embed sentences: all layers and poolings of each in one pass of the backbone.

    The sentences of all languages given are sorted by length together, which keeps padding low.

    Args:
        loaded: an open model.
        sentences: of one or more languages.
        poolings: `mean`, `last`, `weighted` (see `pooling_weights`).
        include_special_tokens: whether tokens such as a BOS count, as in the original studies.
        token_budget: tokens a batch, padding included, or `auto`; halved when memory runs out.
        overlong: cut sentences beyond the model's limit (and report them), or refuse them.
        advance: told the number of tokens read after each batch.

    Returns:
        language -> its pooled states.

    Raises:
        NonFiniteStatesError: if a pooled state is infinite or not a number.
        ValueError: if a sentence has no token or is refused as too long.
    """
    import torch

    encoded = encode_sentences(loaded.tokenizer, sentences, loaded.max_length, overlong)
    if not encoded:
        return {}
    collector = _Collector(encoded, loaded.layers + 1, loaded.hidden_size, poolings)
    lengths = [len(sentence.ids) for sentence in encoded]
    forward = _choose_forward(loaded, encoded, poolings, include_special_tokens)
    runner = BatchRunner(loaded.token_budget(token_budget))
    with torch.inference_mode(), half_precision_detours(loaded):
        for positions, pooled in runner.run(lengths, forward):
            _require_finite(pooled, [encoded[position] for position in positions], loaded)
            collector.put(positions, pooled)
            if advance is not None:
                advance(sum(lengths[position] for position in positions))
    return collector.by_language()


def _choose_forward(
    loaded: LoadedModel,
    encoded: Sequence[EncodedSentence],
    poolings: Sequence[Pooling],
    include_special_tokens: bool,
) -> Callable[[list[int]], NDArray[np.float32]]:
    """Give the function that reads a batch of sentences and pools every layer."""
    import torch

    shortest = min(encoded, key=lambda sentence: len(sentence.ids))
    show_layers = choose_layer_reader(loaded, pad_batch([shortest], loaded.device))

    def read(positions: list[int], *, ignore_uncounted: bool) -> NDArray[np.float32]:
        batch = pad_batch([encoded[position] for position in positions], loaded.device)
        weights = pooling_weights(
            batch.attention_mask, batch.special_tokens_mask, poolings, include_special_tokens
        )
        pool = partial(pool_states, weights=weights, ignore_uncounted=ignore_uncounted)
        pooled: list[torch.Tensor] = []
        show_layers(batch, lambda states: pooled.append(pool(states)))
        return torch.stack([layer.to(loaded.device) for layer in pooled]).cpu().numpy()

    def forward(positions: list[int]) -> NDArray[np.float32]:
        pooled = read(positions, ignore_uncounted=False)
        # Only what stands at padding may be infinite: the batch is read again without it.
        return pooled if np.isfinite(pooled).all() else read(positions, ignore_uncounted=True)

    return forward


class _Collector:
    """Puts pooled batches, which come in order of length, in their places by language."""

    def __init__(
        self,
        encoded: Sequence[EncodedSentence],
        entries: int,
        hidden: int,
        poolings: Sequence[Pooling],
    ) -> None:
        self._poolings = poolings
        self._members: dict[str, list[EncodedSentence]] = {}
        self._places: list[tuple[str, int]] = []
        for sentence in encoded:
            members = self._members.setdefault(sentence.language, [])
            self._places.append((sentence.language, len(members)))
            members.append(sentence)
        self._states: dict[str, dict[str, NDArray[np.float32]]] = {
            language: {
                pooling: np.empty((entries, len(members), hidden), np.float32)
                for pooling in poolings
            }
            for language, members in self._members.items()
        }

    def put(self, positions: Sequence[int], pooled: NDArray[np.float32]) -> None:
        """Take a batch: [layers + 1, sentences of the batch, poolings, hidden]."""
        for column, position in enumerate(positions):
            language, row = self._places[position]
            for index, pooling in enumerate(self._poolings):
                self._states[language][pooling][:, row] = pooled[:, column, index]

    def by_language(self) -> dict[str, PooledSentences]:
        return {
            language: PooledSentences(
                states=self._states[language],
                sentence_ids=tuple(sentence.sentence_id for sentence in members),
                truncated=tuple(sentence.sentence_id for sentence in members if sentence.truncated),
                tokens=sum(len(sentence.ids) for sentence in members),
            )
            for language, members in self._members.items()
        }


def _require_finite(
    pooled: NDArray[np.float32], batch: Sequence[EncodedSentence], loaded: LoadedModel
) -> None:
    finite = np.isfinite(pooled).all(axis=(2, 3))
    if finite.all():
        return
    layer, row = np.argwhere(~finite)[0]
    sentence = batch[row]
    raise NonFiniteStatesError(
        f"Model {loaded.name!r}: the hidden state of layer {layer} is infinite or not a number for "
        f"sentence {sentence.sentence_id} of {sentence.language}. If the model runs in float16, "
        "use bfloat16 or float32; otherwise its weights are damaged."
    )
