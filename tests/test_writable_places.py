from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline, node

from isogloss.config import ConfigurationError
from isogloss.datasets import AtomicParquetDataset
from isogloss.disk_errors import DiskError
from isogloss.hooks import RequireWritablePlacesHook
from tests.sessions import session


def make_table() -> pd.DataFrame:
    return pd.DataFrame({"a": [1]})


@pytest.fixture
def pipeline() -> Pipeline:
    return Pipeline([node(make_table, None, name, name=name) for name in "abcde"])


def catalog(folder: Path) -> DataCatalog:
    places = {name: str(folder / "deep" / f"{name}.parquet") for name in "abcde"}
    return DataCatalog({n: AtomicParquetDataset(filepath=place) for n, place in places.items()})


def test_a_folder_that_may_be_written_to_passes(tmp_path: Path, pipeline: Pipeline) -> None:
    RequireWritablePlacesHook().before_pipeline_run(pipeline, catalog(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_the_nearest_folder_that_is_there_is_named(
    tmp_path: Path, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, mode: int) -> bool:
        return path != tmp_path

    # Who runs the tests may have all rights.
    monkeypatch.setattr(os, "access", refuse)
    with pytest.raises(DiskError) as caught:
        RequireWritablePlacesHook().before_pipeline_run(pipeline, catalog(tmp_path))
    message = str(caught.value)
    assert message.startswith(f"Nothing can be written to {tmp_path}, where this run would save a,")
    assert "a, b, c and 2 more." in message


def failing_with(number: int) -> Callable[..., str]:
    """Stand in for what makes a folder, where the system refuses with an error number."""

    def fail(prefix: str, dir: Path) -> str:
        raise OSError(number, os.strerror(number), str(dir))

    return fail


def test_a_folder_that_cannot_be_made_is_named_with_the_reason(
    tmp_path: Path, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in /proc, where all rights are of no use.
    monkeypatch.setattr(tempfile, "mkdtemp", failing_with(errno.ENOENT))
    places = catalog(tmp_path / "isogloss")
    with pytest.raises(DiskError) as caught:
        RequireWritablePlacesHook().before_pipeline_run(pipeline, places)
    assert str(caught.value).startswith(
        f"Nothing can be written to {tmp_path} (No such file or directory), where this run would"
    )
    # Nothing is tried where no folder has to be made.
    (tmp_path / "isogloss" / "deep").mkdir(parents=True)
    RequireWritablePlacesHook().before_pipeline_run(pipeline, places)


def test_a_full_disk_is_not_taken_for_a_protected_one(
    tmp_path: Path, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "mkdtemp", failing_with(errno.ENOSPC))
    RequireWritablePlacesHook().before_pipeline_run(pipeline, catalog(tmp_path / "isogloss"))


@pytest.mark.parametrize("setting", ["data_root", "models_root", "responses_root", "compare_with"])
@pytest.mark.parametrize("below", ["", "/run"])
def test_a_file_in_place_of_a_folder_is_refused(tmp_path: Path, setting: str, below: str) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with (
        session("test", **{setting: f"{file}{below}"}) as opened,
        pytest.raises(ConfigurationError) as caught,
    ):
        opened.load_context()
    assert str(caught.value) == (
        f"{setting} = '{file}{below}': it must be a folder, and {file} is a file. "
        "Set by --params; declared in conf/base/globals.yml."
    )


@pytest.mark.parametrize("place", ["folder", "folder/new", "s3://bucket/run", "memory://run", 5])
def test_folders_that_are_there_or_not_and_stores_pass(tmp_path: Path, place: object) -> None:
    (tmp_path / "folder").mkdir()
    value = f"{tmp_path}/{place}" if str(place).startswith("folder") else place
    with session("test", data_root=value) as opened:
        RequireWritablePlacesHook().after_context_created(opened.load_context())
