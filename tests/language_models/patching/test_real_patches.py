"""The invariants of patching on Gemma 3 270M, also with prompts longer than its window of 512."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from isogloss.language_models.patching.attribution import attribute
from isogloss.language_models.patching.patches import measure_noise, run_patches
from isogloss.language_models.patching.sites import (
    PatchPair,
    PatchSite,
    Position,
    expand,
    list_sites,
)
from tests.language_models.patching import naive
from tests.models import gemma_model

pytestmark = [pytest.mark.slow, pytest.mark.real_model]

CONTRAST = np.array([1.0, -1.0])
TEXT = "Count the animals in this list: apple, horse, stone, {}, table, cow. Number of animals:"
WORDS = ("wolf", "cup")


@pytest.fixture(scope="module")
def gemma(root: Path) -> Iterator[Any]:
    with gemma_model(root / "data" / "06_models").open() as loaded:
        yield loaded


def make_pair(loaded: Any, before: str = "") -> PatchPair:
    base, donor = (tuple(loaded.tokenizer(before + TEXT.format(word)).input_ids) for word in WORDS)
    answers = tuple(loaded.tokenizer("34", add_special_tokens=False).input_ids[-2:])
    pair = PatchPair(base, donor, answers)
    assert len(base) == len(donor)
    assert len(pair.differences) == 1
    return pair


def test_invariants_hold(gemma: Any) -> None:
    pair = make_pair(gemma)
    length, swap = len(pair.base), pair.first_difference
    sites = list_sites(gemma.layers, 4, ("residual",))
    every = tuple(range(length))
    run = run_patches(gemma, [pair], sites, [(*every, every)])
    total = (run.donor - run.base)[0] @ CONTRAST
    assert abs(total) > 0.01
    for results, own, sign in ((run.noising, run.base, 1), (run.denoising, run.donor, -1)):
        changes = (results[0] - own[0]) @ CONTRAST
        np.testing.assert_allclose(changes[:, -1], sign * total, atol=1e-4)
        assert (changes[:, :swap] == 0).all()
        assert changes[0, swap] == pytest.approx(sign * total, abs=1e-4)
        assert (changes[0, swap + 1 : -1] == 0).all()
        assert (changes[-1, :-2] == 0).all()
        assert changes[-1, -2] == pytest.approx(sign * total, abs=1e-4)
        assert (np.abs(np.diff(changes[:, swap:-1], axis=0)).max(axis=1) > 1e-4).all()


def test_own_activations_change_no_more_than_rounding(gemma: Any) -> None:
    pair = make_pair(gemma)
    sites = [PatchSite("residual", 0), PatchSite("attention", 3), PatchSite("head", 9, 2)]
    sites += [PatchSite("mlp", 12), PatchSite("residual", 17)]
    noise = measure_noise(gemma, [pair], sites, [(5, pair.first_difference, len(pair.base) - 1)])
    assert np.abs((noise.noising[0] - noise.base[0]) @ CONTRAST).max() < 1e-4
    assert np.abs((noise.denoising[0] - noise.donor[0]) @ CONTRAST).max() < 1e-4


def test_patches_are_those_of_whole_passes_with_hooks(gemma: Any) -> None:
    pair = make_pair(gemma)
    last = len(pair.base) - 1
    sites = [PatchSite("residual", 4), PatchSite("attention", 6), PatchSite("mlp", 1)]
    sites += [PatchSite("head", 12, 3), PatchSite("residual", 17), PatchSite("attention", 18)]
    compare(gemma, pair, sites, (pair.first_difference, (pair.first_difference + 1, last)))


def test_patches_of_prompts_beyond_the_window_are_those_of_whole_passes(gemma: Any) -> None:
    pair = make_pair(gemma, "The water of the river is cold and clear today. " * 46)
    assert len(pair.base) > 521
    # Layer 5 sees all tokens, the others those of their window.
    sites = [PatchSite("residual", 4), PatchSite("head", 12, 3)]
    compare(gemma, pair, sites, (pair.first_difference,))


def compare(
    gemma: Any, pair: PatchPair, sites: list[PatchSite], places: tuple[Position, ...]
) -> None:
    run = run_patches(gemma, [pair], sites, [places])
    for results, ids, other in (
        (run.noising, pair.base, pair.donor),
        (run.denoising, pair.donor, pair.base),
    ):
        states = naive.all_states(gemma.model, other)
        for row, site in enumerate(sites):
            taken = states[site.component, site.layer]
            for column, place in enumerate(places):
                logits = naive.patched_logits(gemma.model, ids, taken, site, expand(place))
                expected = logits[list(pair.answers)].numpy() @ CONTRAST
                assert results[0][row, column] @ CONTRAST == pytest.approx(expected, abs=1e-4)


def test_total_is_direct_and_indirect_effect(gemma: Any) -> None:
    pair = make_pair(gemma)
    site, place = PatchSite("residual", 9), pair.first_difference
    run = run_patches(gemma, [pair], [site], [(place,)])
    total = (run.donor - run.base)[0] @ CONTRAST
    denoised = (run.donor[0] - run.denoising[0][0, 0]) @ CONTRAST
    held = naive.all_states(gemma.model, pair.base)["residual", 9]
    swapped = naive.patched_logits(gemma.model, pair.donor, held, site, (place,))
    direct = swapped - naive.logits(gemma.model, pair.base)
    found = direct[list(pair.answers)].numpy() @ CONTRAST
    assert found + denoised == pytest.approx(total, abs=1e-4)


def test_attribution_agrees_with_small_steps(gemma: Any) -> None:
    pair = make_pair(gemma)
    places = (pair.first_difference, len(pair.base) - 1)
    sites = [PatchSite("attention", 3), PatchSite("mlp", 9), PatchSite("head", 15, 1)]
    found = attribute(gemma, [pair], [tuple(CONTRAST)], sites, [places])
    base, donor = (naive.all_states(gemma.model, ids) for ids in (pair.base, pair.donor))
    with torch.inference_mode():
        for row, site in enumerate(sites):
            given, other = (states[site.component, site.layer] for states in (base, donor))
            for column, place in enumerate(places):
                values = [
                    naive.patched_logits(
                        gemma.model, pair.base, given + step * (other - given), site, (place,)
                    )[list(pair.answers)].numpy()
                    @ CONTRAST
                    for step in (0.05, -0.05)
                ]
                slope = (values[0] - values[1]) / 0.1
                assert found.noising[0][row, column] == pytest.approx(slope, abs=5e-3, rel=0.05)
