from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from isogloss.corpora import Sentence
from isogloss.language_models import ModelError, ModelSpecification, loading
from isogloss.language_models.architecture import empty_model
from isogloss.language_models.batching import CPU_TOKEN_BUDGET
from isogloss.language_models.classification import open_classifier
from isogloss.language_models.fingerprints import model_fingerprint
from isogloss.language_models.hidden_states import pool_sentences
from isogloss.language_models.outline import settle_token_budget
from isogloss.language_models.placement import count_bytes, place_parts, share_out
from tests.language_models.conftest import ARCHITECTURES, kind_of, share_map
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


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_all_weights_are_shared_out_in_the_order_of_the_blocks(
    tiny_model: TinyModel, architecture: str
) -> None:
    kind: Any = kind_of(architecture)
    model = empty_model(kind, tiny_model(architecture), trust_remote_code=False)
    placed = share_out(model, [1.0, 1.0, 1.0])
    found = count_bytes(model, placed, FLOAT)
    assert sum(found.values()) == FLOAT * sum(p.numel() for p in model.parameters())
    last = min(re.sub(r"\d+$", "", part) for part in placed if re.search(r"\.\d+$", part))
    blocks = [number for part, number in placed.items() if part.startswith(last)]
    assert len(blocks) == 3
    assert blocks == sorted(blocks)
    assert next(iter(placed.values())) == 0
    # Whatever a checkpoint holds has a place.
    parts = tuple(placed)
    assert all(name.startswith(parts) for name in model.state_dict())


def test_a_device_gets_weights_by_its_share(tiny_model: TinyModel) -> None:
    config = transformers.LlamaConfig(
        num_hidden_layers=40, hidden_size=8, intermediate_size=16, vocab_size=50,
        num_attention_heads=2,
    )  # fmt: skip
    with torch.device("meta"):
        model = transformers.AutoModelForCausalLM.from_config(config)
    for shares in ([1, 1], [3, 1], [1, 2, 1]):
        found = [*count_bytes(model, share_out(model, shares), 1.0).values()]
        block = sum(weight.numel() for weight in model.model.layers[0].parameters())
        for share, size in zip(shares, found, strict=True):
            assert size == pytest.approx(sum(found) * share / sum(shares), abs=block)


def test_weights_that_are_used_twice_lie_in_one_place(tiny_model: TinyModel) -> None:
    model = empty_model("causal", tiny_model("gemma3"), trust_remote_code=False)
    placed = share_out(model, [1, 1])
    assert placed["lm_head"] == placed["model.embed_tokens"] == 0
    assert placed["model.norm"] == 1
    untied = empty_model("causal", tiny_model("llama"), trust_remote_code=False)
    assert share_out(untied, [1, 1])["lm_head"] == 1


def test_what_does_not_fit_on_all_devices_is_refused_before_weights_are_read(
    tiny_model: TinyModel, three_gpus: Callable[[int], None]
) -> None:
    three_gpus(80_000)
    with pytest.raises(ModelError, match=r"'tiny' takes 0.0 GB and does not fit on 3 CUDA.*disk"):
        place(tiny_model("llama"), device="all")
    assert place(tiny_model("llama"), device="all", quantisation="4bit") is not None


def test_bytes_of_quantised_weights_are_counted_where_they_lie(tiny_model: TinyModel) -> None:
    model = empty_model("causal", tiny_model("llama"), trust_remote_code=False)
    embeddings = model.model.embed_tokens.weight.numel()
    matrices = 2 * 32 * 32 + 2 * 32 * 16 + 3 * 32 * 48
    norms = 2 * 32
    placed = {"model.embed_tokens": 0, "model.layers.0": 1, "": 2}
    found = count_bytes(model, placed, 2, "4bit")
    assert found[GPUS[0]] == 2 * embeddings
    assert found[GPUS[1]] == matrices * 0.5625 + 2 * norms
    # Two blocks, the last norm and the output layer, which stays as it is.
    assert found[GPUS[2]] == 2 * found[GPUS[1]] + 2 * (32 + embeddings)


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
