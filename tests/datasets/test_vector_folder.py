from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from kedro.io import DatasetError
from safetensors.numpy import save_file

from isogloss.datasets import VectorFolderDataset
from isogloss.errors import Refusal

if TYPE_CHECKING:
    from pathlib import Path


def test_vectors_made_elsewhere_load_like_our_own(tmp_path: Path) -> None:
    array = np.ones((3, 4, 5), dtype=np.float32)
    save_file({"mean": array}, tmp_path / "deu.safetensors", metadata={"sentence_ids": "[]"})
    stored = VectorFolderDataset(filepath=str(tmp_path)).load()
    assert list(stored) == ["deu"]
    np.testing.assert_array_equal(stored["deu"]().read("mean", 2), array[2])
    first = stored.item_fingerprints["deu"]
    os.utime(tmp_path / "deu.safetensors", (0.5, 0.5))
    dated = VectorFolderDataset(filepath=str(tmp_path)).load().item_fingerprints["deu"]
    assert dated == {**first, "modified": "1970-01-01T00:00:00.500000+00:00"}
    save_file({"mean": array, "last": array}, tmp_path / "deu.safetensors")
    assert VectorFolderDataset(filepath=str(tmp_path)).load().item_fingerprints["deu"] != first


def test_a_file_that_was_cut_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "deu.safetensors").write_bytes(b"cut")
    stored = VectorFolderDataset(filepath=str(tmp_path)).load()
    with pytest.raises(Refusal, match=r"deu\.safetensors is no whole safetensors file"):
        stored["deu"]()


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"holds no <language>\.safetensors"):
        VectorFolderDataset(filepath=str(tmp_path)).load()
