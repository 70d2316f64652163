from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from distributed import Client, LocalCluster

from isogloss.errors import Refusal
from isogloss.runners import worker
from isogloss.runners.worker import (
    ProjectOfRun,
    find_node,
    list_versions,
    run_node,
)
from tests.sessions import session


def test_a_worker_with_another_program_refuses(of_run: ProjectOfRun) -> None:
    with pytest.raises(Refusal, match="another state of the program.*Start the workers anew"):
        run_node(replace(of_run, sources="other"), "read_parallel_sentences")


def test_a_worker_with_other_libraries_names_those_that_differ(of_run: ProjectOfRun) -> None:
    other = {**dict(of_run.versions), "numpy": "1.0"}
    del other["scipy"]
    with pytest.raises(Refusal, match=r"\(numpy: \d.*, the run has 1\.0; scipy: \d.* has none\)"):
        run_node(replace(of_run, versions=tuple(other.items())), "read_parallel_sentences")


def test_builds_for_other_devices_are_the_same_version(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"torch": "2.8.0+cu128", "numpy": "2.3.1", "python": "3.11.9"}
    monkeypatch.setattr(worker, "library_versions", lambda: found)
    assert dict(list_versions()) == {"torch": "2.8.0", "numpy": "2.3.1", "python": "3.11"}


def test_a_worker_without_the_project_says_which_folder_it_needs(of_run: ProjectOfRun) -> None:
    with pytest.raises(Refusal, match="finds no folder /nowhere/conf.*under the same path"):
        run_node(replace(of_run, configuration="/nowhere/conf"), "read_parallel_sentences")


def test_a_worker_that_runs_nodes_in_threads_is_refused(of_run: ProjectOfRun) -> None:
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=3, processes=False, dashboard_address=":0"
        ) as cluster,
        Client(cluster) as client,
        pytest.raises(Refusal, match="runs 3 nodes at a time in one process.*--nthreads 1"),
    ):
        client.submit(run_node, of_run, "read_parallel_sentences").result()


def test_a_node_that_is_not_there_is_refused() -> None:
    with session("test"), pytest.raises(Refusal, match="knows no node 'read_tea_leaves'"):
        find_node("read_tea_leaves")


def test_a_node_is_run_and_measured_on_a_worker(of_run: ProjectOfRun, tmp_path: Path) -> None:
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=":0"
        ) as cluster,
        Client(cluster) as client,
    ):
        [record] = client.submit(run_node, of_run, "read_parallel_sentences").result()
    assert record.node == "read_parallel_sentences"
    # 60 sentences in four languages
    assert record.tables["parallel_sentences"] == [240, 3]
    assert record.seconds > 0
    assert record.peak_memory > 50e6
    assert (tmp_path / "03_primary" / "parallel_sentences.parquet").exists()
