"""What `kedro viz` shows of runs on a cluster, read back by Kedro-Viz itself."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline, node
from kedro.utils import is_kedro_project
from kedro_viz.integrations.kedro.hooks_utils import hash_node

from isogloss.datasets import AtomicTextDataset
from isogloss.hooks import RunStatusHook
from isogloss.node_records import NodeRecord

with warnings.catch_warnings():
    # Kedro-Viz is older than the FastAPI that it finds.
    warnings.simplefilter("ignore", DeprecationWarning)
    warnings.simplefilter("ignore", UserWarning)
    from kedro_viz.api.rest.responses.run_events import (
        RunStatusAPIResponse,
        get_run_status_response,
    )

ON_A_CLUSTER = {"runner": "<isogloss.runners.dask_runner.DaskRunner object at 0x1>"}
HERE = {"runner": "<kedro.runner.sequential_runner.SequentialRunner object at 0x1>"}


def same(value: Any) -> Any:
    return value


FIRST = node(same, "raw", "first", name="make_first")
SECOND = node(same, "first", "second", name="make_second")
PIPELINE = Pipeline([FIRST, SECOND])


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataCatalog:
    """The catalog of a project that a run is in."""
    settings = (
        '[tool.kedro]\npackage_name = "mine"\nproject_name = "mine"\nkedro_init_version = "1"\n'
    )
    (tmp_path / "pyproject.toml").write_text(settings)
    assert is_kedro_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    names = ("raw", "first", "second")
    entries = {name: AtomicTextDataset(filepath=str(tmp_path / name)) for name in names}
    return DataCatalog(dict(entries))


def test_a_finished_run_is_shown_with_the_time_that_workers_took(catalog: DataCatalog) -> None:
    hook = RunStatusHook()
    hook.before_pipeline_run(ON_A_CLUSTER, PIPELINE, catalog)
    shares = [NodeRecord("make_first", f"{one} of 2", seconds=one) for one in (1.0, 2.0)]
    hook.take([*shares, NodeRecord("make_first", seconds=0.5)])
    hook.take([NodeRecord("make_second", seconds=4.0)])
    hook.after_pipeline_run()
    shown = read()
    assert shown.pipeline.status.value == "success"
    durations = {name: one.duration for name, one in shown.nodes.items()}
    # The shares ran side by side, what joined them came after.
    assert durations == {hash_node(FIRST): 2.5, hash_node(SECOND): 4.0}
    assert {one.name for one in shown.datasets.values()} == {"raw", "first", "second"}


def test_a_failed_run_is_shown_with_the_node_that_failed(catalog: DataCatalog) -> None:
    hook = RunStatusHook()
    hook.before_pipeline_run(ON_A_CLUSTER, PIPELINE, catalog)
    hook.take([NodeRecord("make_first", seconds=1.0)])
    hook.take([NodeRecord("make_second", error="row 3 is empty.")])
    hook.on_pipeline_error(ValueError("row 3 is empty."))
    shown = read()
    assert shown.pipeline.status.value == "failed"
    assert shown.nodes[hash_node(FIRST)].error is None
    error = shown.nodes[hash_node(SECOND)].error
    assert error is not None
    assert error.message == "row 3 is empty."


@pytest.mark.parametrize("run", [HERE, {**ON_A_CLUSTER, "tags": ["tasks"]}])
def test_what_kedro_viz_notes_itself_or_leaves_out_is_left_to_it(
    catalog: DataCatalog, tmp_path: Path, run: dict[str, Any]
) -> None:
    hook = RunStatusHook()
    hook.before_pipeline_run(run, PIPELINE, catalog)
    hook.after_pipeline_run()
    assert not (tmp_path / ".viz").exists()


def read() -> RunStatusAPIResponse:
    response = get_run_status_response()
    assert isinstance(response, RunStatusAPIResponse)
    return response
