"""A server of chat models that stops answering, and a scheduler that is killed."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from isogloss.chat import ChatModel, ChatSpecification, ResponseStore, answer
from isogloss.chat.answering import UnansweredError
from tests.chat import stub_server
from tests.chat.conftest import ask_all
from tests.faults.conftest import Undisturbed, copy_links
from tests.faults.harness import contents, differences
from tests.sessions import ROOT

pytestmark = [pytest.mark.faults]

Record = Callable[[str, object], None]
COUNT, ANSWERED, TIMEOUT = 60, 25, 1.0
LIMIT = 120.0
"""Seconds after which what hangs counts as hanging for ever."""


def test_a_server_that_hangs_ends_the_run_in_time_and_nothing_is_paid_twice(
    tmp_path: Path, record_property: Record
) -> None:
    store = ResponseStore(tmp_path / "store")
    with stub_server.running() as server:
        specification = ChatSpecification(
            model="m", base_url=server.url, timeout=TIMEOUT, retries=1, backoff=0.01, concurrency=4
        )
        chat = ChatModel("stub", specification)
        server.faults = lambda prompt, tried: (
            stub_server.Fault("hang") if sum(server.answered.values()) >= ANSWERED else None
        )
        begun = time.monotonic()
        with pytest.raises(UnansweredError, match="The same command again asks for the"):
            answer(chat, ask_all(COUNT), store)
        assert time.monotonic() - begun < 30 * TIMEOUT
        kept = set(store.read().responses)
        assert ANSWERED - 4 <= len(kept) < COUNT
        server.faults = lambda prompt, tried: None
        responses = answer(chat, ask_all(COUNT), store)
        assert [one.text for one in responses] == [f"to question {n}" for n in range(COUNT)]
        assert set(server.answered.values()) == {1}
    record_property("other faults", 1)
    record_property("refusals", 1)


@contextmanager
def dask(*arguments: str, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process of a cluster until the end of a `with` block."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "distributed.cli." + arguments[0], *arguments[1:]]
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=file, stderr=file, start_new_session=True
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def start_run(
    undisturbed: Undisturbed, data: Path, address: str, log: Path
) -> subprocess.Popen[bytes]:
    settings = {**undisturbed.settings, "data_root": data, "responses_root": data / "responses"}
    command = [
        *(sys.executable, "-m", "kedro", "run", "--env", "test", "--pipelines", "representation"),
        *("--params", ",".join(f"{key}={value}" for key, value in settings.items())),
        *("--runner", "isogloss.runners.DaskRunner", "--runner-params", f"address={address}"),
    ]
    with log.open("wb") as file:
        return subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=file)


def test_a_scheduler_that_is_killed_ends_run_and_workers_and_the_same_command_goes_on(
    undisturbed: Undisturbed, tmp_path: Path, record_property: Record
) -> None:
    data, log = tmp_path / "data", tmp_path / "log.txt"
    copy_links(undisturbed.before["representation"], data)
    markers = data / "04_feature" / "tiny" / "embeddings" / "_markers"
    for killed in (True, False):
        address = f"tcp://127.0.0.1:{free_port()}"
        scheduler = ["dask_scheduler", "--port", address.rpartition(":")[2], "--no-dashboard"]
        worker = [
            "dask_worker",
            address,
            "--nthreads",
            "1",
            "--no-dashboard",
            "--death-timeout",
            "5",
        ]
        with (
            dask(*scheduler, log=tmp_path / "scheduler.txt") as one,
            dask(*worker, log=tmp_path / "worker.txt") as other,
        ):
            process = start_run(undisturbed, data, address, log)
            if killed:
                end = time.monotonic() + LIMIT
                while not any(markers.glob("*")) and time.monotonic() < end:
                    time.sleep(0.01)
                os.kill(one.pid, signal.SIGKILL)
                assert process.wait(LIMIT) == 1
                assert other.wait(LIMIT) is not None
                text = re.sub(r"\s+", " ", log.read_text())
                assert "The scheduler of the cluster was lost" in text
                assert "run the same command again" in text
                assert "Traceback" not in text
            else:
                assert process.wait(LIMIT) == 0, log.read_text()
    assert differences(contents(data), undisturbed.after["representation"]) == []
    record_property("kills", 1)
    record_property("refusals", 1)
    record_property("runs", 1)
