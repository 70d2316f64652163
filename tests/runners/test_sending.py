from __future__ import annotations

import queue
import threading
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
BEGUN: queue.Queue[str] = queue.Queue()
GO_ON = threading.Event()


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


def hold(run: ProjectOfRun, name: str) -> str:
    address = str(get_worker().address)
    BEGUN.put(address)
    assert GO_ON.wait(30)
    return address


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


def test_what_the_client_asks_for_itself_hides_no_workers(client: Client) -> None:
    sender = NodeSender(client, PROJECT, WAIT)
    asking = threading.Event()

    def ask() -> None:
        # As the client does every two seconds.
        while not asking.is_set():
            client.sync(client._update_scheduler_info, n_workers=0)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    found = {len(sender.workers()) for _ in range(300)}
    asking.set()
    for thread in threads:
        thread.join()
    assert found == {2}


def test_a_run_without_a_gpu_says_so_once(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    retire(client, "with a GPU")
    sender = NodeSender(client, PROJECT, WAIT)
    for _ in range(2):
        sender.wait_for(sender.send(plain().tag("gpu"), tell_worker))
    said = [one.getMessage() for one in caplog.records if one.name == sending.__name__]
    assert len(said) == 1
    assert said[0].startswith("No worker offers a GPU: nodes that open a model run on any worker.")


def test_a_worker_that_is_lost_is_told_and_noted(
    mixed: SpecCluster, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    sender, one = NodeSender(client, PROJECT, WAIT), plain()
    BEGUN.queue.clear()
    GO_ON.clear()
    sent = sender.send(one, hold)
    lost = BEGUN.get(timeout=30)
    scheduler: Any = mixed.scheduler
    mixed.sync(scheduler.remove_worker, address=lost, stimulus_id="killed")
    GO_ON.set()
    assert sender.wait_for(sent) == BEGUN.get(timeout=30) != lost
    said = [one.getMessage() for one in caplog.records if one.name == sending.__name__]
    assert said == [f"The worker {lost} was lost. What it had begins again elsewhere: make_table"]
    [record] = sender.losses(one)
    assert record.worker == lost
    assert record.as_event()["event"] == "node_lost"
    assert sender.losses(one) == []


def test_a_worker_that_has_nothing_of_the_run_goes_without_a_word(
    mixed: SpecCluster, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    sender = NodeSender(client, PROJECT, WAIT)
    sender.wait_for(sender.send(plain(), tell_worker))
    retire(client, "with a GPU")
    # The scheduler tells what happens in its order.
    sender.wait_for(sender.send(plain(), tell_worker))
    assert [one for one in caplog.records if one.name == sending.__name__] == []


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
