"""The cluster runner, on workers in this process where nodes need no project."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster, SpecCluster, get_worker
from kedro.framework import project
from kedro.framework.hooks import hook_impl
from kedro.framework.hooks.markers import HOOK_NAMESPACE
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Pipeline, node
from kedro.runner.task import Task
from pluggy import PluginManager

from isogloss.datasets import AtomicJSONDataset, AtomicTextDataset, ResumablePartitionsDataset
from isogloss.errors import Refusal
from isogloss.hooks import NodeMeasuringHook, OutdatedResultsHook
from isogloss.node_records import NodeRecord
from isogloss.partitions import Share
from isogloss.runners import DaskRunner, dask_runner
from isogloss.runners.worker import SPECIFICATIONS, ProjectOfRun

PROJECT = ProjectOfRun("isogloss", "/nowhere", "/nowhere/conf", None, "{}", "now", "digest", ())


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """A worker in a thread of this process."""
    with LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as opened:
        opened.scale(1)
        with Client(opened) as client:
            client.wait_for_workers(1)
        yield opened


def test_where_dask_is_not_installed_it_is_named() -> None:
    # Modules that are known to be absent cannot be imported; here the whole package is.
    program = (
        "import sys\n"
        "sys.modules['distributed'] = None\n"
        "from isogloss.errors import Refusal\n"
        "try:\n"
        "    import isogloss.runners\n"
        "except Refusal as error:\n"
        "    print(error)\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "needs Dask, which is not installed" in done.stdout
    assert ".[cluster]" in done.stdout


class Calls:
    """What workers were asked for, and what they are to answer."""

    def __init__(self) -> None:
        self.made: list[tuple[str, Share | None]] = []
        self.groups = 0
        self.counted: list[str] = []
        self.meeting = threading.Barrier(1)
        self.fails: dict[str, Exception] = {}
        self.ran_on: dict[str, set[str]] = {}


CALLS = Calls()


def pretend(run: ProjectOfRun, name: str, share: Share | None = None) -> list[NodeRecord]:
    """Stand in for what a worker does; in this process, so that it can be remembered."""
    CALLS.ran_on.setdefault(name, set()).add(str(get_worker().name))
    CALLS.made.append((name, share))
    CALLS.meeting.wait(timeout=30)
    if name in CALLS.fails:
        raise CALLS.fails[name]
    return [NodeRecord(name, share="" if share is None else f"{share.index}")]


def pretend_to_count(run: ProjectOfRun, name: str) -> int:
    CALLS.counted.append(name)
    return CALLS.groups


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    CALLS.__init__()  # type: ignore[misc]
    monkeypatch.setattr(dask_runner, "run_node", pretend)
    monkeypatch.setattr(dask_runner, "count_groups", pretend_to_count)
    monkeypatch.setattr(dask_runner, "_describe_project", lambda run_id: PROJECT)
    return CALLS


class Listening:
    """A hook that remembers what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    @hook_impl
    def before_node_run(self, node: Any) -> None:
        self.told.append(f"before {node.name}")

    @hook_impl
    def after_node_run(self, node: Any) -> None:
        self.told.append(f"after {node.name}")

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: object) -> None:
        self.told.append(f"saved {dataset_name}")

    @hook_impl
    def on_node_error(self, error: Exception, node: Any) -> None:
        self.told.append(f"failed {node.name}: {error}")


def hooks_with(*hooks: object) -> PluginManager:
    manager = PluginManager(HOOK_NAMESPACE)
    for specification in SPECIFICATIONS:
        manager.add_hookspecs(specification)
    for hook in hooks:
        manager.register(hook)
    return manager


def same(value: Any) -> Any:
    return value


def chain(tmp_path: Path) -> tuple[Pipeline, DataCatalog]:
    """Give `first` before `second`, and `apart` beside them."""
    nodes = [
        node(same, "raw", "first", name="make_first"),
        node(same, "first", "second", name="make_second"),
        node(same, "raw", "apart", name="make_apart"),
    ]
    entries: dict[str, Any] = {
        name: AtomicTextDataset(filepath=str(tmp_path / f"{name}.txt"))
        for name in ("raw", "first", "second", "apart")
    }
    entries["raw"].save("text")
    return Pipeline(nodes), DataCatalog(entries)


def run(
    cluster: SpecCluster, pipeline: Pipeline, catalog: DataCatalog, *hooks: object, **options: Any
) -> None:
    runner = DaskRunner(address=cluster.scheduler_address, **options)
    runner.run(pipeline, catalog, hooks_with(*hooks), run_id="now")


def test_nodes_run_in_their_order_and_hooks_hear_of_each(
    cluster: LocalCluster, calls: Calls, tmp_path: Path
) -> None:
    listening, measuring = Listening(), NodeMeasuringHook()
    run(cluster, *chain(tmp_path), listening, measuring)
    names = [name for name, _ in calls.made]
    assert sorted(names) == ["make_apart", "make_first", "make_second"]
    assert names.index("make_first") < names.index("make_second")
    assert sorted(one.node for one in measuring.records) == sorted(names)
    place = listening.told.index("before make_second")
    assert listening.told[place : place + 3] == [
        "before make_second", "after make_second", "saved second",
    ]  # fmt: skip


def test_a_run_without_a_session_needs_no_hooks(
    cluster: LocalCluster, calls: Calls, tmp_path: Path
) -> None:
    DaskRunner(address=cluster.scheduler_address).run(*chain(tmp_path))
    assert sorted(name for name, _ in calls.made) == ["make_apart", "make_first", "make_second"]


def test_a_failing_node_fails_the_run_with_its_own_error(
    cluster: LocalCluster, calls: Calls, tmp_path: Path
) -> None:
    calls.fails = {"make_first": Refusal("row 3 of raw.txt is empty. Fill it.")}
    listening = Listening()
    with pytest.raises(Refusal, match="row 3 of raw.txt is empty"):
        run(cluster, *chain(tmp_path), listening)
    assert "make_second" not in [name for name, _ in calls.made]
    assert "failed make_first: row 3 of raw.txt is empty. Fill it." in listening.told


def test_what_is_under_way_when_a_run_fails_is_noted(
    cluster: LocalCluster, calls: Calls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline, catalog = chain(tmp_path)
    pipeline = pipeline.to_outputs("second")
    monkeypatch.setattr(project, "pipelines", {"__default__": pipeline})
    noted = tmp_path / "under_way.json"
    catalog["saves_under_way"] = AtomicJSONDataset(filepath=str(noted))
    catalog["outdated_results"] = AtomicTextDataset(filepath=str(tmp_path / "outdated.txt"))
    outdated = OutdatedResultsHook()
    calls.fails = {"make_second": Refusal("lost")}
    outdated.before_pipeline_run({}, pipeline, catalog)
    with pytest.raises(Refusal, match="lost"):
        run(cluster, pipeline, catalog, outdated)
    assert json.loads(noted.read_text()) == {"second": None}
    calls.fails = {}
    outdated.before_pipeline_run({}, pipeline, catalog)
    run(cluster, pipeline, catalog, outdated)
    assert json.loads(noted.read_text()) == {}


def parted(tmp_path: Path) -> tuple[Pipeline, DataCatalog]:
    stored = ResumablePartitionsDataset(filepath=str(tmp_path / "set"), format="parquet")
    raw = AtomicTextDataset(filepath=str(tmp_path / "raw.txt"))
    raw.save("text")
    nodes = [node(same, "raw", "parts", name="make_parts")]
    return Pipeline(nodes), DataCatalog({"raw": raw, "parts": stored})


@pytest.mark.parametrize(
    ("groups", "shares", "expected"),
    [(5, 3, 3), (2, 3, 2), (1, 3, 0), (5, 0, 0)],
    ids=["as asked", "no more than groups", "one group alone", "one worker"],
)
def test_partitions_are_shared_out_and_then_completed(
    cluster: LocalCluster, calls: Calls, tmp_path: Path, groups: int, shares: int, expected: int
) -> None:
    calls.groups = groups
    measuring = NodeMeasuringHook()
    run(cluster, *parted(tmp_path), measuring, shares=shares)
    asked = [share for _, share in calls.made]
    assert asked[-1] is None, "the last one finds all there and completes the set"
    assert sorted(one.index for one in asked if one) == list(range(expected))
    assert {one.count for one in asked if one} <= {expected}
    assert len(measuring.records) == expected + 1
    assert len(calls.counted) == (1 if shares else 0), "without idle workers nothing is counted"


@pytest.mark.parametrize(("nodes", "shares"), [(2, 0), (1, 2)])
def test_nodes_that_are_ready_at_once_leave_each_other_workers(
    mixed: SpecCluster,
    calls: Calls,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    nodes: int,
    shares: int,
) -> None:
    # No node ends before all are decided upon: what one leaves, another may take.
    calls.groups, calls.meeting = 4, threading.Barrier(nodes)
    submit = dask_runner._NodeExecutor.submit

    def submit_slowly(self: Any, task: Task) -> Any:
        followed = submit(self, task)
        time.sleep(0.1)  # a machine that is busy: the first node is long decided upon
        return followed

    monkeypatch.setattr(dask_runner._NodeExecutor, "submit", submit_slowly)
    raw = AtomicTextDataset(filepath=str(tmp_path / "raw.txt"))
    raw.save("text")
    made, catalog = [], DataCatalog({"raw": raw})
    for number in range(nodes):
        name = f"parts_{number}"
        folder = str(tmp_path / name)
        catalog[name] = ResumablePartitionsDataset(filepath=folder, format="parquet")
        made.append(node(same, "raw", name, name=f"make_{name}"))
    run(mixed, Pipeline(made), catalog)
    assert len([share for _, share in calls.made if share]) == shares
    assert len(calls.counted) == (1 if shares else 0)


def test_tags_are_resources_where_a_worker_offers_them(
    mixed: SpecCluster, calls: Calls, tmp_path: Path
) -> None:
    pipeline, catalog = chain(tmp_path)
    tagged = Pipeline(
        [one.tag("gpu") if one.name == "make_second" else one for one in pipeline.nodes]
    )
    for _ in range(3):
        run(mixed, tagged, catalog)
    assert calls.ran_on["make_second"] == {"with a GPU"}
    assert sorted(calls.ran_on) == ["make_apart", "make_first", "make_second"]


def test_what_would_pass_in_memory_is_refused_by_name(
    cluster: LocalCluster, calls: Calls, tmp_path: Path
) -> None:
    pipeline, catalog = chain(tmp_path)
    catalog["second"] = MemoryDataset()
    with pytest.raises(Refusal, match=r"no entry in the catalog: second\. Add"):
        run(cluster, pipeline, catalog)
    assert calls.made == []


def test_a_scheduler_that_is_not_there_is_named(
    tmp_path: Path, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("isogloss.runners.clusters.CONNECT_SECONDS", 1)
    runner = DaskRunner(address="tcp://127.0.0.1:9")
    with pytest.raises(Refusal, match=r"No Dask scheduler answers at tcp://127.0.0.1:9 .*address="):
        runner.run(*chain(tmp_path), hooks_with())


def test_a_cluster_without_workers_is_not_waited_for_for_ever(tmp_path: Path, calls: Calls) -> None:
    with LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as empty:
        runner = DaskRunner(address=empty.scheduler_address, wait=0.2)
        with pytest.raises(Refusal, match="No worker has joined"):
            runner.run(*chain(tmp_path), hooks_with())


def test_asynchronous_loading_is_refused() -> None:
    with pytest.raises(Refusal, match="--async"):
        DaskRunner(is_async=True)
