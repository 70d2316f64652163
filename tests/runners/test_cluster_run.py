"""The environment `test` on a cluster of processes, of which one is killed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from distributed import Client, LocalCluster

from isogloss.errors import Refusal
from isogloss.runners import DaskRunner
from tests.language_models.conftest import save_tiny_model
from tests.sessions import session

pytestmark = [pytest.mark.slow]

PIPELINES = ["ingestion", "representation", "alignment"]
LIMIT = 120
"""Seconds after which a run that hangs counts as failed."""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("models")
    return {
        "tiny_model": str(save_tiny_model("llama", folder / "tiny")),
        "models_root": str(folder),
        "models": "tiny",
        "device": "cpu",
        "dtype": "float32",
        "representation": {"group_size": 1},
        "tasks": {"include": "none"},
        "merging": {"encoders": "none"},
        "counters": "none",
        "mediation": {"models": "none"},
    }


@pytest.fixture(scope="module")
def sequential(settings: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a run in one process."""
    data = tmp_path_factory.mktemp("sequential")
    with session("test", data_root=str(data), **settings) as opened:
        opened.run(pipeline_names=PIPELINES)
    return data


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """Two workers in processes of their own, which a nanny replaces when they die."""
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=2, threads_per_worker=1, dashboard_address=":0"
    ) as opened:
        yield opened


def contents(data: Path) -> dict[str, bytes]:
    """Read all that a run has made; its records tell of times and machines."""
    return {
        str(path.relative_to(data)): path.read_bytes()
        for path in sorted(data.rglob("*"))
        if path.is_file() and not {"runs", "run_manifest.json"} & {*path.parts}
    }


def run(data: Path, settings: dict[str, Any], address: str, **options: int) -> None:
    with session("test", data_root=str(data), **settings) as opened:
        runner = DaskRunner(address=address, **options)
        opened.run(pipeline_names=PIPELINES, runner=runner)


def kill_one(address: str, begun: Path, killed: list[int]) -> None:
    """Kill a worker that is at work as soon as a first partition is there."""
    with Client(address, set_as_default=False) as client:  # type: ignore[no-untyped-call]
        pids = client.run(os.getpid)
        end = time.monotonic() + LIMIT
        while not any(begun.glob("*")) and time.monotonic() < end:
            time.sleep(0.01)
        busy = [worker for worker, tasks in client.processing().items() if tasks]
        for worker in busy[:1]:
            os.kill(pids[worker], signal.SIGKILL)
            killed.append(pids[worker])


def test_a_run_that_loses_a_worker_ends_as_one_in_a_single_process(
    cluster: LocalCluster, sequential: Path, settings: dict[str, Any], tmp_path: Path
) -> None:
    killed: list[int] = []
    begun = tmp_path / "04_feature" / "tiny" / "embeddings" / "_markers"
    killer = threading.Thread(target=kill_one, args=(cluster.scheduler_address, begun, killed))
    killer.start()
    run(tmp_path, settings, cluster.scheduler_address, shares=2)
    killer.join(LIMIT)
    assert len(killed) == 1
    assert contents(tmp_path) == contents(sequential)


def test_a_refusal_on_a_worker_reaches_the_user_as_it_is(
    cluster: LocalCluster, settings: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(Refusal, match="sentence_sample.size"):
        large = {**settings, "sentence_sample": {"size": 10_000}}
        run(tmp_path, large, cluster.scheduler_address)
