"""Clusters that are started; the batch system is two scripts that run jobs on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import dask
import pytest
from dask_jobqueue.slurm import SLURMJob

from isogloss.errors import Refusal
from isogloss.runners.clusters import Place, open_cluster

SUBMIT = """#!/bin/sh
cp "$1" {folder}/job-$$.sh
setsid sh {folder}/job-$$.sh > {folder}/job-$$.log 2>&1 &
echo "Submitted batch job $!"
"""
CANCEL = """#!/bin/sh
kill -- -"$1"
"""
SETTINGS = {
    "memory": "1GB",
    "cores": 8,
    "job-script-prologue": ["export OF_THE_USER=kept"],
    "worker-extra-args": ["--resources", "GPU=1"],
    "scheduler-options": {"dashboard_address": ":0"},
}
PLACE = Place(None, "slurm", workers=2, threads=3, wait=60)


@pytest.fixture
def slurm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which the jobs that were submitted lie."""
    for name, script in (("sbatch", SUBMIT), ("scancel", CANCEL)):
        (tmp_path / name).write_text(script.format(folder=tmp_path))
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    section = f"jobqueue.{SLURMJob.config_name}"
    with dask.config.set({f"{section}.{key}": value for key, value in SETTINGS.items()}):
        yield tmp_path


def test_each_worker_is_a_job_of_as_many_cores_as_asked_for(slurm: Path) -> None:
    with open_cluster(PLACE) as client:
        client.wait_for_workers(2, timeout=60)
        workers = client.scheduler_info(n_workers=-1)["workers"].values()
        assert [(one["nthreads"], one["resources"]) for one in workers] == [(1, {"GPU": 1})] * 2
        for variable, value in (("OMP_NUM_THREADS", "3"), ("OF_THE_USER", "kept")):
            assert [*client.run(os.getenv, variable).values()] == [value] * 2
    scripts = [path.read_text() for path in slurm.glob("job-*.sh")]
    assert len(scripts) == 2
    assert all("#SBATCH --cpus-per-task=3\n" in script for script in scripts)


def test_a_job_without_memory_is_refused_with_the_file_to_write(slurm: Path) -> None:
    words = r"how much memory a job takes.* under jobqueue\.slurm in .*jobqueue\.yaml"
    with (
        dask.config.set({"jobqueue.slurm.memory": None}),
        pytest.raises(Refusal, match=words),
        open_cluster(PLACE),
    ):
        pass


def test_workers_on_this_machine_get_threads_beside_what_dask_sets_for_them() -> None:
    key = "distributed.nanny.pre-spawn-environ"
    before = dask.config.get(key)
    # Workers take over what stands in the environment of the command, and Dask writes into it.
    with mock.patch.dict(os.environ):
        for variable in ("DASK_SCHEDULER_ADDRESS", "OMP_NUM_THREADS"):
            os.environ.pop(variable, None)
        with open_cluster(Place(None, "local", workers=1, threads=3, wait=60)) as client:
            assert [*client.run(os.getenv, "OMP_NUM_THREADS").values()] == ["3"]
            assert [*client.run(os.getenv, "MALLOC_TRIM_THRESHOLD_").values()] == ["65536"]
    assert dask.config.get(key) == before
