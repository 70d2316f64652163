from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from isogloss.language_models import outline
from isogloss.language_models.outline import (
    Machine,
    ModelOutline,
    count_block_weights,
    examine_machine,
    outline_model,
    settle_token_budget,
)
from tests.models import local_model


@pytest.mark.parametrize(
    ("architecture", "kind"), [("llama", "causal"), ("xlm_roberta", "encoder"), ("t5", "seq2seq")]
)
def test_the_outline_tells_what_the_open_model_has(
    tiny_model: Callable[[str], Path], tmp_path: Path, architecture: str, kind: str
) -> None:
    lm = local_model(tiny_model(architecture), tmp_path, kind=kind)
    found = outline_model(lm, lm.tokenizer())
    with lm.open() as loaded:
        assert found.layers == loaded.layers
        assert found.hidden_size == loaded.hidden_size
        assert found.max_length == loaded.max_length
        assert found.block_weights == count_block_weights(loaded.backbone)
        assert found.total_weights == sum(p.numel() for p in loaded.model.parameters())


def test_matrices_and_operations_by_hand(tiny_model: Callable[[str], Path], tmp_path: Path) -> None:
    lm = local_model(tiny_model("llama"), tmp_path)
    tokenizer = lm.tokenizer()
    found = outline_model(lm, tokenizer)
    # Queries and outputs 32 x 32, keys and values 32 x 16, three feed-forward matrices 32 x 48.
    assert found.block_weights == 3 * (2 * 32 * 32 + 2 * 32 * 16 + 3 * 32 * 48)
    assert found.attention_width == 3 * 32
    assert found.head_weights == len(tokenizer) * 32
    small = ModelOutline(1, 4, 8, 10, 4, 6, 20)
    assert small.backbone_flops(3) == 2 * 10 * 3 + 4 * 4 * 9
    assert small.head_flops(3) == 36


def test_the_token_budget_is_settled_as_the_open_model_would(
    tiny_model: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lm = local_model(tiny_model("llama"), tmp_path)
    assert settle_token_budget(lm, 33) == 33
    with lm.open() as loaded:
        assert settle_token_budget(lm, "auto") == loaded.token_budget("auto")
        # As on a GPU that the weights fill but for 2,000 tokens.
        cuda = torch.device("cuda", 0)
        weights = sum(weight.numel() for weight in loaded.model.parameters()) * 4
        hardware = SimpleNamespace(total_memory=weights + 2 * 2000 * 64 * 32 * 4)
        monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: hardware)
        loaded.device = cuda
        assert loaded.token_budget("auto") == 2000
    machine = Machine([cuda], torch.float32)
    monkeypatch.setattr(outline, "examine_machine", lambda specification: machine)
    assert settle_token_budget(lm, "auto") == 2000


def test_the_machine_is_that_of_the_specification(tmp_path: Path) -> None:
    machine = examine_machine(local_model(tmp_path, tmp_path).specification)
    assert machine.device == torch.device("cpu")
    assert machine.dtype is torch.float32
    assert machine.measure_product_rate() > 1e8
