"""Small classifiers with random weights, written to files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from isogloss.language_models.checkpoint_opening import open_checkpoint
from isogloss.language_models.checkpoint_writing import CheckpointContent, write_checkpoint
from isogloss.pipelines.merging.merged_models import merge_in_memory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from isogloss.language_models.checkpoints import Checkpoint
    from isogloss.language_models.tensor_writing import StateDict
    from isogloss.pipelines.merging.merge_plan import MergePlan

LABELS = ("alarm_set", "music_play", "weather_query")
SHAPES: dict[str, tuple[int, ...]] = {
    "embeddings.weight": (701, 13),
    "layer.weight": (13, 13),
    "layer.bias": (13,),
    "scale": (),
    "classifier.weight": (3, 13),
    "classifier.bias": (3,),
}
POSITIONS = torch.arange(5)


def config(labels: Sequence[str] = LABELS, **others: Any) -> dict[str, Any]:
    names = {str(number): label for number, label in enumerate(labels)}
    return {"model_type": "bert", "num_attention_heads": 4, "id2label": names, **others}


def random_tensors(seed: int, near: Mapping[str, torch.Tensor] | None = None) -> dict[str, Any]:
    """Give weights that are random, or near others', with one tensor of integers."""
    generator = torch.Generator().manual_seed(seed)
    tensors: dict[str, torch.Tensor] = {"positions": POSITIONS}
    for name, shape in SHAPES.items():
        noise = torch.randn(shape, generator=generator)
        tensors[name] = near[name] + 0.05 * noise if near else noise
    return tensors


def save(
    folder: Path,
    name: str,
    tensors: Mapping[str, torch.Tensor],
    settings: Mapping[str, Any] | None = None,
    tokenizer: str = "one tokenizer",
) -> Checkpoint:
    path = folder / f"{name}.safetensors"
    write_checkpoint(CheckpointContent(tensors, settings or config(), tokenizer), path)
    return open_checkpoint(path)


def save_sources(
    folder: Path, count: int, dtype: torch.dtype = torch.float32
) -> tuple[list[Checkpoint], Checkpoint]:
    """Write some sources and the base that they are near to."""
    origin = random_tensors(0)
    sources = [
        save(folder, f"s{number}", as_dtype(random_tensors(number + 1, origin), dtype))
        for number in range(count)
    ]
    return sources, save(folder, "base", as_dtype(origin, dtype))


def as_dtype(tensors: Mapping[str, torch.Tensor], dtype: torch.dtype) -> dict[str, torch.Tensor]:
    return {
        name: tensor.to(dtype) if tensor.is_floating_point() else tensor
        for name, tensor in tensors.items()
    }


def floats(checkpoint: Checkpoint) -> dict[str, NDArray[np.float64]]:
    """Read the weights as float64, with the library of safetensors."""
    from safetensors.torch import load_file

    tensors = load_file(checkpoint.path)
    return {
        name: tensor.double().numpy()
        for name, tensor in tensors.items()
        if tensor.is_floating_point()
    }


def merge_states(plan: MergePlan, at_once: int = 1, **options: Any) -> list[StateDict]:
    """Merge all models of a plan, none of which may fail."""
    merged = [state for _, state in merge_in_memory(plan, at_once, **options)]
    states = [state for state in merged if isinstance(state, dict)]
    assert len(states) == len(merged)
    return states


def largest_error(
    merged: Mapping[str, torch.Tensor], expected: Mapping[str, NDArray[np.float64]]
) -> float:
    """Give the largest difference, as a share of the largest value of its tensor."""
    return max(
        float(np.abs(merged[name].double().numpy() - values).max() / np.abs(values).max())
        for name, values in expected.items()
    )
