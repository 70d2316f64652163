"""How many bits a causal model needs for a sentence: its negative log-likelihood."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.corpora import Sentence
from isogloss.errors import NotFiniteError, Refusal
from isogloss.language_models.batching import (
    AUTOMATIC,
    Batch,
    BatchRunner,
    EncodedSentence,
    Overlong,
    TokenBudget,
    encode_sentences,
    pad_batch,
)
from isogloss.language_models.half_precision import half_precision_detours
from isogloss.language_models.layer_states import backbone_arguments
from isogloss.language_models.output_layer import LogitReader, choose_logit_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch
    from numpy.typing import NDArray

    from isogloss.language_models.loading import LoadedModel


def measure_information(
    loaded: LoadedModel,
    sentences: Sequence[Sentence],
    *,
    token_budget: TokenBudget = AUTOMATIC,
    overlong: Overlong = "truncate",
    advance: Callable[[int], None] | None = None,
) -> pd.DataFrame:
    """Measure the information of sentences: -log2 p(tokens | start), in bits.

    The start is what the tokenizer itself puts in front of a text; where it puts nothing, the BOS
    token if there is one, else the EOS token, which separates texts in training. The tokens are
    those of the text alone: neither start nor end is predicted. Log-probabilities are taken in
    float32 from logits in the model's dtype. The bits of a sentence that was cut to the model's
    limit are NaN: those of its beginning would pass for those of a shorter sentence.

    Args:
        loaded: an open causal model.
        sentences: of one or more languages.
        token_budget: tokens a batch, padding included, or `auto`; halved when memory runs out.
        overlong: cut sentences beyond the model's limit (NaN bits), or refuse them.
        advance: told the number of tokens read after each batch.

    Returns:
        language, sentence_id, tokens (int, without special tokens), bits (float64); rows in the
        order of `sentences`.

    Raises:
        ValueError: if the model is not causal or its tokenizer has no token to start with.
        ArithmeticError: if a log-likelihood is infinite or not a number.
    """
    import torch

    if loaded.kind != "causal":
        raise ValueError(f"A model of kind '{loaded.kind}' gives sentences no probability.")
    encoded = _with_start(loaded.tokenizer, sentences, loaded.max_length, overlong)
    lengths = [len(sentence.ids) for sentence in encoded]
    bits = np.full(len(encoded), np.nan)
    with torch.inference_mode(), half_precision_detours(loaded):
        shortest = min(encoded, key=lambda sentence: len(sentence.ids))
        sample = pad_batch([shortest], loaded.device)
        reader = choose_logit_reader(loaded, backbone_arguments(loaded, sample))
        budget = reader.affordable(loaded.token_budget(token_budget))

        def forward(positions: list[int]) -> NDArray[np.float64]:
            batch = pad_batch([encoded[position] for position in positions], loaded.device)
            return _bits_of_batch(loaded, reader, batch)

        for positions, values in BatchRunner(budget).run(lengths, forward):
            _require_finite(values, [encoded[position] for position in positions])
            bits[positions] = values
            if advance is not None:
                advance(sum(lengths[position] for position in positions))
    return pd.DataFrame(
        {
            "language": [sentence.language for sentence in encoded],
            "sentence_id": [sentence.sentence_id for sentence in encoded],
            "tokens": [len(sentence.ids) - sum(sentence.special) for sentence in encoded],
            "bits": np.where([sentence.truncated for sentence in encoded], np.nan, bits),
        }
    )


def _with_start(
    tokenizer: Any, sentences: Sequence[Sentence], max_length: int | None, overlong: Overlong
) -> list[EncodedSentence]:
    """Encode sentences as start and text, without what the tokenizer puts after the text."""
    starts_itself = encode_sentences(tokenizer, [Sentence("", "", "a")], None)[0].special[0]
    start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
    if not starts_itself and start is None:
        raise Refusal(
            f"{type(tokenizer).__name__} has neither BOS nor EOS token: the first token of a "
            "sentence has no probability. Leave out the nodes tagged `information`."
        )
    room = max_length if starts_itself or max_length is None else max_length - 1
    encoded = encode_sentences(tokenizer, sentences, room, overlong)
    return [_start_and_text(sentence, None if starts_itself else start) for sentence in encoded]


def _start_and_text(sentence: EncodedSentence, start: int | None) -> EncodedSentence:
    first = sentence.special.index(False)
    text = [
        token for token, special in zip(sentence.ids, sentence.special, strict=True) if not special
    ]
    before = sentence.ids[:first] if start is None else (start,)
    dropped = len(sentence.ids) - len(text) - len(before)
    return replace(
        sentence,
        ids=(*before, *text),
        special=(*(True,) * len(before), *(False,) * len(text)),
        full_length=sentence.full_length - dropped,
    )


def _bits_of_batch(loaded: LoadedModel, reader: LogitReader, batch: Batch) -> NDArray[np.float64]:
    """Run the model once and the output layer over a few tokens at a time."""
    import torch

    states = reader.read(backbone_arguments(loaded, batch))[:, :-1]
    predicted = _predicted(batch)
    targets = batch.input_ids[:, 1:][predicted]
    losses: list[torch.Tensor] = []
    for logits in reader.logits(states[predicted.to(states.device)]):
        own, targets = targets[: len(logits)].to(logits.device), targets[len(logits) :]
        losses.append(torch.nn.functional.cross_entropy(logits, own, reduction="none"))
    return _sum_to_bits(torch.cat(losses), predicted)


def _predicted(batch: Batch) -> torch.Tensor:
    """Say which tokens, from the second on, are predicted: those that are not special."""
    return (batch.attention_mask.bool() & ~batch.special_tokens_mask)[:, 1:]


def _sum_to_bits(losses: torch.Tensor, predicted: torch.Tensor) -> NDArray[np.float64]:
    import torch

    rows = predicted.nonzero()[:, 0].to(losses.device)
    total = torch.zeros(len(predicted), dtype=torch.float64, device=losses.device)
    total.index_add_(0, rows, losses.double())
    bits: NDArray[np.float64] = total.cpu().numpy() / math.log(2)
    return bits


def _require_finite(bits: NDArray[np.float64], batch: Sequence[EncodedSentence]) -> None:
    if np.isfinite(bits).all():
        return
    sentence = batch[int(np.argwhere(~np.isfinite(bits))[0, 0])]
    raise NotFiniteError(
        f"The log-likelihood of sentence {sentence.sentence_id} of {sentence.language} is infinite "
        "or not a number. If the model runs in float16, use bfloat16 or float32."
    )
