"""Log-likelihoods of continuations: what contexts share is read once, whatever may follow it."""

from __future__ import annotations

import logging
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from isogloss.errors import NotFiniteError, Refusal
from isogloss.language_models.batching import AUTOMATIC, Batch, Overlong, TokenBudget
from isogloss.language_models.half_precision import half_precision_detours
from isogloss.language_models.layer_states import backbone_arguments
from isogloss.language_models.output_layer import LogitReader, choose_logit_reader
from isogloss.language_models.prefix_pass import TRIAL_TOKENS, PrefixPass, can_continue
from isogloss.language_models.prefix_tree import (
    PrefixTree,
    build_prefix_tree,
    never,
    worth_sharing,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import torch
    from numpy.typing import NDArray

    from isogloss.language_models.continuation_encoding import EncodedPair
    from isogloss.language_models.loading import LoadedModel

logger = logging.getLogger(__name__)

# Places whose logits are computed together: few at a time would wait for the weights of the output
# layer, which are then read for each few.
PLACES_AT_ONCE = 256


@dataclass(frozen=True)
class ContinuationScores:
    """What a model gives to continuations.

    Attributes:
        log_likelihoods: float64 [pairs], natural logarithm, summed over the continuation's tokens.
        truncated: bool [pairs]; whether the beginning of the context did not fit.
        given_tokens: that reading every pair by itself would have read.
        read_tokens: that were read.
    """

    log_likelihoods: NDArray[np.float64]
    truncated: NDArray[np.bool_]
    given_tokens: int
    read_tokens: int


@dataclass(frozen=True)
class _Wanted:
    """A log-probability that is wanted: of a token after a place in a node, for a pair."""

    column: int
    token: int
    pair: int


@dataclass(frozen=True)
class _Picked:
    """States at which something is wanted, [places, units], and what: (place, wanted)."""

    states: torch.Tensor
    wanted: list[tuple[int, _Wanted]]


def score_continuations(
    loaded: LoadedModel,
    pairs: Sequence[EncodedPair],
    *,
    token_budget: TokenBudget = AUTOMATIC,
    overlong: Overlong = "truncate",
    advance: Callable[[int], None] | None = None,
) -> ContinuationScores:
    """Score continuations: sum of log p(token | context and tokens before it), in nats.

    Equal to reading each pair by itself, up to rounding. Contexts and options that begin alike are
    read once (see `build_prefix_tree`), the output layer gives only the logits that are asked for,
    and options of one token share them. Logits of the options are computed in float32, those of
    the rest of the vocabulary, over which is summed, in the model's dtype.

    Args:
        loaded: an open causal model.
        pairs: as `encode_pairs` gives them.
        token_budget: tokens a batch, padding included, or `auto`; halved when memory runs out.
        overlong: cut contexts from the left so that the model's limit is kept (and say so in
            `truncated`), or refuse them.
        advance: told how many pairs are finished, now and then.

    Raises:
        Refusal: if the model is not causal, or a pair is empty or too long.
        ArithmeticError: if a log-likelihood is infinite or not a number.
    """
    import torch

    if loaded.kind != "causal":
        raise Refusal(f"A model of kind {loaded.kind!r} gives continuations no probability.")
    sequences, truncated = _cut_sequences(pairs, loaded.max_length, overlong)
    if not pairs:
        return ContinuationScores(np.zeros(0), truncated, 0, 0)
    totals, missing = np.zeros(len(pairs)), np.array([len(pair.continuation) for pair in pairs])
    with torch.inference_mode(), half_precision_detours(loaded, keep_attention=True):
        reader, tree = _prepare(loaded, sequences)
        wanted = _plan(tree, sequences, pairs)
        tree_pass = PrefixPass(loaded, reader, tree, loaded.token_budget(token_budget))
        for scored, values in _score(tree_pass, reader, wanted):
            np.add.at(totals, scored, values)
            np.subtract.at(missing, scored, 1)
            if advance is not None:
                advance(int((missing[np.unique(scored)] == 0).sum()))
    _require_finite(totals, loaded.name)
    return ContinuationScores(totals, truncated, tree.given_tokens, tree.tokens)


def _cut_sequences(
    pairs: Sequence[EncodedPair], max_length: int, overlong: Overlong
) -> tuple[list[tuple[int, ...]], NDArray[np.bool_]]:
    """Join contexts and continuations; of what is too long the beginning is left out.

    The last token is predicted only and never read, so it does not count.
    """
    sequences, truncated = [], []
    for place, pair in enumerate(pairs):
        if not pair.context or not pair.continuation:
            raise Refusal(
                f"Pair {place} has an empty context or continuation: give each at least one token."
            )
        sequence = pair.context + pair.continuation
        excess = len(sequence) - 1 - max_length
        if excess > 0 and (overlong == "refuse" or excess >= len(pair.context)):
            raise Refusal(
                f"Pair {place} has {len(sequence) - 1} tokens to be read, {len(pair.continuation)} "
                f"of them of the continuation; the model reads {max_length}. Shorten it, or set "
                "`overlong: truncate` to cut contexts that are too long and count them."
            )
        sequences.append(sequence[max(0, excess) :])
        truncated.append(excess > 0)
    if any(truncated):
        logger.warning("%d of %d contexts were cut from the left", sum(truncated), len(pairs))
    return sequences, np.array(truncated, dtype=bool)


def _prepare(
    loaded: LoadedModel, sequences: Sequence[tuple[int, ...]]
) -> tuple[LogitReader, PrefixTree]:
    """Choose how to read with this model, by trial, and what is to be shared."""
    import torch

    longest = max(sequences, key=len)
    ids = torch.tensor([longest[:TRIAL_TOKENS]], device=loaded.device)
    sample = Batch(ids, torch.ones_like(ids), torch.zeros_like(ids, dtype=torch.bool), "right")
    reader = choose_logit_reader(loaded, backbone_arguments(loaded, sample))
    shares = can_continue(loaded, reader, longest)
    if not shares:
        logger.info("Model %r cannot go on from a prefix: texts are read whole", loaded.name)
    inputs = [sequence[:-1] for sequence in sequences]
    return reader, build_prefix_tree(inputs, worth_sharing if shares else never)


def _plan(
    tree: PrefixTree, sequences: Sequence[tuple[int, ...]], pairs: Sequence[EncodedPair]
) -> dict[int, list[_Wanted]]:
    """Say for each node what is wanted after which of its tokens."""
    wanted: dict[int, list[_Wanted]] = {}
    for number, (sequence, pair) in enumerate(zip(sequences, pairs, strict=True)):
        index = tree.leaves[number]
        for place in range(len(sequence) - 1, len(sequence) - 1 - len(pair.continuation), -1):
            while tree.nodes[index].start > place - 1:
                index = tree.nodes[index].parent
            column = place - 1 - tree.nodes[index].start
            wanted.setdefault(index, []).append(_Wanted(column, sequence[place], number))
    return wanted


def _score(
    tree_pass: PrefixPass, reader: LogitReader, wanted: Mapping[int, Sequence[_Wanted]]
) -> Iterator[tuple[list[int], NDArray[np.float64]]]:
    """Read the tree; give log-probabilities and their pairs as they come."""

    def pick(nodes: Sequence[int], states: torch.Tensor) -> _Picked:
        places: dict[tuple[int, int], int] = {}
        picked = [
            (places.setdefault((row, one.column), len(places)), one)
            for row, node in enumerate(nodes)
            for one in sorted(wanted.get(node, ()), key=lambda one: one.column)
        ]
        rows, columns = ([place[axis] for place in places] for axis in (0, 1))
        return _Picked(states[rows, columns], picked)

    waiting: list[_Picked] = []
    for picked in tree_pass.run(pick):
        waiting.append(picked)
        if sum(len(one.states) for one in waiting) >= PLACES_AT_ONCE:
            yield _log_probabilities(reader, waiting)
            waiting = []
    if waiting:
        yield _log_probabilities(reader, waiting)


def _log_probabilities(
    reader: LogitReader, picked: Sequence[_Picked]
) -> tuple[list[int], NDArray[np.float64]]:
    """Take log softmax at the places that were picked, of the tokens wanted there."""
    import torch

    firsts = np.cumsum([0, *(len(one.states) for one in picked)]).tolist()
    wanted = [
        (first + place, one)
        for first, batch in zip(firsts[:-1], picked, strict=True)
        for place, one in batch.wanted
    ]
    places = [place for place, _ in wanted]
    states = torch.cat([one.states for one in picked])
    values: list[torch.Tensor] = []
    first = 0
    for logits in reader.logits(states):
        members = slice(bisect_left(places, first), bisect_left(places, first + len(logits)))
        rows = [place - first for place in places[members]]
        tokens = [one.token for _, one in wanted[members]]
        own = states[first : first + len(logits)]
        chosen = reader.single(own, logits, rows, tokens)
        values.append(chosen - logits.logsumexp(-1)[rows])
        first += len(logits)
    return [one.pair for _, one in wanted], torch.cat(values).double().cpu().numpy()


def _require_finite(totals: NDArray[np.float64], name: str) -> None:
    if np.isfinite(totals).all():
        return
    raise NotFiniteError(
        f"Model {name!r}: the log-likelihood of pair {int(np.argmin(np.isfinite(totals)))} is "
        "infinite or not a number. If the model runs in float16, use bfloat16 or float32."
    )
