from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from kedro.io import DatasetError

from isogloss.datasets import ModelFoldersDataset
from isogloss.model_folders import ModelFolders

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Usage(NamedTuple):
    total: int
    used: int
    free: int


class Models:
    """Models of one file, which remember when they were written."""

    def __init__(self, **records: dict[str, Any]) -> None:
        self.records = records
        self.written: list[str] = []

    def folders(self, bytes_each: int = 10) -> ModelFolders:
        return ModelFolders(self.records, bytes_each, self._write)

    def _write(self, folders: Mapping[str, Path]) -> None:
        for name, folder in folders.items():
            folder.mkdir(exist_ok=True)
            (folder / "merge.json").write_text(json.dumps(self.records[name]))
            self.written.append(name)


@pytest.fixture
def dataset(tmp_path: Path) -> ModelFoldersDataset:
    return ModelFoldersDataset(filepath=str(tmp_path / "merged"))


def test_only_what_is_missing_or_made_otherwise_is_written(
    dataset: ModelFoldersDataset, tmp_path: Path
) -> None:
    dataset.save(Models(a={"weight": 0.1}, b={"weight": 0.2}).folders())
    assert dataset.load() == {name: tmp_path / "merged" / name for name in "ab"}
    version = dataset.content_version()
    again = Models(a={"weight": 0.1}, b={"weight": 0.3}, c={"weight": 0.1})
    dataset.save(again.folders())
    assert again.written == ["b", "c"]
    assert dataset.content_version() not in (None, version)
    (tmp_path / "merged" / "a" / "merge.json").write_text("{")
    more = Models(a={"weight": 0.1}, c={"weight": 0.1})
    dataset.save(more.folders())
    assert more.written == ["a"]
    assert sorted(dataset.load()) == ["a", "b", "c"]


def test_where_nothing_is_asked_for_nothing_is_touched(
    dataset: ModelFoldersDataset, tmp_path: Path
) -> None:
    dataset.save(Models().folders())
    assert list(tmp_path.iterdir()) == []
    assert not dataset.exists()
    assert dataset.load() == {}
    assert dataset.content_version() is None


def test_what_a_killed_run_left_is_deleted(
    dataset: ModelFoldersDataset, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    half = tmp_path / "merged" / ".a.0123"
    half.mkdir(parents=True)
    (half / "merge.json").write_text("{}")
    assert dataset.load() == {}
    dataset.save(Models(a={}).folders())
    assert not half.exists()
    assert f"{half} was left by a run that was killed, and is deleted." in caplog.text
    assert dataset.exists()
    assert list(dataset.load()) == ["a"]


def test_a_disk_without_room_is_noticed_before_it_is_full(
    dataset: ModelFoldersDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = 3 << 30
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(free, 0, free))
    models = Models(a={}, b={})
    with pytest.raises(DatasetError, match=r"2 models take 4\.0 GiB, .* has 3\.0 GiB free\. Write"):
        dataset.save(models.folders(bytes_each=2 << 30))
    assert models.written == []
    dataset.save(models.folders(bytes_each=1 << 30))
    assert models.written == ["a", "b"]
