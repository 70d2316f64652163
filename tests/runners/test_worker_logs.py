from __future__ import annotations

import logging
import os
from collections.abc import Iterator

import pytest
from distributed import Client, LocalCluster, Worker
from kedro.framework.project import configure_project

from isogloss.errors import Refusal
from isogloss.runners.worker_logs import forwarded_logs


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


def test_what_a_worker_logs_while_it_runs_a_node_appears_here_once(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "isogloss"):
        with forwarded_logs(client, "isogloss"):
            worker = client.submit(log_as_a_node, pure=False).result()
        # The next run: nothing is said twice.
        with forwarded_logs(client, "isogloss"):
            client.submit(log_as_a_node, pure=False).result()
    said = [one.getMessage() for one in caplog.records if one.name.startswith("isogloss.pipelines")]
    assert worker != os.getpid()
    assert said == [f"from process {worker}"] * 2
    # A worker that was started here has the same terminal: it writes nothing there itself.
    assert client.run(count_handlers) == {next(iter(client.run(os.getpid))): 0}


def test_a_worker_without_the_project_is_refused(client: Client) -> None:
    with (
        pytest.raises(Refusal, match="worker tcp://.* has no package 'nowhere'.*--editable"),
        forwarded_logs(client, "nowhere"),
    ):
        pass


def test_a_cluster_is_left_to_others_as_it_was(client: Client) -> None:
    address = client.scheduler_info()["address"]
    with Client(address) as first, Client(address) as second:
        with forwarded_logs(first, "isogloss"):
            with forwarded_logs(second, "isogloss"):
                pass
            # The other run still hears of its nodes.
            assert plugins(client) >= {"configured-logging", "forward-logging-isogloss"}
        assert plugins(client).isdisjoint({"configured-logging", "forward-logging-isogloss"})


def plugins(client: Client) -> set[str]:
    [names] = client.run(list_plugins).values()
    return set(names)


def list_plugins(dask_worker: Worker) -> list[str]:
    return list(dask_worker.plugins)


def count_handlers() -> int:
    return len(logging.getLogger().handlers)
