"""What a worker does for a run that has ended, on workers in threads of this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster, Worker
from kedro.io import DatasetError
from kedro.pipeline import node

from isogloss.datasets import ResumablePartitionsDataset
from isogloss.partitions import Partitions, Share
from isogloss.runners import worker as worker_module
from isogloss.runners.abandoned import prepare_node
from isogloss.runners.worker import ProjectOfRun, run_node
from isogloss.stopping import stopping_when

LIMIT = 30
BEGUN, GO_ON = threading.Event(), threading.Event()


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalCluster]:
    monkeypatch.setattr(worker_module, "find_node", lambda name: HOLDING)
    BEGUN.clear()
    GO_ON.clear()
    with LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0"
    ) as opened:
        yield opened


def hold() -> str:
    BEGUN.set()
    assert GO_ON.wait(LIMIT)
    return "late"


# A text in the catalog of the project, which the test looks for.
HOLDING = node(hold, None, "outdated_results", name="hold")


def wait_until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT
    while not happened():
        assert time.monotonic() < end, "it has not happened"
        time.sleep(0.02)


def states(worker: Worker) -> set[str]:
    return {task.state for task in worker.state.tasks.values()}


@pytest.mark.parametrize("ended", [True, False])
def test_nothing_is_saved_for_a_run_that_has_ended(
    cluster: LocalCluster, of_run: ProjectOfRun, tmp_path: Path, ended: bool
) -> None:
    [worker] = cluster.workers.values()
    with Client(cluster) as client:
        future = client.submit(run_node, of_run, "hold", pure=False)
        assert BEGUN.wait(LIMIT)
        if not ended:
            GO_ON.set()
            future.result()
    if ended:
        wait_until(lambda: states(worker) == {"cancelled"})
        GO_ON.set()
    wait_until(lambda: not worker.state.tasks)
    assert (tmp_path / "outdated_results.txt").exists() is not ended


def test_partitions_that_are_there_when_a_run_ends_are_the_last(tmp_path: Path) -> None:
    ended: list[bool] = []

    def compute(identifiers: Sequence[str]) -> Iterator[tuple[str, Any]]:
        for identifier in identifiers:
            if identifier == "b":
                ended.append(True)
            yield identifier, {"made": identifier}

    def make() -> Partitions[Any]:
        return Partitions({"layers": 2}, {"a": {}, "b": {}, "c": {}}, compute)

    stored = ResumablePartitionsDataset(filepath=str(tmp_path / "set"), format="json")
    made = prepare_node(node(make, None, "parts", name="make"), None).run({})["parts"]
    with stopping_when(lambda: bool(ended)), pytest.raises(DatasetError, match="has ended"):
        stored.save(made)
    assert [path.name for path in sorted((tmp_path / "set").glob("*.json"))] == [
        "_plan.json", "a.json",
    ]  # fmt: skip


def test_a_share_is_handed_over_with_the_partitions() -> None:
    def make() -> Partitions[Any]:
        return Partitions({}, {"a": {}, "b": {}}, lambda identifiers: [])

    share = Share(1, 2)
    one = prepare_node(node(make, None, "parts", name="make"), share)
    assert one.run({})["parts"].share == share
