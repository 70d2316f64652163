from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from isogloss.errors import Refusal
from isogloss.language_models.patching import continued_runs
from isogloss.language_models.patching.interventions import Edges, inject, knock_out
from isogloss.language_models.patching.patches import run_patches
from isogloss.language_models.patching.reading import read_states
from isogloss.language_models.patching.recorded_runs import record_runs
from isogloss.language_models.patching.sites import PatchSite
from tests.language_models.patching import naive
from tests.language_models.patching.models import (
    FAMILIES,
    HIDDEN_SIZE,
    LAYERS,
    WINDOW,
    make_model,
    make_pair,
)

SEQUENCES = [make_pair(length, (2,), length).base for length in (20, 26, 20)]
ANSWERS = [(20, 31), (44, 5), (7, 8)]


@pytest.mark.parametrize("family", FAMILIES)
def test_states_are_those_at_the_boundaries_of_blocks(family: str) -> None:
    loaded = make_model(family)
    positions = [(0, 19), (5,), ()]
    found = read_states(loaded, SEQUENCES, [0, 2, LAYERS], positions)
    for ids, places, states in zip(SEQUENCES, positions, found, strict=True):
        seen = naive.all_states(loaded.model, ids)
        expected = [seen["residual", layer][list(places)].numpy() for layer in (0, 2, LAYERS)]
        np.testing.assert_allclose(states, expected, atol=1e-5)
        assert states.dtype == np.float32


@pytest.mark.parametrize("family", ["llama", "gpt_neox", "opt", "bloom", "gemma3", "gpt2"])
@pytest.mark.parametrize("layer", [0, 2, LAYERS])
def test_vectors_are_put_in_or_added(family: str, layer: int) -> None:
    loaded = make_model(family)
    generator = np.random.default_rng(0)
    positions = [(3, 12), (25,), (19, 2, 7)]
    vectors = [generator.normal(size=(len(one), HIDDEN_SIZE)).astype("f4") for one in positions]
    states = read_states(loaded, SEQUENCES, [layer], positions)
    for how in ("replace", "add"):
        found = inject(loaded, SEQUENCES, ANSWERS, layer, positions, vectors, how=how)
        for number, (ids, places) in enumerate(zip(SEQUENCES, positions, strict=True)):
            own = naive.logits(loaded.model, ids)[list(ANSWERS[number])]
            np.testing.assert_allclose(found.before[number], own, atol=1e-4)
            taken = torch.zeros(len(ids), HIDDEN_SIZE)
            taken[list(places)] = torch.from_numpy(vectors[number])
            if how == "add":
                taken[list(places)] += torch.from_numpy(states[number][0])
            site = PatchSite("residual", layer)
            expected = naive.patched_logits(loaded.model, ids, taken, site, places)
            np.testing.assert_allclose(
                found.after[number], expected[list(ANSWERS[number])], atol=1e-4
            )


def test_states_of_another_run_are_put_in_as_patches_do() -> None:
    loaded, pair = make_model("llama"), make_pair(20, (7,))
    states = read_states(loaded, [pair.donor], [2], [(7, 15)])
    found = inject(loaded, [pair.base], [pair.answers], 2, [(7, 15)], [states[0][0]])
    run = run_patches(loaded, [pair], [PatchSite("residual", 2)], [[(7, 15)]])
    np.testing.assert_allclose(found.after[0], run.noising[0][0, 0], atol=1e-5)
    np.testing.assert_array_equal(found.before[0], run.base[0])


def test_a_prompt_that_is_changed_in_several_ways_is_read_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded, generator = make_model("llama"), np.random.default_rng(0)
    own = [2, 0, 1, 0, 2, 0]
    sequences, answers = [SEQUENCES[one] for one in own], [ANSWERS[one] for one in own]
    answers[3] = (9, 10)
    places = [[4], [9], [3], [2, 5], [7], [9]]
    vectors = [generator.normal(size=(len(one), HIDDEN_SIZE)).astype("f4") for one in places]
    expected = [
        inject(loaded, [ids], [read], 1, [at], [vector])
        for ids, read, at, vector in zip(sequences, answers, places, vectors, strict=True)
    ]
    read: list[int] = []

    def count(decoder: Any, reader: Any, prompts: Any, *more: Any) -> Any:
        read.append(len(prompts))
        return record_runs(decoder, reader, prompts, *more)

    monkeypatch.setattr(continued_runs, "record_runs", count)
    found = inject(loaded, sequences, answers, 1, places, vectors)
    assert sum(read) == 2, "the first and the last prompt are the same"
    for name in ("before", "after"):
        wanted = np.concatenate([getattr(one, name) for one in expected])
        np.testing.assert_allclose(getattr(found, name), wanted, atol=1e-5)
    assert np.abs(found.after - found.before).min() > 1e-4


def naive_knock_out(
    model: Any, ids: tuple[int, ...], edges: list[Edges], layers: list[int]
) -> torch.Tensor:
    """Compute attention as it is, but with other weights: softmax over what is left."""
    tokens = len(ids)
    cut = torch.zeros(tokens, tokens, dtype=torch.bool)
    for edge in edges:
        for query in edge.queries:
            cut[query, list(edge.keys)] = True
    softmax, calls = torch.nn.functional.softmax, 0

    def with_cut(scores: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        nonlocal calls
        calls += 1
        if calls in layers:
            scores = scores.masked_fill(cut, -torch.inf)
        return softmax(scores, *args, **kwargs)

    model.set_attn_implementation("eager")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(torch.nn.functional, "softmax", with_cut)
        logits = naive.logits(model, ids)
    assert calls == LAYERS
    return logits


@pytest.mark.parametrize("family", ["llama", "gpt_neox", "opt", "bloom", "gemma3", "qwen3", "gpt2"])
@pytest.mark.parametrize("layers", [[1, 2, 3], [2], [3]])
def test_attention_is_cut(family: str, layers: list[int]) -> None:
    edges = [
        [Edges((19,), (3, 4))],
        [Edges((12, 13), (11,)), Edges((25,), (0, 20))],
        [Edges(tuple(range(8, 20)), (7,))],
    ]
    loaded = make_model(family)
    found = knock_out(loaded, SEQUENCES, ANSWERS, edges, layers)
    eager = make_model(family)
    for number, (ids, own) in enumerate(zip(SEQUENCES, edges, strict=True)):
        expected = naive_knock_out(eager.model, ids, own, layers)[list(ANSWERS[number])]
        np.testing.assert_allclose(found.after[number], expected, atol=1e-4)
    assert np.abs(found.after - found.before).max() > 1e-3


def test_cutting_what_is_not_seen_changes_nothing() -> None:
    loaded = make_model("gemma3")
    # Keys behind the query, and keys before the window of the layers.
    edges = [[Edges((5,), (9,))], [Edges((25,), (25 - WINDOW,))], [Edges((4,), (4 + 1,))]]
    found = knock_out(loaded, SEQUENCES, ANSWERS, edges, [1, 2])
    np.testing.assert_allclose(found.after, found.before, atol=1e-5)


def test_a_query_must_keep_a_key() -> None:
    loaded = make_model("llama")
    edges = [[Edges((3,), (0, 1, 2, 3))], [Edges((3,), (1,))], [Edges((3,), (1,))]]
    with pytest.raises(Refusal, match="left with nothing to look at"):
        knock_out(loaded, SEQUENCES, ANSWERS, edges, [1])


def test_changes_that_do_not_fit_are_refused() -> None:
    loaded = make_model("llama")
    places, vectors = [(1,)] * 3, [np.zeros((1, HIDDEN_SIZE), "f4")] * 3
    with pytest.raises(Refusal, match="Prompt 1 has 1 positions and vectors of shape"):
        inject(loaded, SEQUENCES, ANSWERS, 1, places, [vectors[0], vectors[0][:, 1:], vectors[0]])
    with pytest.raises(Refusal, match="3 prompts, but vectors of 2"):
        inject(loaded, SEQUENCES, ANSWERS, 1, places, vectors[:2])
    with pytest.raises(Refusal, match="Prompt 2 has no position"):
        inject(loaded, SEQUENCES, ANSWERS, 1, [*places[:2], ()], vectors)
    with pytest.raises(Refusal, match="layers go from 0 to 3"):
        inject(loaded, SEQUENCES, ANSWERS, 4, places, vectors)
    with pytest.raises(Refusal, match="all of them as many"):
        inject(loaded, SEQUENCES, [(1,), (1, 2), (1,)], 1, places, vectors)
    with pytest.raises(Refusal, match="position 20 is not among its 20"):
        read_states(loaded, SEQUENCES, [1], [(20,), (), ()])
    with pytest.raises(Refusal, match="layers go from 1 to 3"):
        knock_out(loaded, SEQUENCES, ANSWERS, [[Edges((3,), (1,))]] * 3, [0])
    with pytest.raises(Refusal, match="No layer"):
        read_states(loaded, SEQUENCES, [], [()] * 3)


def test_no_prompts_give_nothing() -> None:
    loaded = make_model("llama")
    assert read_states(loaded, [], [1], []) == []
    assert knock_out(loaded, [], [], [], [1]).after.shape == (0, 0)
    assert inject(loaded, [], [], 1, [], []).after.shape == (0, 0)


def test_numbers_that_are_none_are_an_error() -> None:
    loaded = make_model("llama")
    vectors = [np.full((1, HIDDEN_SIZE), np.nan, "f4")] * 3
    with pytest.raises(ArithmeticError, match="a logit is infinite or not a number"):
        inject(loaded, SEQUENCES, ANSWERS, 1, [(1,)] * 3, vectors)
    with torch.no_grad():
        loaded.backbone.embed_tokens.weight.fill_(float("inf"))
    with pytest.raises(ArithmeticError, match="a hidden state is infinite or not a number"):
        read_states(loaded, SEQUENCES, [1], [(3,)] * 3)
