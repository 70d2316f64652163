from __future__ import annotations

import pytest
import torch

from isogloss.language_models.devices import resolve_device, resolve_dtype
from isogloss.language_models.specification import ModelError

CPU = torch.device("cpu")


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(ModelError, match="'cuda:1' is not there"):
        resolve_device("cuda:1")
    assert resolve_device("auto") == CPU


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
