from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from isogloss.language_models import outline
from isogloss.language_models.architecture import empty_model, name_quantised
from isogloss.language_models.outline import (
    Machine,
    ModelOutline,
    count_block_weights,
    examine_machine,
    outline_model,
    settle_token_budget,
)
from tests.language_models.conftest import kind_of
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
    small = ModelOutline(1, 4, 8, 10, 4, 6, 20, 10)
    assert small.backbone_flops(3) == 2 * 10 * 3 + 4 * 4 * 9
    assert small.head_flops(3) == 36


@pytest.mark.parametrize("architecture", ["llama", "gemma3", "xlm_roberta", "t5"])
def test_quantisation_leaves_tables_norms_and_the_output_layer_as_they_are(
    tiny_model: Callable[[str], Path], tmp_path: Path, architecture: str
) -> None:
    lm = local_model(tiny_model(architecture), tmp_path, kind=kind_of(architecture))
    model = empty_model(lm.kind, tiny_model(architecture), trust_remote_code=False)
    smaller = name_quantised(model)
    other = {name for name, _ in model.named_parameters()} - smaller
    assert all(re.search("(?i)embed|shared|norm|head|bias|wo.w|relative", name) for name in other)
    # The feed-forward outputs of T5 stay as they are.
    first = {"causal": "up_proj", "encoder": "intermediate.dense", "seq2seq": "wi"}[lm.kind]
    assert any(name.endswith(f"{first}.weight") for name in smaller)
    found = outline_model(lm, lm.tokenizer())
    sizes = {name: weight.numel() for name, weight in model.named_parameters()}
    assert found.quantised_weights == sum(sizes[name] for name in smaller)


def test_bytes_of_quantised_weights_by_hand(
    tiny_model: Callable[[str], Path], tmp_path: Path
) -> None:
    lm = local_model(tiny_model("llama"), tmp_path)
    found = outline_model(lm, lm.tokenizer())
    blocks = found.block_weights
    assert found.quantised_weights == blocks
    rest = found.total_weights - blocks
    assert found.weight_bytes("none", 2) == 2 * found.total_weights
    assert found.weight_bytes("8bit", 2) == blocks + 2 * rest
    # Half a byte a weight, and 4 bytes for each 64 of them.
    assert found.weight_bytes("4bit", 2) == blocks // 2 + blocks // 16 + 2 * rest


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
        # Weights of 4 bits have scales beside them; these are as large as two tokens.
        weight: Any = next(loaded.model.parameters())
        weight.quant_state = SimpleNamespace(absmax=torch.ones(2 * 64 * 32))
        assert loaded.token_budget("auto") == 1999
    machine = Machine([cuda], torch.float32)
    monkeypatch.setattr(outline, "examine_machine", lambda specification: machine)
    assert settle_token_budget(lm, "auto") == 2000


def test_the_machine_is_that_of_the_specification(tmp_path: Path) -> None:
    machine = examine_machine(local_model(tmp_path, tmp_path).specification)
    assert machine.device == torch.device("cpu")
    assert machine.dtype is torch.float32
    assert machine.measure_product_rate() > 1e8
