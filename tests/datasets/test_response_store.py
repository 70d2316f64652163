from __future__ import annotations

from pathlib import Path

import pytest

from isogloss.datasets import ResponseStoreDataset
from isogloss.errors import Refusal


def test_an_entry_gives_a_handle_and_touches_nothing(tmp_path: Path) -> None:
    dataset = ResponseStoreDataset(filepath=str(tmp_path / "mine"), metadata={"a": 1})
    store = dataset.load()
    assert store.folder == tmp_path / "mine"
    assert str(tmp_path / "mine") in str(dataset)
    assert dataset.exists()
    assert list(tmp_path.iterdir()) == []


def test_a_store_must_keep_runs_apart() -> None:
    with pytest.raises(Refusal, match=r"cannot be kept in memory://answers.*in an S3 bucket"):
        ResponseStoreDataset(filepath="memory://answers")
