from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from isogloss.errors import Refusal
from isogloss.language_models.patching.attribution import attribute
from isogloss.language_models.patching.patches import run_patches
from isogloss.language_models.patching.sites import PatchSite, Position, expand, list_sites
from tests.language_models.patching import naive
from tests.language_models.patching.models import FAMILIES, HEADS, LAYERS, make_model, make_pair

PAIRS = (make_pair(20, (7,)), make_pair(26, (11, 12), 1), make_pair(20, (3,), 2))
POSITIONS: tuple[tuple[Position, ...], ...] = (
    (2, 7, 15, 19),
    ((11, 12), 20, 25),
    (1, 3, (3, 12, 19)),
)
CONTRASTS = ((1.0, -1.0, 0.0), (0.5, 0.5, -1.0), (0.0, 1.0, 0.0))
SITES = list_sites(LAYERS, HEADS, ("residual", "attention", "mlp", "head"))


def make_linear() -> Any:
    """Build a Llama that is linear in the states of all its components."""

    class Same(torch.nn.Module):
        def forward(self, states: torch.Tensor) -> torch.Tensor:
            return states

    loaded = make_model("llama")
    with torch.no_grad():
        for block in loaded.backbone.layers:
            # Without queries all earlier tokens are attended to alike.
            block.self_attn.q_proj.weight.zero_()
            block.input_layernorm = block.post_attention_layernorm = Same()
            block.mlp = torch.nn.Linear(32, 32)
        loaded.backbone.norm = Same()
        loaded.backbone.embed_tokens.weight.mul_(100)
    return loaded


@pytest.mark.parametrize("steps", [0, 3])
def test_attribution_is_exact_on_a_linear_model(steps: int) -> None:
    loaded = make_linear()
    run = run_patches(loaded, PAIRS, SITES, POSITIONS)
    found = attribute(loaded, PAIRS, CONTRASTS, SITES, POSITIONS, steps=steps)
    for number, contrast in enumerate(CONTRASTS):
        base, donor = run.base[number] @ contrast, run.donor[number] @ contrast
        assert found.base[number] == pytest.approx(base, abs=1e-4)
        assert found.donor[number] == pytest.approx(donor, abs=1e-4)
        noising, denoising = run.noising[number] @ contrast, run.denoising[number] @ contrast
        np.testing.assert_allclose(found.noising[number], noising - base, atol=1e-4)
        np.testing.assert_allclose(found.denoising[number], denoising - donor, atol=1e-4)
        assert np.abs(noising - base).max() > 0.1


@pytest.mark.parametrize("family", FAMILIES)
def test_estimates_are_slopes_times_differences(family: str) -> None:
    loaded = make_model(family)
    found = attribute(loaded, PAIRS, CONTRASTS, SITES, POSITIONS)
    for number, (pair, contrast, places) in enumerate(
        zip(PAIRS, CONTRASTS, POSITIONS, strict=True)
    ):
        base, donor = (naive.all_states(loaded.model, ids) for ids in (pair.base, pair.donor))
        for row, site in list(enumerate(SITES))[:: 4 if number else 1]:
            given, other = (states[site.component, site.layer] for states in (base, donor))
            # The slope along the difference, from two small steps there.
            for column, place in enumerate(places):
                values = [
                    naive.patched_logits(
                        loaded.model,
                        pair.base,
                        given + step * (other - given),
                        site,
                        expand(place),
                    )[list(pair.answers)].numpy()
                    @ contrast
                    for step in (1e-2, -1e-2)
                ]
                slope = (values[0] - values[1]) / 2e-2
                assert found.noising[number][row, column] == pytest.approx(slope, abs=1e-3)


def test_batches_do_not_change_estimates() -> None:
    loaded = make_model("gemma3")
    for steps in (0, 2):
        one, other = (
            attribute(loaded, PAIRS, CONTRASTS, SITES, POSITIONS, steps=steps, token_budget=budget)
            for budget in (10, 5000)
        )
        for pair in range(len(PAIRS)):
            np.testing.assert_allclose(one.noising[pair], other.noising[pair], atol=1e-5)
            np.testing.assert_allclose(one.denoising[pair], other.denoising[pair], atol=1e-5)


def test_integrated_estimates_over_inputs_sum_to_the_total() -> None:
    loaded = make_model("llama")
    places = [tuple(range(len(pair.base))) for pair in PAIRS]
    entrance = [PatchSite("residual", 0)]
    found = attribute(loaded, PAIRS, CONTRASTS, entrance, places, steps=64)
    plain = attribute(loaded, PAIRS, CONTRASTS, entrance, places)
    for pair in range(len(PAIRS)):
        total = found.donor[pair] - found.base[pair]
        assert found.noising[pair].sum() == pytest.approx(total, abs=1e-3)
        assert found.denoising[pair].sum() == pytest.approx(-total, abs=1e-3)
        assert abs(plain.noising[pair].sum() - total) > 0.01


def test_weights_are_left_as_they_were() -> None:
    loaded = make_model("llama")
    told: list[int] = []
    attribute(loaded, PAIRS, CONTRASTS, SITES, POSITIONS, advance=told.append)
    assert sum(told) == len(PAIRS)
    assert all(weight.requires_grad and weight.grad is None for weight in loaded.model.parameters())


def test_what_does_not_fit_is_refused() -> None:
    loaded = make_model("llama")
    with pytest.raises(Refusal, match="3 pairs, but contrasts of 2"):
        attribute(loaded, PAIRS, CONTRASTS[:2], SITES, POSITIONS)
    with pytest.raises(Refusal, match="Pair 0 has 3 answers, but 2 weights"):
        attribute(loaded, PAIRS, ((1.0, -1.0), *CONTRASTS[1:]), SITES, POSITIONS)
    with pytest.raises(Refusal, match="Queries have no estimates"):
        attribute(loaded, PAIRS, CONTRASTS, [PatchSite("query", 1, 0)], POSITIONS)
    with pytest.raises(Refusal, match="steps = -1"):
        attribute(loaded, PAIRS, CONTRASTS, SITES, POSITIONS, steps=-1)


def test_no_pairs_give_nothing() -> None:
    assert attribute(make_model("llama"), [], [], SITES, []).noising == []
