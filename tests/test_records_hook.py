"""The manifest and the log of runs."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from kedro.framework import project
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline

from isogloss.errors import Refusal
from isogloss.hooks import records
from isogloss.hooks.records import RunRecordsHook, _name_runner
from isogloss.node_records import NodeRecord
from tests.sessions import session


def manifest(data: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((data / "08_reporting" / "run_manifest.json").read_text())
    return found


def logs(data: Path) -> list[list[dict[str, Any]]]:
    paths = sorted((data / "08_reporting" / "runs").glob("*.jsonl"))
    return [[json.loads(line) for line in path.read_text().splitlines()] for path in paths]


def test_a_run_is_recorded_from_its_start_to_its_end(tmp_path: Path) -> None:
    with session("test", data_root=str(tmp_path), tasks={"shots": 2}) as opened:
        opened.run(pipeline_names=["ingestion"])
    found = manifest(tmp_path)
    nodes = {one["node"]: one for one in found["nodes"]}
    assert found["status"] == "finished"
    assert found["environment"] == "test"
    assert found["pipelines"] == ["ingestion"]
    assert found["runner"] == "SequentialRunner"
    assert found["changed_parameters"]["tasks.shots"] == [5, 2]
    assert found["nodes_done"] == found["nodes_in_all"] == len(nodes)
    assert nodes["read_parallel_sentences"]["tables"]["parallel_sentences"] == [240, 3]
    assert nodes["read_parallel_sentences"]["work"] == {}
    assert all(one["seconds"] >= 0 and one["peak_memory"] > 50e6 for one in nodes.values())
    [events] = logs(tmp_path)
    assert {one["run_id"] for one in events} == {found["run_id"]}
    assert [one["event"] for one in events] == [
        "run_started", *["node_finished"] * len(nodes), "run_finished",
    ]  # fmt: skip


def test_a_run_that_fails_says_where_and_why(tmp_path: Path) -> None:
    large = {"size": 10_000}
    with (
        session("test", data_root=str(tmp_path), sentence_sample=large) as opened,
        pytest.raises(Refusal),
    ):
        opened.run(pipeline_names=["ingestion"])
    found = manifest(tmp_path)
    assert found["status"] == "failed"
    assert "sentence_sample.size" in found["error"]
    assert found["nodes"][-1]["event"] == "node_failed"
    assert found["nodes_done"] == len(found["nodes"]) - 1 < found["nodes_in_all"]
    assert logs(tmp_path)[0][-1]["event"] == "run_failed"


def test_records_of_nodes_that_end_together_are_written_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    write = RunRecordsHook._write

    def count(hook: RunRecordsHook, status: str) -> None:
        written.append(status)
        write(hook, status)

    monkeypatch.setattr(records, "EVERY", 3600.0)
    monkeypatch.setattr(RunRecordsHook, "_write", count)
    with session("test", data_root=str(tmp_path)) as opened:
        opened.run(pipeline_names=["ingestion"])
    assert manifest(tmp_path)["nodes_done"] > 2
    assert written == ["running", "finished"]


def test_what_has_ended_is_written_though_the_next_node_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "EVERY", 0.05)
    with session("test", data_root=str(tmp_path)) as opened:
        catalog = opened.load_context().catalog
        assert isinstance(catalog, DataCatalog)
        hook = RunRecordsHook()
        hook.after_context_created(opened.load_context())
        run = {"run_id": "now", "runner": None, "pipeline_names": ["ingestion"]}
        hook.before_pipeline_run(run, Pipeline([]), catalog)
        hook.take([NodeRecord("one"), NodeRecord("two")])
        assert manifest(tmp_path)["nodes_done"] == 0
        end = time.monotonic() + 30
        while manifest(tmp_path)["nodes_done"] < 2:
            assert time.monotonic() < end, "they were not written"
            time.sleep(0.01)
        assert manifest(tmp_path)["status"] == "running"
        hook.take([NodeRecord("three")])
        hook.after_pipeline_run()
        hook.take([NodeRecord("late")])
    found = manifest(tmp_path)
    time.sleep(0.2)
    assert found == manifest(tmp_path)
    assert (found["status"], found["nodes_done"]) == ("finished", 3)
    assert len(logs(tmp_path)[0]) == 5


def test_every_run_has_a_log_of_its_own(tmp_path: Path) -> None:
    for _ in range(2):
        with session("test", data_root=str(tmp_path)) as opened:
            opened.run(pipeline_names=["ingestion"], node_names=["read_parallel_sentences"])
    first, second = logs(tmp_path)
    assert first[0]["run_id"] != second[0]["run_id"]
    assert manifest(tmp_path)["run_id"] == second[0]["run_id"]
    with session("test", data_root=str(tmp_path)) as opened:
        catalog = opened.load_context().catalog
        assert isinstance(catalog, DataCatalog)
        assert sorted(catalog.load("run_log")) == [first[0]["run_id"], second[0]["run_id"]]


@pytest.mark.parametrize(
    ("described", "name"),
    [
        ("None", "SequentialRunner"),
        ("ThreadRunner", "ThreadRunner"),
        ("<isogloss.runners.dask_runner.DaskRunner object at 0x7f>", "DaskRunner"),
    ],
)
def test_a_runner_is_called_by_its_type(described: str, name: str) -> None:
    assert _name_runner(described) == name


def test_records_tell_no_folders_of_this_machine_and_no_passwords(tmp_path: Path) -> None:
    checkpoint = "https://alice:sesame@example.org/home/alice/comet"
    with session("test", data_root=str(tmp_path), comet={"checkpoint": checkpoint}) as opened:
        opened.run(pipeline_names=["ingestion"], node_names=["read_parallel_sentences"])
    changed = manifest(tmp_path)["changed_parameters"]
    assert "example.org" in changed["comet.checkpoint"][1]
    assert "sesame" not in json.dumps(manifest(tmp_path))


def test_no_key_enters_the_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-should-not-be-seen")
    with session("test", data_root=str(tmp_path)) as opened:
        assert "ingestion" in project.pipelines
        opened.run(pipeline_names=["ingestion"], node_names=["read_parallel_sentences"])
    kept = [
        path.read_text() for path in (tmp_path / "08_reporting").rglob("run*") if path.is_file()
    ]
    kept += [path.read_text() for path in (tmp_path / "08_reporting" / "runs").iterdir()]
    assert not any("sk-should-not-be-seen" in text for text in kept)
