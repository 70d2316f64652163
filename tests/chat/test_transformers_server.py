"""Against a server that nobody here wrote: `transformers serve` on a tiny random model."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from isogloss.chat import (
    ChatModel,
    ChatRequest,
    ChatSampling,
    ChatSpecification,
    ResponseStore,
    answer,
)
from tests.chat.conftest import ask
from tests.chat.tiny_chat_model import TEMPLATE, save_chat_model
from tests.models import local_model

pytestmark = pytest.mark.slow
GREEDY = ChatSampling(temperature=0, max_tokens=8)
START = 180


def free_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return int(server.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=1) as answered:
                if answered.status == 200:
                    return
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"the server does not start: {log.read_text()}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_chat_model(tmp_path_factory.mktemp("served") / "model")


@pytest.fixture(scope="module")
def url(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("fastapi", reason="transformers[serving] is not installed")
    port, log = free_port(), tmp_path_factory.mktemp("log") / "server.txt"
    command = Path(sys.executable).with_name("transformers")
    arguments = [str(command), "serve", str(folder), "--port", str(port), "--device", "cpu"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            arguments,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/health", process, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            process.wait(30)


def served(url: str, folder: Path, **settings: Any) -> ChatModel:
    settings = {"model": str(folder), "base_url": url, "timeout": 60, "retries": 1, **settings}
    return ChatModel("served", ChatSpecification(**settings))


def test_answers_are_those_of_the_model_itself(
    url: str, folder: Path, store: ResponseStore, tmp_path: Path
) -> None:
    texts = ("The capital of France", "people read", "Größe {x} [b]", "Столица Франции")
    requests = [ask(text, sampling=GREEDY) for text in texts]
    responses = answer(served(url, folder), requests, store)
    here = answer(local_model(folder, tmp_path), requests, ResponseStore(tmp_path / "here"))
    assert [response.text.strip() for response in responses] == [one.text for one in here]
    assert [one.prompt_tokens for one in responses] == [one.prompt_tokens for one in here]
    assert {one.completion_tokens for one in responses} == {8}
    assert {one.finish_reason for one in responses} == {"length"}
    assert all(str(folder) in one.answered_by for one in responses)
    spent = store.spending()
    assert spent.prompt_tokens == sum(one.prompt_tokens or 0 for one in here)
    assert (spent.completion_tokens, spent.unreported_tokens) == (32, 0)


def test_a_conversation_is_put_into_the_template_of_the_model(
    url: str, folder: Path, store: ResponseStore, tmp_path: Path
) -> None:
    assert "m.role" in TEMPLATE
    messages = tuple(
        {"role": role, "content": text}
        for role, text in (("system", "People"), ("user", "read"), ("assistant", "the"))
    )
    request = ChatRequest((*messages, {"role": "user", "content": "old"}), GREEDY)
    (response,) = answer(served(url, folder), [request], store)
    (here,) = answer(local_model(folder, tmp_path), [request], ResponseStore(tmp_path / "here"))
    assert (response.text.strip(), response.prompt_tokens) == (here.text, here.prompt_tokens)


def test_a_stop_ends_the_answer(url: str, folder: Path, store: ResponseStore) -> None:
    (whole,) = answer(served(url, folder), [ask("people", sampling=GREEDY)], store)
    stop = whole.text[2:5]
    sampling = GREEDY.model_copy(update={"stop": (stop,)})
    (cut,) = answer(served(url, folder), [ask("people", sampling=sampling)], store)
    assert cut.completion_tokens is not None
    assert cut.completion_tokens < 8
    assert whole.text.startswith(cut.text)


def test_a_seed_gives_the_same_answer_and_each_sample_another(
    url: str, folder: Path, store: ResponseStore, tmp_path: Path
) -> None:
    sampling = ChatSampling(temperature=1, max_tokens=8, seed=5)
    requests = [ask("people", sampling=sampling, sample=number) for number in range(4)]
    first = answer(served(url, folder, concurrency=1), requests, store)
    again = ResponseStore(tmp_path / "again")
    second = answer(served(url, folder, concurrency=1), requests, again)
    assert [one.text for one in first] == [one.text for one in second]
    assert len({one.text for one in first}) > 1


def test_many_at_a_time_give_what_one_at_a_time_gives(
    url: str, folder: Path, store: ResponseStore, tmp_path: Path
) -> None:
    requests = [ask(f"people {number}", sampling=GREEDY) for number in range(24)]
    many = answer(served(url, folder, concurrency=8), requests, store)
    one = answer(served(url, folder, concurrency=1), requests[:6], ResponseStore(tmp_path / "one"))
    assert many[:6] == one
    assert len(many) == 24


def test_a_model_that_the_server_has_not_is_one_clear_error(
    url: str, folder: Path, store: ResponseStore
) -> None:
    (response,) = answer(
        served(url, folder, model="no/such-model"), [ask("x", sampling=GREEDY)], store
    )
    assert "HTTP 400" in response.error
    assert "requested 'no/such-model'" in response.error
