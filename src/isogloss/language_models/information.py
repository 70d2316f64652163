"""How many bits a causal model needs for a sentence: its negative log-likelihood."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.corpora import Sentence
from isogloss.errors import NotFiniteError, Refusal
from isogloss.language_models.batching import (
    AUTOMATIC,
    Batch,
    EncodedSentence,
    Overlong,
    TokenBudget,
    encode_sentences,
    pad_batch,
    run_batches,
)
from isogloss.language_models.half_precision import half_precision_detours
from isogloss.language_models.layer_states import backbone_arguments

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from isogloss.language_models.loading import LoadedModel

# Elements of the largest array of logits; in float32 a quarter of a gigabyte.
LOGITS_AT_ONCE = 2**26

Head = Callable[["torch.Tensor"], "torch.Tensor"]


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
        score, budget = _scorer(loaded, encoded, token_budget)

        def forward(positions: list[int]) -> NDArray[np.float64]:
            return score(pad_batch([encoded[position] for position in positions], loaded.device))

        for positions, values in run_batches(lengths, budget, forward):
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


def _scorer(
    loaded: LoadedModel, encoded: Sequence[EncodedSentence], token_budget: TokenBudget
) -> tuple[Callable[[Batch], NDArray[np.float64]], int]:
    """Give a function from a batch to bits a sentence, and the token budget that it can bear."""
    head = loaded.model.get_output_embeddings()
    vocabulary = loaded.model.config.get_text_config().vocab_size
    chunk = max(1, LOGITS_AT_ONCE // vocabulary)
    budget = loaded.token_budget(token_budget)
    shortest = min(encoded, key=lambda sentence: len(sentence.ids))
    sample = pad_batch([shortest], loaded.device)
    if head is not None:
        apply_head = _scaled_head(head, loaded.model.config.get_text_config())
        if _gives_logits(loaded, apply_head, sample):
            return (lambda batch: _bits_by_chunks(loaded, apply_head, chunk, batch)), budget
    return (lambda batch: _bits_of_whole_model(loaded, batch)), min(budget, chunk)


def _scaled_head(head: Callable[[torch.Tensor], torch.Tensor], config: Any) -> Head:
    """Give the output layer with the scalings that some architectures put behind it."""
    scale = getattr(config, "logit_scale", None) or 1.0
    divisor = getattr(config, "logits_scaling", None) or 1.0
    cap = getattr(config, "final_logit_softcapping", None)

    def apply(states: torch.Tensor) -> torch.Tensor:
        logits = head(states)
        if scale != divisor:
            logits = logits * (scale / divisor)
        return cap * (logits / cap).tanh() if cap else logits

    return apply


def _gives_logits(loaded: LoadedModel, head: Head, sample: Batch) -> bool:
    """Try whether backbone and output layer alone give the logits of the whole model."""
    import torch

    arguments = backbone_arguments(loaded, sample)
    expected = loaded.model(**arguments).logits.float()
    found = head(loaded.backbone(**arguments).last_hidden_state).float()
    scale = expected.nan_to_num().abs().amax().item()
    return expected.shape == found.shape and torch.allclose(
        found, expected, rtol=1e-2, atol=1e-2 * scale, equal_nan=True
    )


def _bits_by_chunks(
    loaded: LoadedModel, head: Head, chunk: int, batch: Batch
) -> NDArray[np.float64]:
    """Run the backbone once and the output layer over a few tokens at a time."""
    import torch

    states = loaded.backbone(**backbone_arguments(loaded, batch)).last_hidden_state[:, :-1]
    predicted = _predicted(batch)
    states, targets = states[predicted], batch.input_ids[:, 1:][predicted]
    losses = torch.cat(
        [
            torch.nn.functional.cross_entropy(head(part).float(), target, reduction="none")
            for part, target in zip(
                torch.split(states, chunk), torch.split(targets, chunk), strict=True
            )
        ]
    )
    return _sum_to_bits(losses, predicted)


def _bits_of_whole_model(loaded: LoadedModel, batch: Batch) -> NDArray[np.float64]:
    import torch

    logits = loaded.model(**backbone_arguments(loaded, batch)).logits[:, :-1]
    predicted = _predicted(batch)
    losses = torch.nn.functional.cross_entropy(
        logits[predicted].float(), batch.input_ids[:, 1:][predicted], reduction="none"
    )
    return _sum_to_bits(losses, predicted)


def _predicted(batch: Batch) -> torch.Tensor:
    """Say which tokens, from the second on, are predicted: those that are not special."""
    return (batch.attention_mask.bool() & ~batch.special_tokens_mask)[:, 1:]


def _sum_to_bits(losses: torch.Tensor, predicted: torch.Tensor) -> NDArray[np.float64]:
    import torch

    rows = predicted.nonzero()[:, 0]
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
