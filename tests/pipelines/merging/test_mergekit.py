"""Against mergekit, which merges one target at a time: the same numbers, all targets at once."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import transformers
from safetensors.torch import load_file

from isogloss.language_models.checkpoint_opening import open_checkpoint
from isogloss.pipelines.merging.examination import examine_checkpoints
from isogloss.pipelines.merging.merge_plan import MergePlan, TiesRecipe, task_arithmetic
from tests.pipelines.merging.checkpoints import merge_states

if TYPE_CHECKING:
    from pathlib import Path

hf: Any = transformers

TARGETS = ([0.5, 0.3, 0.2], [0.1, 0.1, 0.8])
DENSITY, SCALING = 0.3, 0.7
TOLERANCE = 1e-5
"""Of the largest value of a tensor."""


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save a small Llama with random weights, `base`, and three near it, `s0` to `s2`."""
    folder = tmp_path_factory.mktemp("llama")
    torch.manual_seed(0)
    model = hf.LlamaForCausalLM(
        hf.LlamaConfig(
            vocab_size=211,
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            tie_word_embeddings=False,
        )
    )
    model.save_pretrained(folder / "base")
    origin = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    for number in range(len(TARGETS[0])):
        noisy = {name: t + 0.01 * torch.randn_like(t) for name, t in origin.items()}
        model.load_state_dict(noisy)
        model.save_pretrained(folder / f"s{number}")
    return folder


def run_mergekit(
    folders: Path, out: Path, method: str, weights: list[float], **parameters: Any
) -> dict[str, torch.Tensor]:
    own = {"density": DENSITY} if method == "ties" else {}
    models = [
        {"model": str(folders / f"s{number}"), "parameters": {"weight": weight, **own}}
        for number, weight in enumerate(weights)
    ]
    base = {} if method == "linear" else {"base_model": str(folders / "base")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pytest.importorskip("mergekit", reason="mergekit is in the extra `bench`")
        from mergekit.config import MergeConfiguration
        from mergekit.merge import run_merge
        from mergekit.options import MergeOptions

        settings = {"merge_method": method, "dtype": "float32", "models": models, **base}
        run_merge(
            MergeConfiguration.model_validate({**settings, "parameters": parameters}),
            str(out),
            MergeOptions(write_model_card=False, copy_tokenizer=False, quiet=True),
        )
    tensors: dict[str, torch.Tensor] = load_file(out / "model.safetensors")
    return tensors


def test_all_methods_equal_mergekit(folders: Path, tmp_path: Path) -> None:
    sources = [open_checkpoint(folders / f"s{number}") for number in range(3)]
    base = open_checkpoint(folders / "base")
    linear = np.pad(np.array(TARGETS), ((0, 0), (0, 1)))
    plan = MergePlan(
        sources,
        np.vstack([linear, task_arithmetic(TARGETS, SCALING)]),
        base,
        [TiesRecipe(weights, DENSITY, SCALING) for weights in TARGETS],
        examine_checkpoints(sources, base, [DENSITY]).thresholds,
    )
    ours = merge_states(plan, len(plan))
    parameters: list[tuple[str, dict[str, Any]]] = [
        ("linear", {}),
        ("task_arithmetic", {"lambda": SCALING, "normalize": False}),
        ("ties", {"lambda": SCALING}),
    ]
    theirs = [
        run_mergekit(folders, tmp_path / f"{method}{number}", method, weights, **options)
        for method, options in parameters
        for number, weights in enumerate(TARGETS)
    ]
    for one, other in zip(ours, theirs, strict=True):
        assert one.keys() == other.keys()
        for name, values in other.items():
            assert (one[name] - values).abs().max() < TOLERANCE * values.abs().max()
    assert not torch.allclose(theirs[1]["lm_head.weight"], theirs[3]["lm_head.weight"], atol=1e-4)
