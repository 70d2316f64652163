from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from isogloss.language_models.devices import (
    name_device,
    resolve_device,
    resolve_devices,
    resolve_dtype,
)
from isogloss.language_models.specification import ModelError, ModelSpecification

CPU = torch.device("cpu")
GPUS = tuple(torch.device("cuda", number) for number in range(3))


def specify(**settings: Any) -> ModelSpecification:
    return ModelSpecification.model_validate({"kind": "causal", "path": "folder", **settings})


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(ModelError, match="'cuda:1' is not there"):
        resolve_device("cuda:1")
    assert resolve_device("auto") == CPU


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_a_model_cannot_be_spread_over_no_devices() -> None:
    with pytest.raises(ModelError, match=r"`device: all`.*sees none.*`device: auto`"):
        resolve_devices(specify(device="all"))
    with pytest.raises(ModelError, match="'cuda:2' is not there"):
        resolve_devices(specify(device_map={"model": 2, "lm_head": "cpu"}))


def test_a_model_computes_on_all_devices_or_on_those_of_its_map(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    assert resolve_devices(specify(device="cuda:2")) == GPUS[2:]
    assert resolve_devices(specify(device="all")) == GPUS
    for placed, expected in (
        ({"a": 2, "b": 0, "c": "disk"}, (GPUS[0], GPUS[2])),
        ({"a": "cpu", "b": 1}, GPUS[1:2]),
        ({"a": "cpu", "b": "disk"}, (CPU,)),
    ):
        assert resolve_devices(specify(device_map=placed)) == expected


def test_a_gpu_has_one_name_whatever_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    hardware = {0: SimpleNamespace(uuid="8932f937"), 1: SimpleNamespace(uuid="d72c4106")}
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: hardware[device.index])
    assert [name_device(gpu) for gpu in GPUS[:2]] == ["GPU-8932f937", "GPU-d72c4106"]
    assert name_device(CPU) == "cpu"


def test_dtype_auto_follows_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    for capabilities, expected in (
        ({"avx512_bf16": True}, torch.bfloat16),
        ({"amx_bf16": True}, torch.bfloat16),
        ({"avx2": True, "avx512_bf16": False}, torch.float32),
    ):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda found=capabilities: found)
        assert resolve_dtype("auto", CPU) == expected
    assert resolve_dtype("auto", torch.device("mps")) == torch.float32
    assert resolve_dtype("float16", CPU) == torch.float16
