from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
import transformers

from isogloss.language_models.half_precision import half_precision_detours


def _model(activation: str, dtype: torch.dtype) -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = transformers.Gemma3TextConfig(
            vocab_size=50,
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=1,
            head_dim=8,
            hidden_activation=activation,
        )
        backbone: Any = transformers.Gemma3TextModel(config)
        backbone = backbone.to(dtype).eval()
    device = torch.device("cpu")
    return SimpleNamespace(backbone=backbone, device=device, dtype=dtype)


def _states(loaded: Any) -> torch.Tensor:
    ids = torch.arange(24).view(2, 12)
    mask = torch.ones_like(ids)
    mask[1, 7:] = 0
    with torch.inference_mode():
        states: torch.Tensor = loaded.backbone(
            input_ids=ids, attention_mask=mask, use_cache=False
        ).last_hidden_state
    return states[mask.bool()].float()


@pytest.mark.parametrize("activation", ["gelu_pytorch_tanh", "silu"])
def test_detours_change_rounding_only_and_are_taken_back(activation: str) -> None:
    exact = _states(_model(activation, torch.float32))
    loaded = _model(activation, torch.bfloat16)
    before = _states(loaded)
    with half_precision_detours(loaded):
        assert loaded.backbone.config._attn_implementation == "eager"
        fused = "forward" in vars(loaded.backbone.layers[0].mlp.gate_proj)
        assert fused == (activation == "gelu_pytorch_tanh")
        within = _states(loaded)
    assert loaded.backbone.config._attn_implementation == "sdpa"
    assert torch.equal(_states(loaded), before)
    error = (before - exact).square().mean().sqrt()
    assert (within - exact).square().mean().sqrt() < 1.5 * error


def test_reading_step_by_step_keeps_the_attention_of_the_model() -> None:
    loaded = _model("gelu_pytorch_tanh", torch.bfloat16)
    with half_precision_detours(loaded, keep_attention=True):
        assert loaded.backbone.config._attn_implementation == "sdpa"
        assert "forward" in vars(loaded.backbone.layers[0].mlp.gate_proj)


def test_float32_is_left_alone() -> None:
    loaded = _model("gelu_pytorch_tanh", torch.float32)
    with half_precision_detours(loaded):
        assert loaded.backbone.config._attn_implementation == "sdpa"
        assert "forward" not in vars(loaded.backbone.layers[0].mlp.gate_proj)


def test_detours_are_taken_back_after_an_error() -> None:
    loaded = _model("gelu_pytorch_tanh", torch.bfloat16)
    with pytest.raises(RuntimeError, match="stop"), half_precision_detours(loaded):
        raise RuntimeError("stop")
    assert loaded.backbone.config._attn_implementation == "sdpa"
    assert "forward" not in vars(loaded.backbone.layers[0].mlp.act_fn)
