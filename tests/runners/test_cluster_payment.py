"""A node that asks a server is lost with its worker: nothing is paid twice."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pandas as pd
import pytest
from distributed import Client, LocalCluster

from isogloss.runners import DaskRunner
from tests.chat.conftest import server
from tests.chat.stub_server import Fault, StubServer
from tests.sessions import session
from tests.test_translate_prompts import is_back, tables, there_and_back

__all__ = ["server", "tables"]

pytestmark = [pytest.mark.slow]

LIMIT = 60


def kill_while_asking(server: StubServer, pid: int, paid: dict[str, int]) -> None:
    """Kill a worker once all that it has paid for is stored and it waits for further answers."""
    end = time.monotonic() + LIMIT
    while not any(is_back(prompt) for prompt in list(server.tries)) and time.monotonic() < end:
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    # One that is dealt with late must still find the fault, or the dead would be answered.
    server.settle()
    paid |= server.answered
    server.faults = lambda prompt, tried: None


def test_a_worker_that_is_lost_while_it_asks_pays_for_nothing_twice(
    server: StubServer, tables: Path, tmp_path: Path
) -> None:
    server.message = there_and_back
    server.faults = lambda prompt, tried: Fault("hang") if is_back(prompt) else None
    parameters = {
        "data_root": str(tmp_path / "data"),
        "responses_root": str(tmp_path / "responses"),
        "translated_prompts": str(tmp_path / "translated"),
        "prompt_tables": str(tables),
        "vllm_url": server.url,
        "prompt_translation": {"translator": "gemma_2_9b_vllm", "languages": "dan"},
    }
    paid: dict[str, int] = {}
    with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as cluster:
        with Client(cluster, set_as_default=False) as client:
            [pid] = client.run(os.getpid).values()
        killer = threading.Thread(target=kill_while_asking, args=(server, pid, paid))
        killer.start()
        with session("test", **parameters) as opened:
            runner = DaskRunner(address=cluster.scheduler_address)
            opened.run(pipeline_names=["translate_prompts"], runner=runner)
        killer.join(LIMIT)
    assert paid
    assert set(server.answered.values()) == {1}
    assert len(server.answered) == 2 * len(paid)
    checks = pd.read_csv(tmp_path / "translated" / "translations.csv")
    assert set(checks["status"]) == {"kept"}
