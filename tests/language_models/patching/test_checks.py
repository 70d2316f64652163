"""Engines with planted faults: each must be an error, not a result."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from isogloss.language_models.patching import checks, patch_portion, replacement
from isogloss.language_models.patching.checks import PatchingError
from isogloss.language_models.patching.interventions import Edges, knock_out
from isogloss.language_models.patching.patches import run_patches
from isogloss.language_models.patching.restart import Restart
from isogloss.language_models.patching.sites import PatchSite, list_sites
from tests.language_models.patching.models import HEADS, LAYERS, make_model, make_pair

PAIRS = [make_pair(20, (7,)), make_pair(22, (11, 12), 1)]
POSITIONS = [(7, 15, 19), ((11, 12), 20)]
RESIDUAL = list_sites(LAYERS, HEADS, ("residual",))


def patch(sites: Any = RESIDUAL) -> Any:
    return run_patches(make_model("llama"), PAIRS, sites, POSITIONS)


def put_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have patches put in what was there before."""

    def own(decoder: Any, runs: Any, wanted: Any) -> torch.Tensor:
        return replacement.states_behind(decoder, runs, replace(wanted, others=wanted.runs))

    monkeypatch.setattr(patch_portion, "states_behind", own)


def test_a_patch_that_puts_in_nothing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    put_nothing(monkeypatch)
    with pytest.raises(PatchingError, match=r"'llama' cannot be patched: with all that"):
        patch()


def test_a_patch_that_never_reaches_the_model_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = Restart.go_on

    def deaf(self: Restart, boundary: int, suffixes: Any, states: torch.Tensor) -> Any:
        kept = self._runs.parts["residual", boundary]
        return go_on(self, boundary, suffixes, kept[suffixes.runs[:, None], self.columns(suffixes)])

    monkeypatch.setattr(Restart, "go_on", deaf)
    with pytest.raises(PatchingError, match="does not end as the donor does"):
        patch()


@pytest.mark.parametrize("component", ["attention", "mlp", "head", "query"])
def test_a_component_that_is_not_exchanged_is_an_error(
    monkeypatch: pytest.MonkeyPatch, component: Any
) -> None:
    true = replacement._run_block

    def own(decoder: Any, runs: Any, wanted: Any) -> torch.Tensor:
        return true(decoder, runs, replace(wanted, others=wanted.runs))

    monkeypatch.setattr(replacement, "_run_block", own)
    site = PatchSite(component, 2, 1 if component in ("head", "query") else -1)
    patch()
    with pytest.raises(PatchingError, match=f"leaves block 2 stays .* its {component}"):
        patch([site])


def test_results_alike_in_all_layers_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_check_restart", lambda portion, name: None)
    monkeypatch.setattr(
        patch_portion.PatchPortion,
        "final_states",
        lambda self, layer, patches: self.final[[patch.run for patch in patches]],
    )
    with pytest.raises(PatchingError, match="the same in all of 4 layers"):
        patch()


def test_differing_tokens_without_effect_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    put_nothing(monkeypatch)
    monkeypatch.setattr(checks, "_check_restart", lambda portion, name: None)
    with pytest.raises(PatchingError, match="must give the other's logits"):
        patch(RESIDUAL[:1])


def make_forgetful() -> Any:
    loaded = make_model("llama")
    forward = loaded.backbone.forward

    def forgetful(**arguments: Any) -> Any:
        tokens = arguments["input_ids"].shape[1]
        if arguments["attention_mask"].shape[1] == tokens:
            return forward(**arguments)
        mask = arguments.pop("attention_mask")[:, -tokens:]
        return forward(attention_mask=mask, **{**arguments, "past_key_values": None})

    loaded.backbone.forward = forgetful
    return loaded


def test_a_model_that_forgets_what_it_read_is_an_error() -> None:
    loaded = make_forgetful()
    with pytest.raises(PatchingError, match="does not end as the donor does"):
        run_patches(loaded, PAIRS, RESIDUAL, POSITIONS)
    prompts, answers = [pair.base for pair in PAIRS], [pair.answers for pair in PAIRS]
    with pytest.raises(PatchingError, match="cannot be changed on the way"):
        knock_out(loaded, prompts, answers, [[Edges((15,), (2,))]] * 2, [2])


def test_logits_that_are_none_are_an_error() -> None:
    loaded = make_model("llama")
    with torch.no_grad():
        loaded.model.lm_head.weight[20] = float("nan")
    with pytest.raises(ArithmeticError, match="infinite or not a number"):
        run_patches(loaded, PAIRS, RESIDUAL, POSITIONS)
