from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from isogloss.language_models.patching import patch_portion, recorded_runs
from isogloss.language_models.patching.patches import measure_noise, run_patches
from isogloss.language_models.patching.recorded_runs import Part, record_runs
from isogloss.language_models.patching.restart import Restart, Suffixes
from isogloss.language_models.patching.sites import (
    PatchSite,
    Position,
    expand,
    list_sites,
)
from isogloss.language_models.patching.workbench import set_up
from tests.language_models.patching import naive
from tests.language_models.patching.models import (
    FAMILIES,
    HEADS,
    LAYERS,
    make_model,
    make_pair,
)

FIVE = ("llama", "gpt_neox", "opt", "bloom", "gemma3")

# Longer than the windows; lengths and places differ.
PAIRS = (make_pair(20, (7,)), make_pair(26, (11, 12), 1), make_pair(20, (3,), 2))
POSITIONS: tuple[tuple[Position, ...], ...] = (
    (7, 15, 19),
    ((11, 12), 20),
    (1, (3, 12, 19)),
)
SITES = [
    *list_sites(LAYERS, HEADS),
    PatchSite("head", 1, 0),
    PatchSite("head", 2, 3),
    PatchSite("head", 3, 1),
]


@pytest.mark.parametrize("family", FAMILIES)
def test_patches_are_those_of_whole_passes_with_hooks(family: str) -> None:
    loaded = make_model(family)
    run = run_patches(loaded, PAIRS, SITES, POSITIONS)
    for number, (pair, places) in enumerate(zip(PAIRS, POSITIONS, strict=True)):
        states = [naive.all_states(loaded.model, ids) for ids in (pair.donor, pair.base)]
        for results, ids, taken in (
            (run.noising, pair.base, states[0]),
            (run.denoising, pair.donor, states[1]),
        ):
            expected = np.empty((len(SITES), len(places), len(pair.answers)))
            for row, site in enumerate(SITES):
                for column, place in enumerate(places):
                    given = taken[site.component, site.layer]
                    logits = naive.patched_logits(loaded.model, ids, given, site, expand(place))
                    expected[row, column] = logits[list(pair.answers)].numpy()
            np.testing.assert_allclose(results[number], expected, atol=1e-4, rtol=0)
    assert max(np.ptp(one[:, 1], axis=0).max() for one in run.noising) > 1e-3


def effects(run: Any, pair: int, of: str = "noising") -> NDArray[np.float64]:
    """Give what patches change in the logits of a pair: [sites, positions, answers]."""
    own = run.base if of == "noising" else run.donor
    changes: NDArray[np.float64] = getattr(run, of)[pair] - own[pair]
    return changes


@pytest.mark.parametrize("family", FIVE)
def test_invariants_of_the_residual(family: str) -> None:
    loaded, length = make_model(family), 22
    pairs = [make_pair(length, (9,)), make_pair(length, (9, 10), 3)]
    every = tuple(range(length))
    run = run_patches(
        loaded, pairs, list_sites(LAYERS, HEADS, ("residual",)), [(*every, every)] * 2
    )
    for number, pair in enumerate(pairs):
        total = run.donor[number] - run.base[number]
        for of, sign in (("noising", 1), ("denoising", -1)):
            changes = effects(run, number, of)
            # All tokens at once are the other run, in every layer.
            np.testing.assert_allclose(changes[:, -1], sign * total[None].repeat(4, 0), atol=1e-4)
            assert (changes[:, : pair.first_difference] == 0).all()
            # Before the first block only the tokens that differ do anything,
            elsewhere = [place for place in every if place not in pair.differences]
            assert (changes[0, elsewhere] == 0).all()
            # and behind the last only the last token.
            assert (changes[LAYERS, :-2] == 0).all()
            np.testing.assert_allclose(changes[LAYERS, -2], sign * total, atol=1e-4)
            # Layers differ.
            between = np.abs(changes[1:] - changes[:-1]).max(axis=(1, 2))
            assert (between > 1e-4).all()
    np.testing.assert_allclose(effects(run, 0)[0, 9], run.donor[0] - run.base[0], atol=1e-4)


@pytest.mark.parametrize("family", FIVE)
def test_total_is_direct_and_indirect_effect(family: str) -> None:
    loaded, pair = make_model(family), make_pair(22, (9,))
    contrast = np.array([1.0, -1.0, 0.0])
    sites = list_sites(LAYERS, HEADS, ("residual", "attention", "mlp", "head"))
    run = run_patches(loaded, [pair], sites, [(9, 15, 21)])
    total = (run.donor - run.base)[0] @ contrast
    denoised = -effects(run, 0, "denoising") @ contrast
    # The direct effect is that of the swap with the mediator held at what the base gives,
    states = naive.all_states(loaded.model, pair.base)
    for row, site in enumerate(sites):
        given = states[site.component, site.layer]
        for column, place in enumerate((9, 15, 21)):
            held = naive.patched_logits(loaded.model, pair.donor, given, site, (place,))
            direct = (held - naive.logits(loaded.model, pair.base))[list(pair.answers)].numpy()
            assert direct @ contrast + denoised[row, column] == pytest.approx(total, abs=1e-4)


@pytest.mark.parametrize("family", FIVE)
def test_own_activations_change_no_more_than_rounding(family: str) -> None:
    loaded, pair = make_model(family), make_pair(22, (9,))
    sites = list_sites(LAYERS, HEADS, ("residual", "attention", "mlp", "head"))
    run = measure_noise(loaded, [pair], sites, [(0, 9, 15, 21)])
    for of in ("noising", "denoising"):
        assert np.abs(effects(run, 0, of)).max() < 1e-5
    same = run_patches(loaded, [replace(pair, donor=pair.base)], sites, [(0, 9, 15, 21)])
    assert (effects(same, 0) == 0).all()
    assert (effects(same, 0, "denoising") == 0).all()


@pytest.mark.parametrize("family", FIVE)
def test_reading_on_is_exact_where_kernels_have_equal_shapes(family: str) -> None:
    loaded = make_model(family)
    sequences = [make_pair(22, (9,), seed).base for seed in range(3)]
    with torch.inference_mode():
        bench = set_up(loaded, sequences, 1000)
        parts: set[Part] = {("residual", layer) for layer in range(LAYERS + 1)}
        runs = record_runs(bench.decoder, bench.reader, sequences, parts, bench.runner)
        restart = Restart(bench.decoder, bench.reader, runs, cut_last=False)
        whole = Suffixes(torch.arange(3), torch.zeros(3, dtype=torch.int64))
        for layer in range(LAYERS + 1):
            final = restart.go_on(layer, whole, runs.parts["residual", layer])
            assert torch.equal(final, runs.final)


def test_half_precision_has_a_measured_noise_floor() -> None:
    loaded, pair = make_model("llama", torch.bfloat16), make_pair(22, (9,))
    sites = list_sites(LAYERS, HEADS)
    noise = measure_noise(loaded, [pair], sites, [(9, 15, 21)])
    run = run_patches(loaded, [pair], sites, [(9, 15, 21)])
    exact = run_patches(make_model("llama"), [pair], sites, [(9, 15, 21)])
    floor = np.abs(effects(noise, 0)).max()
    assert 0 < floor < 0.1
    assert np.abs(effects(run, 0) - effects(exact, 0)).max() < 0.1


def test_batches_do_not_change_what_patches_do() -> None:
    loaded = make_model("gemma3")
    sites = list_sites(LAYERS, HEADS)
    runs = [
        run_patches(loaded, PAIRS, sites, POSITIONS, token_budget=budget) for budget in (10, 5000)
    ]
    for one, other in zip(*(run.noising for run in runs), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert runs[0].block_tokens > 0


def test_rounding_before_the_swap_is_no_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    true = recorded_runs.record_runs

    def rounded(*args: Any) -> recorded_runs.RecordedRuns:
        runs = true(*args)
        for states in runs.parts.values():
            states[1::2] += 1e-6
        return runs

    monkeypatch.setattr(patch_portion, "record_runs", rounded)
    loaded, pair = make_model("llama"), make_pair(22, (9,))
    run = run_patches(loaded, [pair], list_sites(LAYERS, HEADS), [(0, 5, 8, (7, 8), 9)])
    assert (effects(run, 0)[:, :4] == 0).all()
    assert (effects(run, 0)[:LAYERS, 4] != 0).all()


def test_many_pairs_are_read_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = make_model("llama")
    sites = list_sites(LAYERS, HEADS)
    expected = run_patches(loaded, PAIRS, sites, POSITIONS)
    monkeypatch.setattr(recorded_runs, "RECORD_BYTES", 1)
    told: list[int] = []
    found = run_patches(loaded, PAIRS, sites, POSITIONS, advance=told.append)
    for name in ("base", "donor"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), atol=1e-5)
    for one, other in zip(found.denoising, expected.denoising, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert sum(told) == 2 * len(sites) * sum(map(len, POSITIONS))


def test_logits_are_the_models_own() -> None:
    for family in ("gemma2", "bloom", "cohere", "phi"):
        loaded = make_model(family)
        run = run_patches(loaded, PAIRS, [PatchSite("residual", 1)], POSITIONS)
        for number, pair in enumerate(PAIRS):
            for logits, ids in ((run.base, pair.base), (run.donor, pair.donor)):
                own = naive.logits(loaded.model, ids).double()
                np.testing.assert_allclose(logits[number], own[list(pair.answers)], atol=1e-4)


def test_the_model_is_left_as_it_was() -> None:
    loaded = make_model("llama")
    before = naive.logits(loaded.model, PAIRS[0].base)
    run_patches(loaded, PAIRS, SITES, POSITIONS)
    assert torch.equal(naive.logits(loaded.model, PAIRS[0].base), before)
    for module in loaded.model.modules():
        assert not module._forward_hooks
        assert not module._forward_pre_hooks
        assert "forward" not in module.__dict__


def test_no_pairs_give_nothing() -> None:
    run = run_patches(make_model("llama"), [], SITES, [])
    assert run.noising == []
    assert run.base.shape == (0, 0)


def test_running_out_of_memory_halves_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = make_model("llama")
    expected = run_patches(loaded, PAIRS, SITES, POSITIONS)
    go_on = Restart.go_on

    def scarce(self: Restart, boundary: int, suffixes: Suffixes, states: torch.Tensor) -> Any:
        if states.shape[0] * states.shape[1] > 40:
            raise MemoryError
        return go_on(self, boundary, suffixes, states)

    monkeypatch.setattr(Restart, "go_on", scarce)
    found = run_patches(loaded, PAIRS, SITES, POSITIONS)
    for one, other in zip(found.noising, expected.noising, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
