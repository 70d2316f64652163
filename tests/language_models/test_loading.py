from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
import torch
import transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file

from isogloss.language_models.libraries import quiet_libraries
from isogloss.language_models.loading import loaded_model
from isogloss.language_models.specification import ModelError, ModelSpecification
from tests.language_models.conftest import ARCHITECTURES, has_final_norm, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

hf: Any = transformers

CPU = torch.device("cpu")


def _specification(kind: str = "causal", **entry: Any) -> ModelSpecification:
    entry = {"dtype": "float32", **entry}
    return ModelSpecification.model_validate({"kind": kind, "path": "unused", **entry})


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_what_is_found_out_about_each_architecture(
    tiny_model: Callable[[str], Path], architecture: str
) -> None:
    kind = kind_of(architecture)
    folder = tiny_model(architecture)
    with loaded_model("tiny", _specification(kind), folder, None, [CPU]) as loaded:
        assert (loaded.layers, loaded.hidden_size, loaded.max_length) == (3, 32, 64)
        assert loaded.final_norm == has_final_norm(architecture)
        assert (loaded.kind, loaded.device, loaded.dtype) == (kind, CPU, torch.float32)
        assert not loaded.model.training
        assert loaded.tokenizer.pad_token_id is not None
        ids = loaded.tokenizer("The capital of France", return_tensors="pt")["input_ids"]
        output = loaded.backbone(input_ids=ids, output_hidden_states=True)
        assert output[0].shape == (1, ids.shape[1], 32)
        assert len(output.hidden_states) == 4
        assert not hasattr(output, "logits")
        assert loaded.model.num_parameters() >= sum(p.numel() for p in loaded.backbone.parameters())


def test_weights_are_those_of_the_files(tiny_model: Callable[[str], Path]) -> None:
    folder = tiny_model("llama")
    saved = load_file(folder / "model.safetensors")
    with loaded_model("tiny", _specification(), folder, None, [CPU]) as loaded:
        for name, values in saved.items():
            assert torch.equal(loaded.model.state_dict()[name], values)
    with loaded_model("tiny", _specification(dtype="bfloat16"), folder, None, [CPU]) as loaded:
        assert {parameter.dtype for parameter in loaded.model.parameters()} == {torch.bfloat16}


def test_memory_is_given_back_though_the_caller_keeps_the_handle(
    tiny_model: Callable[[str], Path],
) -> None:
    with loaded_model("tiny", _specification(), tiny_model("llama"), None, [CPU]) as loaded:
        assert loaded.model is not None
    assert loaded.model is None
    assert loaded.backbone is None


def test_libraries_stay_quiet(
    tiny_model: Callable[[str], Path], capfd: pytest.CaptureFixture[str]
) -> None:
    before = hf.utils.logging.get_verbosity()
    with loaded_model("tiny", _specification(), tiny_model("llama"), None, [CPU]):
        pass
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""
    assert hf.utils.logging.get_verbosity() == before
    assert hf.utils.logging.is_progress_bar_enabled()


def test_untrained_control_is_seeded_and_alike_in_every_dtype(
    tiny_model: Callable[[str], Path],
) -> None:
    folder = tiny_model("gemma3")

    def weights(**entry: Any) -> dict[str, torch.Tensor]:
        specification = _specification(initialise="random", **entry)
        with loaded_model("tiny", specification, folder, None, [CPU]) as loaded:
            state: dict[str, torch.Tensor] = dict(loaded.model.state_dict())
        return state

    state_of_generator = torch.random.get_rng_state()
    one, again, other, half = (
        weights(seed=1),
        weights(seed=1),
        weights(seed=2),
        weights(seed=1, dtype="bfloat16"),
    )
    assert torch.equal(torch.random.get_rng_state(), state_of_generator)
    name = "model.layers.0.self_attn.q_proj.weight"
    assert all(torch.equal(one[key], again[key]) for key in one)
    assert not torch.equal(one[name], other[name])
    assert torch.equal(one[name].bfloat16(), half[name])
    assert not torch.equal(one[name], load_file(folder / "model.safetensors")[name])


def test_adapter_is_merged(tiny_model: Callable[[str], Path], tmp_path: Path) -> None:
    folder = tiny_model("llama")
    base = hf.AutoModelForCausalLM.from_pretrained(str(folder))
    settings = LoraConfig(r=2, lora_alpha=6, target_modules=["q_proj"], init_lora_weights=False)
    with quiet_libraries():
        get_peft_model(base, settings).save_pretrained(str(tmp_path))
    adapter = load_file(tmp_path / "adapter_model.safetensors")
    prefix = "base_model.model.model.layers.0.self_attn.q_proj"
    change = 3.0 * adapter[f"{prefix}.lora_B.weight"] @ adapter[f"{prefix}.lora_A.weight"]
    name = "model.layers.0.self_attn.q_proj.weight"
    expected = load_file(folder / "model.safetensors")[name] + change
    with loaded_model("tiny", _specification(), folder, tmp_path, [CPU]) as loaded:
        assert type(loaded.model).__name__ == "LlamaForCausalLM"
        torch.testing.assert_close(loaded.model.state_dict()[name], expected)
        assert change.abs().max() > 1e-3


def test_adapter_of_another_model_is_refused(
    tiny_model: Callable[[str], Path], tmp_path: Path
) -> None:
    base = hf.AutoModelForCausalLM.from_pretrained(str(tiny_model("llama")))
    settings = LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False)
    with quiet_libraries():
        get_peft_model(base, settings).save_pretrained(str(tmp_path))
    weights = load_file(tmp_path / "adapter_model.safetensors")
    renamed = {key.replace("layers.0", "layers.9"): value for key, value in weights.items()}
    save_file(renamed, tmp_path / "adapter_model.safetensors")
    with (
        pytest.raises(ModelError, match="adapter of 'tiny'.*does not fit the model"),
        loaded_model("tiny", _specification(), tiny_model("llama"), tmp_path, [CPU]),
    ):
        pass


def test_wrong_kind_is_refused_instead_of_invented(tiny_model: Callable[[str], Path]) -> None:
    with (
        pytest.raises(ModelError, match="kind 'causal'"),
        loaded_model("tiny", _specification("causal"), tiny_model("bert"), None, [CPU]),
    ):
        pass
    with (
        pytest.raises(ModelError, match="cannot be loaded as kind 'seq2seq'"),
        loaded_model("tiny", _specification("seq2seq"), tiny_model("llama"), None, [CPU]),
    ):
        pass


def test_a_pooler_that_the_files_lack_is_drawn_alike_each_time(
    tiny_model: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_model("bert"), tmp_path / "model")
    weights = load_file(folder / "model.safetensors")
    kept = {name: tensor for name, tensor in weights.items() if "pooler" not in name}
    save_file(kept, folder / "model.safetensors", {"format": "pt"})
    drawn = []
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    for _ in range(2):
        with loaded_model("tiny", _specification("encoder"), folder, None, [CPU]) as loaded:
            drawn.append(loaded.model.pooler.dense.weight.detach().clone())
    assert torch.equal(torch.rand(1), expected)  # torch's own generator is as it was
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], weights["pooler.dense.weight"])


def test_max_length_may_be_shortened_but_not_stretched(tiny_model: Callable[[str], Path]) -> None:
    folder = tiny_model("llama")
    with loaded_model("tiny", _specification(max_length=16), folder, None, [CPU]) as loaded:
        assert loaded.max_length == 16
    with (
        pytest.raises(ModelError, match="max_length 65 is more than the 64 tokens"),
        loaded_model("tiny", _specification(max_length=65), folder, None, [CPU]),
    ):
        pass


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_quantisation_without_its_device_is_refused(tiny_model: Callable[[str], Path]) -> None:
    folder = tiny_model("llama")
    with (
        pytest.raises(ModelError, match=r"'8bit' needs a CUDA device.*isogloss\[quantised\]"),
        loaded_model("tiny", _specification(quantisation="8bit"), folder, None, [CPU]),
    ):
        pass
