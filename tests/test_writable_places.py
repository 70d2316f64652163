from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline, node

from isogloss.datasets import AtomicParquetDataset
from isogloss.disk_errors import DiskError
from isogloss.hooks import RequireWritablePlacesHook


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
