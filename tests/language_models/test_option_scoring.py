from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pytest
import torch

from isogloss.language_models import option_scoring, prefix_pass
from isogloss.language_models.continuation_encoding import EncodedPair
from isogloss.language_models.option_scoring import score_continuations

Opened = Callable[..., AbstractContextManager[Any]]
DECODERS = ("llama", "gemma3", "gpt_neox", "bloom", "opt")


def naive(loaded: Any, pairs: Sequence[EncodedPair]) -> list[float]:
    """Score one pair at a time with the whole model, in float64 from its logits."""
    scores = []
    for pair in pairs:
        ids = torch.tensor([pair.context + pair.continuation], device=loaded.device)
        with torch.inference_mode():
            logits = loaded.model(input_ids=ids).logits[0].double()
        chances = torch.log_softmax(logits, -1)
        first = len(pair.context) - 1
        scores.append(
            sum(chances[first + n, token].item() for n, token in enumerate(pair.continuation))
        )
    return scores


def _tokens(count: int, seed: int) -> tuple[int, ...]:
    return tuple(np.random.default_rng(seed).integers(4, 280, count).tolist())


@pytest.fixture(scope="module")
def pairs() -> list[EncodedPair]:
    """Give items with a shared beginning of 24 tokens, longer than Gemma's window of 16 here.

    Passages are shared by two questions each; options have one or several tokens and share some;
    contexts have different lengths, and some have nothing in common with others.
    """
    shots, made = _tokens(24, 0), []
    for passage in range(3):
        text = shots + _tokens(9 + 3 * passage, 10 + passage)
        for question in range(2):
            context = text + _tokens(4 + passage + question, 20 + 2 * passage + question)
            made += [EncodedPair(context, (option,)) for option in (70, 71, 72, 73)]
            stem = _tokens(3, 40 + passage)
            made += [EncodedPair(context, stem + _tokens(n, 50 + n)) for n in (1, 2, 5)]
            made += [EncodedPair(context, _tokens(6, 60 + n)) for n in range(2)]
    # A context that is the whole of another pair, one within it, a short and a lonely one.
    made.append(EncodedPair(made[4].context + made[4].continuation, _tokens(2, 80)))
    made.append(EncodedPair(made[4].context[:20], made[4].context[20:23]))
    made.append(EncodedPair(made[4].context[:1], _tokens(3, 81)))
    made.append(EncodedPair(_tokens(50, 82), _tokens(7, 83)))
    made.append(made[3])
    return made


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every shared run be a node, however short."""
    monkeypatch.setattr(option_scoring, "worth_sharing", lambda run, rows, start: True)


@pytest.mark.parametrize("architecture", DECODERS)
@pytest.mark.parametrize("budget", [1, 90, 100_000])
def test_scores_equal_those_of_single_texts(
    opened: Opened, pairs: list[EncodedPair], architecture: str, budget: int, shared: None
) -> None:
    with opened(architecture) as loaded:
        expected = naive(loaded, pairs)
        scores = score_continuations(loaded, pairs, token_budget=budget)
    np.testing.assert_allclose(scores.log_likelihoods, expected, atol=1e-4, rtol=0)
    distinct = {
        (pair.context + pair.continuation)[:length]
        for pair in pairs
        for length in range(1, len(pair.context) + len(pair.continuation))
    }
    assert scores.read_tokens == len(distinct)
    assert scores.given_tokens == sum(len(p.context) + len(p.continuation) - 1 for p in pairs)
    assert not scores.truncated.any()


@pytest.mark.parametrize("architecture", DECODERS)
def test_only_what_is_worth_it_is_shared_by_default(
    opened: Opened, pairs: list[EncodedPair], architecture: str
) -> None:
    with opened(architecture) as loaded:
        expected = naive(loaded, pairs)
        scores = score_continuations(loaded, pairs)
    np.testing.assert_allclose(scores.log_likelihoods, expected, atol=1e-4, rtol=0)
    assert scores.read_tokens < scores.given_tokens / 3


def test_order_does_not_matter(opened: Opened, pairs: list[EncodedPair], shared: None) -> None:
    order = np.random.default_rng(0).permutation(len(pairs))
    with opened("gemma3") as loaded:
        scores = score_continuations(loaded, pairs).log_likelihoods
        mixed = score_continuations(loaded, [pairs[place] for place in order]).log_likelihoods
    np.testing.assert_allclose(mixed, scores[order], atol=1e-5, rtol=0)


def test_states_are_kept_in_portions_and_dropped_when_done(
    opened: Opened, pairs: list[EncodedPair], shared: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []
    read = prefix_pass.PrefixPass._read

    def watch(self: Any, rows: Sequence[int]) -> Any:
        held.append(sum(len(self._tree.nodes[node].tokens) for node in self._kept))
        return read(self, rows)

    monkeypatch.setattr(prefix_pass.PrefixPass, "_read", watch)
    monkeypatch.setattr(prefix_pass, "CACHE_BYTES", 1)
    with opened("llama") as loaded:
        expected = naive(loaded, pairs)
        few = score_continuations(loaded, pairs, token_budget=1)
        most_of_few, held = max(held), []
        monkeypatch.setattr(prefix_pass, "CACHE_BYTES", 2**29)
        score_continuations(loaded, pairs, token_budget=1)
    np.testing.assert_allclose(few.log_likelihoods, expected, atol=1e-4, rtol=0)
    # One path of the tree at a time: shots, passage, question, stem.
    assert most_of_few < max(held)
    assert most_of_few <= max(len(pair.context) for pair in pairs) + 3


def test_a_shortage_of_memory_halves_the_batches(
    opened: Opened, pairs: list[EncodedPair], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    read = prefix_pass.PrefixPass._read

    def scarce(self: Any, rows: Sequence[int]) -> Any:
        sizes.append(len(rows))
        result = read(self, rows)
        if len(rows) > 3:
            raise MemoryError
        return result

    monkeypatch.setattr(prefix_pass.PrefixPass, "_read", scarce)
    with opened("llama") as loaded:
        scores = score_continuations(loaded, pairs, token_budget=100_000)
        assert any(size > 3 for size in sizes)
        np.testing.assert_allclose(scores.log_likelihoods, naive(loaded, pairs), atol=1e-4, rtol=0)


def test_a_model_that_cannot_go_on_from_a_prefix_reads_whole_texts(
    opened: Opened, pairs: list[EncodedPair]
) -> None:
    with opened("llama") as loaded:
        expected = naive(loaded, pairs)
        forward = loaded.backbone.forward

        def forgetful(*args: Any, past_key_values: Any = None, **arguments: Any) -> Any:
            if past_key_values is not None:
                raise TypeError("no such argument")
            return forward(*args, **arguments)

        loaded.backbone.forward = forgetful
        scores = score_continuations(loaded, pairs)
    np.testing.assert_allclose(scores.log_likelihoods, expected, atol=1e-4, rtol=0)
    whole = {p.context + p.continuation[:-1] for p in pairs}
    longest = [s for s in whole if not any(o != s and o[: len(s)] == s for o in whole)]
    assert scores.read_tokens == sum(map(len, longest))


def test_an_output_layer_that_does_not_suffice_is_replaced_by_the_whole_model(
    opened: Opened, pairs: list[EncodedPair], shared: None
) -> None:
    with opened("gpt_neox") as loaded:
        loaded.model.get_output_embeddings = lambda: None
        scores = score_continuations(loaded, pairs)
        np.testing.assert_allclose(scores.log_likelihoods, naive(loaded, pairs), atol=1e-4, rtol=0)


def test_contexts_that_are_too_long_are_cut_from_the_left_or_refused(opened: Opened) -> None:
    fits = EncodedPair(_tokens(12, 0), _tokens(5, 1))
    long = EncodedPair(_tokens(20, 2), _tokens(5, 3))
    with opened("gemma3", max_length=16) as loaded:
        scores = score_continuations(loaded, [fits, long])
        expected = naive(loaded, [fits, EncodedPair(long.context[-12:], long.continuation)])
        with pytest.raises(ValueError, match="Pair 1 has 24 tokens .* reads 16"):
            score_continuations(loaded, [fits, long], overlong="refuse")
        with pytest.raises(ValueError, match="Pair 0 has 17 tokens"):
            score_continuations(loaded, [EncodedPair((5,), _tokens(17, 4))])
    assert scores.truncated.tolist() == [False, True]
    np.testing.assert_allclose(scores.log_likelihoods, expected, atol=1e-4, rtol=0)


def test_finished_pairs_are_told(
    opened: Opened, pairs: list[EncodedPair], shared: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(option_scoring, "PLACES_AT_ONCE", 16)
    told: list[int] = []
    with opened("llama") as loaded:
        score_continuations(loaded, pairs, token_budget=60, advance=told.append)
    assert sum(told) == len(pairs)
    assert len(told) > 1


def test_no_pairs_give_no_scores(opened: Opened) -> None:
    with opened("llama") as loaded:
        assert score_continuations(loaded, []).log_likelihoods.shape == (0,)


def test_what_cannot_be_scored_is_refused(opened: Opened) -> None:
    with opened("t5", kind="seq2seq") as loaded, pytest.raises(ValueError, match="'seq2seq'"):
        score_continuations(loaded, [EncodedPair((5,), (6,))])
    with opened("llama") as loaded:
        with pytest.raises(ValueError, match="Pair 1 has an empty"):
            score_continuations(loaded, [EncodedPair((5,), (6,)), EncodedPair((5,), ())])
        with torch.no_grad():
            loaded.model.lm_head.weight.fill_(float("nan"))
        with pytest.raises(ArithmeticError, match="pair 0 is infinite"):
            score_continuations(loaded, [EncodedPair((5,), (6,))])
