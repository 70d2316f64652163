from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from isogloss.chat import ChatModel, ResponseStore, answer
from tests.chat.conftest import ask_all
from tests.chat.stub_server import Fault, StubServer, status

ROOT = Path(__file__).parents[2]
COUNT, CONCURRENCY, KILLS = 400, 8, 5


def start(server: StubServer, store: ResponseStore) -> subprocess.Popen[bytes]:
    arguments = [server.url, str(store.folder), str(COUNT), str(CONCURRENCY)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.chat.asking_process", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
    )


@pytest.mark.slow
def test_a_run_that_is_killed_again_and_again_loses_no_more_than_what_is_under_way(
    server: StubServer, chat: Callable[..., ChatModel], store: ResponseStore
) -> None:
    def troubled(prompt: str, tried: int) -> Fault | None:
        return status(429, retry_after="0.01") if tried == 0 and prompt.endswith("7") else None

    server.latency, server.faults = 0.05, troubled
    draws = np.random.default_rng()
    for _ in range(KILLS):
        stored = set(store.read().responses)
        process = start(server, store)
        before = sum(server.answered.values())
        while sum(server.answered.values()) == before:
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(draws.uniform(0, 0.4))
        process.send_signal(signal.SIGKILL)
        process.wait()
        # All that reached the store before is there.
        assert stored <= set(store.read().responses)
    paid_for_stored = {
        response.text: server.answered[response.text.removeprefix("to ")]
        for response in store.read().responses.values()
    }
    asked = sum(server.answered.values())
    assert len(paid_for_stored) >= asked - KILLS * CONCURRENCY
    process = start(server, store)
    assert process.wait() == 0
    # What had reached the store was not asked again.
    assert paid_for_stored == {
        text: server.answered[text.removeprefix("to ")] for text in paid_for_stored
    }
    responses = answer(chat(), ask_all(COUNT), store)
    assert [response.text for response in responses] == [f"to question {n}" for n in range(COUNT)]
    # Answers that were given and not stored when the run was killed are paid again.
    paid_again = sum(server.answered.values()) - COUNT
    assert paid_again <= KILLS * CONCURRENCY
    assert server.peak <= 2 * CONCURRENCY


@pytest.mark.slow
def test_two_processes_at_once_pay_for_nothing_twice(
    server: StubServer, store: ResponseStore
) -> None:
    server.latency = 0.01
    processes = [start(server, store) for _ in range(2)]
    assert [process.wait() for process in processes] == [0, 0]
    assert set(server.answered.values()) == {1}
    assert len(store.read().responses) == COUNT
