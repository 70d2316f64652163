from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from distributed import Client, SpecCluster, get_worker
from kedro.pipeline import node
from kedro.pipeline.node import Node

from isogloss.errors import Refusal
from isogloss.runners import sending
from isogloss.runners.sending import NodeSender
from isogloss.runners.worker import ProjectOfRun

PROJECT = ProjectOfRun("isogloss", "/nowhere", "/nowhere/conf", None, "{}", "now", "digest", ())
WAIT = 0.3


@pytest.fixture
def client(mixed: SpecCluster) -> Iterator[Client]:
    with Client(mixed) as opened:
        opened.wait_for_workers(2)
        yield opened


def same(value: Any) -> Any:
    return value


def plain() -> Node:
    return node(same, "raw", "table", name="make_table")


def tell_worker(run: ProjectOfRun, name: str) -> str:
    return str(get_worker().name)


def run_out_of_time(run: ProjectOfRun, name: str) -> str:
    time.sleep(WAIT)
    raise TimeoutError("the server gave no answer")


def retire(client: Client, *names: str) -> None:
    workers = client.scheduler_info(n_workers=-1)["workers"]
    client.retire_workers([key for key, one in workers.items() if one["name"] in names])


def test_a_node_for_a_gpu_is_refused_when_the_last_gpu_is_lost(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    sender, tagged = NodeSender(client, PROJECT, WAIT), plain().tag("gpu")
    assert sender.wait_for(sender.send(tagged, tell_worker)) == "with a GPU"
    retire(client, "with a GPU")
    with pytest.raises(Refusal, match=r"No worker that offers GPU is left for.*GPU=1.*wait="):
        sender.wait_for(sender.send(tagged, tell_worker))
    assert sender.wait_for(sender.send(plain(), tell_worker)) == "without"
    assert [one.getMessage() for one in caplog.records if one.name == sending.__name__] == [
        "No worker that offers GPU is left: waiting for one for 0 s."
    ]


def test_a_run_that_has_lost_all_workers_ends(client: Client) -> None:
    sender = NodeSender(client, PROJECT, WAIT)
    retire(client, "with a GPU", "without")
    with pytest.raises(Refusal, match="No worker is left for the node 'make_table'"):
        sender.wait_for(sender.send(plain(), tell_worker))


def test_a_node_that_takes_longer_is_waited_for_and_fails_with_its_own_error(
    client: Client,
) -> None:
    sender = NodeSender(client, PROJECT, WAIT / 3)
    with pytest.raises(TimeoutError, match="the server gave no answer"):
        sender.wait_for(sender.send(plain(), run_out_of_time))
