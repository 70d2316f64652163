from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import pytest
from distributed import Client, LocalCluster
from kedro.framework.project import configure_project

from isogloss.runners.worker_logs import forward_logs


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A client of one worker, in a process of its own that knows nothing of Kedro yet."""
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as opened,
    ):
        yield opened


def log_as_a_node() -> int:
    configure_project("isogloss")
    logging.getLogger("isogloss.pipelines.somewhere").info("from process %d", os.getpid())
    logging.getLogger("isogloss.pipelines.somewhere").debug("a detail")
    return os.getpid()


def test_what_a_worker_logs_while_it_runs_a_node_appears_here(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "isogloss"):
        forward_logs(client, "isogloss")
        worker = client.submit(log_as_a_node, pure=False).result()
        # The next run: nothing is said twice.
        forward_logs(client, "isogloss")
        client.submit(log_as_a_node, pure=False).result()
    said = [one.getMessage() for one in caplog.records if one.name.startswith("isogloss.pipelines")]
    assert worker != os.getpid()
    assert said == [f"from process {worker}"] * 2
