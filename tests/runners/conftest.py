from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Scheduler, SpecCluster, Worker

from isogloss.language_models.device_lock import CPU_SLOT
from isogloss.runners.worker import ProjectOfRun, digest_sources, list_versions
from tests.sessions import ROOT


@pytest.fixture
def of_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProjectOfRun:
    """A run of the environment `test` with its data in `tmp_path`, as it is sent to workers."""
    # A worker sets it for its process, which is this one.
    monkeypatch.setenv(CPU_SLOT, "")
    return ProjectOfRun(
        package="isogloss",
        folder=str(ROOT),
        configuration=str(ROOT / "conf"),
        environment="test",
        runtime_parameters=json.dumps({"data_root": str(tmp_path)}),
        run_id="now",
        sources=digest_sources(),
        versions=list_versions(),
    )


@pytest.fixture
def mixed() -> Iterator[SpecCluster]:
    """Two workers in threads of this process, of which one offers a GPU."""
    workers = {
        "with a GPU": {"cls": Worker, "options": {"nthreads": 1, "resources": {"GPU": 1}}},
        "without": {"cls": Worker, "options": {"nthreads": 1}},
    }
    scheduler = {
        "cls": Scheduler,
        "options": {"protocol": "inproc", "host": "", "dashboard_address": ":0"},
    }
    with SpecCluster(workers=workers, scheduler=scheduler) as opened:
        yield opened
