from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import save_file

from isogloss.partitions import Partitions, StoredPartitions
from isogloss.tensors import TensorFile, TensorTable

Vectors = NDArray[np.float32]
SaveEmbeddings = Callable[[Mapping[str, Mapping[str, Vectors]]], StoredPartitions[TensorFile]]
SaveOutcomes = Callable[[Partitions[TensorTable]], StoredPartitions[TensorFile]]


def make_vectors(
    languages: int, n: int, hidden: int, seed: int = 0, noise: float = 1.5, shift: float = 2.0
) -> Vectors:
    """Give noisy copies of shared sentence vectors, all on one side of the space."""
    generator = np.random.default_rng(seed)
    shared = generator.standard_normal((1, n, hidden))
    own = generator.standard_normal((languages, n, hidden))
    return (shared + noise * own + shift).astype(np.float32)


@pytest.fixture
def save_embeddings(tmp_path: Path) -> SaveEmbeddings:
    """Save language -> pooling -> [layers, n, hidden] as the representation room does."""

    def save(embeddings: Mapping[str, Mapping[str, Vectors]]) -> StoredPartitions[TensorFile]:
        for language, arrays in embeddings.items():
            n = next(iter(arrays.values())).shape[1]
            ids = json.dumps([f"s{row}" for row in range(n)])
            save_file(
                dict(arrays), tmp_path / f"{language}.safetensors", metadata={"sentence_ids": ids}
            )
        items = {language: {"text": language} for language in embeddings}
        return StoredPartitions(
            {"model": "m"}, items, lambda name: TensorFile(str(tmp_path / f"{name}.safetensors"))
        )

    return save


@pytest.fixture
def save_outcomes(tmp_path: Path) -> SaveOutcomes:
    """Compute and save all partitions."""

    def save(made: Partitions[TensorTable]) -> StoredPartitions[TensorFile]:
        folder = tmp_path / f"outcomes{len(list(tmp_path.glob('outcomes*')))}"
        folder.mkdir()
        for pooling, table in made.compute(list(made.items)):
            tensors = {name: np.ascontiguousarray(tensor) for name, tensor in table.tensors.items()}
            save_file(tensors, folder / f"{pooling}.safetensors", metadata=dict(table.metadata))
        return StoredPartitions(
            made.fingerprint,
            made.items,
            lambda name: TensorFile(str(folder / f"{name}.safetensors")),
        )

    return save
