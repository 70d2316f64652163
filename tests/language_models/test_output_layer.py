from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
import torch

from isogloss.language_models import output_layer
from isogloss.language_models.output_layer import choose_logit_reader, scaling
from tests.language_models.conftest import halve_logits

Opened = Callable[..., AbstractContextManager[Any]]
ARGUMENTS = {"input_ids": torch.tensor([[5, 6, 7, 8, 9]])}


def _logits(loaded: Any) -> Any:
    with torch.inference_mode():
        return loaded.model(**ARGUMENTS).logits[0]


@pytest.mark.parametrize(("floats", "sizes"), [(2 * 640, [2, 1]), (640, [1, 1, 1])])
@pytest.mark.parametrize("architecture", ["llama", "gemma3", "gpt_neox", "bloom", "opt"])
def test_logits_at_chosen_places_are_those_of_the_whole_model(
    opened: Opened,
    architecture: str,
    floats: int,
    sizes: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(output_layer, "LOGITS_AT_ONCE", 2 * 640)
    monkeypatch.setattr(output_layer, "FLOATS_AT_ONCE", floats)
    with opened(architecture) as loaded, torch.inference_mode():
        reader = choose_logit_reader(loaded, ARGUMENTS)
        parts = list(reader.logits(reader.read(ARGUMENTS)[0, [4, 0, 2]]))
        expected = _logits(loaded)[[4, 0, 2]]
    assert not reader.whole
    assert [len(part) for part in parts] == sizes
    torch.testing.assert_close(torch.cat(parts), expected)
    assert reader.affordable(100) == 100


def test_an_output_layer_with_unknown_scaling_is_not_used(opened: Opened) -> None:
    with opened("llama") as loaded, torch.inference_mode():
        halve_logits(loaded)
        reader = choose_logit_reader(loaded, ARGUMENTS)
        (logits,) = reader.logits(reader.read(ARGUMENTS)[0])
        expected = _logits(loaded)
    assert reader.whole
    torch.testing.assert_close(logits, expected)
    assert reader.affordable(10**9) == reader.chunk


def test_scalings_that_configurations_state_are_applied(opened: Opened) -> None:
    with opened("llama") as loaded:
        config = loaded.model.config
        config.final_logit_softcapping, config.logit_scale = 2.0, 3.0
        finish = scaling(config)
        states = torch.randn(4, 32)
        with torch.inference_mode():
            logits = loaded.model.get_output_embeddings()(states)
            torch.testing.assert_close(finish(logits), 2.0 * torch.tanh(3.0 * logits / 2.0))


def test_single_logits_are_not_rounded_in_half_precision(opened: Opened) -> None:
    with opened("llama", dtype="bfloat16") as loaded, torch.inference_mode():
        reader = choose_logit_reader(loaded, ARGUMENTS)
        states = reader.read(ARGUMENTS)[0]
        (logits,) = reader.logits(states)
        weight = loaded.model.get_output_embeddings().weight
        places, tokens = [0, 0, 2], [5, 7, 9]
        exact = (states.double() @ weight.double().T)[places, tokens].float()
        found = reader.single(states, logits, places, tokens)
    torch.testing.assert_close(found, exact, rtol=1e-5, atol=1e-6)
    assert not torch.equal(found, logits[places, tokens])


def test_single_logits_in_single_precision_are_those_of_the_layer(opened: Opened) -> None:
    with opened("gpt_neox") as loaded, torch.inference_mode():
        reader = choose_logit_reader(loaded, ARGUMENTS)
        states = reader.read(ARGUMENTS)[0]
        (logits,) = reader.logits(states)
        assert torch.equal(reader.single(states, logits, [1], [3]), logits[[1], [3]])
