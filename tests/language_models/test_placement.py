from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from isogloss.corpora import Sentence
from isogloss.language_models import ModelError, ModelSpecification, loading
from isogloss.language_models.architecture import empty_model
from isogloss.language_models.batching import CPU_TOKEN_BUDGET
from isogloss.language_models.classification import open_classifier
from isogloss.language_models.fingerprints import model_fingerprint
from isogloss.language_models.hidden_states import pool_sentences
from isogloss.language_models.outline import settle_token_budget
from isogloss.language_models.placement import count_bytes, place_parts
from tests.language_models.conftest import share_map
from tests.models import local_model

TinyModel = Callable[[str], Path]
GPUS = tuple(torch.device("cuda", number) for number in range(3))
FLOAT = 4


@pytest.fixture
def three_gpus(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let torch tell of three GPUs with so many bytes each; nothing can be put on them."""

    def tell(memory: int) -> None:
        hardware = SimpleNamespace(total_memory=memory)
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: len(GPUS))
        monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: hardware)

    return tell


def place(folder: Path, devices: Any = GPUS, **settings: Any) -> dict[str, Any] | None:
    settings = {"kind": "causal", "path": str(folder), **settings}
    specification = ModelSpecification.model_validate(settings)
    return place_parts("tiny", specification, folder, devices, torch.float32)


def test_a_model_on_one_device_is_not_spread(tiny_model: TinyModel) -> None:
    assert place(tiny_model("llama"), GPUS[:1], device="all") is None


def test_all_weights_are_shared_out_in_the_order_of_the_blocks(
    tiny_model: TinyModel, three_gpus: Callable[[int], None]
) -> None:
    folder = tiny_model("llama")
    three_gpus(10**6)
    placed = place(folder, device="all")
    assert placed is not None
    model = empty_model("causal", folder, trust_remote_code=False)
    found = count_bytes(model, placed, FLOAT)
    assert sum(found.values()) == FLOAT * sum(p.numel() for p in model.parameters())
    assert len(found) > 1
    assert set(found) < set(GPUS)
    blocks = [placed[f"model.layers.{layer}"] for layer in range(3)]
    assert blocks == sorted(blocks)


def test_what_does_not_fit_on_all_devices_is_refused_before_weights_are_read(
    tiny_model: TinyModel, three_gpus: Callable[[int], None]
) -> None:
    three_gpus(50_000)
    with pytest.raises(ModelError, match=r"'tiny' does not fit on 3 CUDA.*quantisation.*disk"):
        place(tiny_model("llama"), device="all")


def test_quantised_weights_take_less(
    tiny_model: TinyModel, three_gpus: Callable[[int], None]
) -> None:
    three_gpus(50_000)
    placed = place(tiny_model("llama"), device="all", quantisation="4bit")
    assert placed is not None
    assert "disk" not in placed.values()


def test_the_budget_of_a_spread_model_is_settled_without_opening_it(
    tiny_model: TinyModel, tmp_path: Path, three_gpus: Callable[[int], None]
) -> None:
    lm = local_model(tiny_model("llama"), tmp_path, device="all")
    model = empty_model("causal", tiny_model("llama"), trust_remote_code=False)
    three_gpus(10**8)
    fullest = max(count_bytes(model, place(tiny_model("llama"), device="all") or {}, 4).values())
    assert settle_token_budget(lm, "auto") == (10**8 - fullest) // 2 // (64 * 32 * 4)


def test_where_a_model_lies_is_no_part_of_what_it_is(tiny_model: TinyModel, tmp_path: Path) -> None:
    folder = tiny_model("llama")
    for dtype in ("float32", "bfloat16"):
        whole = local_model(folder, tmp_path, dtype=dtype)
        spread = local_model(
            folder,
            tmp_path,
            dtype=dtype,
            device="auto",
            device_map=share_map(folder, "causal", ("cpu", "disk")),
        )
        budgets = [settle_token_budget(lm, "auto") for lm in (whole, spread)]
        assert budgets == [CPU_TOKEN_BUDGET] * 2
        assert model_fingerprint(whole, tokens=budgets[0]) == model_fingerprint(
            spread, tokens=budgets[1]
        )


def test_parts_lie_where_the_map_says_and_nothing_is_said_of_it(
    tiny_model: TinyModel, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tiny_model("llama")
    placed = share_map(folder, "causal", ("cpu", "disk"))
    lm = local_model(folder, tmp_path, device="auto", device_map=placed)
    caplog.clear()
    caplog.set_level(logging.WARNING)
    with lm.open() as loaded:
        assert loaded.placed == placed
        assert loaded.device == torch.device("cpu")
        for name, weight in loaded.model.named_parameters():
            part = next(part for part in placed if name.startswith(f"{part}."))
            assert weight.device.type == {"cpu": "cpu", "disk": "meta"}[placed[part]]
        assert loaded.token_budget("auto") == CPU_TOKEN_BUDGET
    assert not caplog.records


def test_a_classifier_needs_one_device(tiny_model: TinyModel, tmp_path: Path) -> None:
    folder = tiny_model("bert")
    placed = share_map(folder, "encoder", ("cpu", "disk"))
    lm = local_model(
        folder, tmp_path, kind="encoder", probe_words=(), device="auto", device_map=placed
    )
    refusal = "A classifier needs.*'tiny' is spread over several. Set `device: auto` in its entry"
    with pytest.raises(ModelError, match=refusal), open_classifier(lm, ("wet", "dry")):
        pass


def test_an_untrained_control_is_drawn_alike_wherever_it_lies(
    tiny_model: TinyModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tiny_model("llama")
    lm = local_model(folder, tmp_path, initialise="random")
    sentences = [Sentence("eng", "0", "The capital of France is")]
    with lm.open() as loaded:
        expected = pool_sentences(loaded, sentences)["eng"].states["mean"]
    # Beside a device, as a GPU would be, what is named "cpu" is fetched when it runs.
    places = {"cpu": "cpu", "disk": torch.device("cpu")}
    placed = {
        part: places[place] for part, place in share_map(folder, "causal", ("cpu", "disk")).items()
    }
    monkeypatch.setattr(loading, "place_parts", lambda *given: placed)
    with lm.open() as loaded:
        assert len({weight.device for weight in loaded.model.parameters()}) == 2
        found = pool_sentences(loaded, sentences)["eng"].states["mean"]
    assert np.array_equal(found, expected)
