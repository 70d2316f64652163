from __future__ import annotations

import logging
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from isogloss.chat import ChatModel, ChatSpecification, ResponseStore, answer
from isogloss.errors import TRACEBACK_VARIABLE, Refusal
from tests.chat.conftest import SENTINEL, ask_all
from tests.chat.stub_server import Fault, StubServer, status

ROOT = Path(__file__).parents[2]
Chat = Callable[..., ChatModel]
ECHOES = [
    status(400, f"bad key {SENTINEL}"),
    status(401, f"Incorrect API key provided: {SENTINEL}"),
    status(403, SENTINEL),
    status(404, f"{SENTINEL[:20]}..."),
    status(429, SENTINEL, "insufficient_quota"),
    status(500, SENTINEL),
    Fault("status", 502, f"<html>{SENTINEL}"),
    Fault("text", content=f'{{"error": "{SENTINEL}"}}'),
    Fault("text", content=f'{{"choices": [{{"message": "{SENTINEL}"}}]}}'),
    Fault("text", content=SENTINEL),
]


@pytest.fixture
def everything(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Any:
    """Give the function that collects all that could be read or found, logs of all levels too."""
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []

    def collect(*more: object, folder: Path) -> str:
        seen.extend(str(one) for one in more)
        seen.append(caplog.text)
        seen.extend(str(vars(record)) for record in caplog.records)
        seen.extend(capfd.readouterr())
        seen.extend(path.read_text() for path in folder.rglob("*") if path.is_file())
        return "\n".join(seen)

    return collect


def traced(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error)


@pytest.mark.parametrize("fault", ECHOES, ids=str)
@pytest.mark.parametrize("engine", ["openai", "batch"])
def test_a_key_that_a_server_repeats_is_found_nowhere(
    server: StubServer,
    chat: Chat,
    store: ResponseStore,
    everything: Any,
    engine: str,
    fault: Fault,
) -> None:
    server.faults = lambda prompt, tried: fault
    server.batch_faults = lambda call, tried: fault
    model = chat(engine=engine, retries=0, concurrency=2)
    try:
        seen: object = answer(model, ask_all(3), store)
    except Refusal as error:
        seen = traced(error)
    found = everything(seen, model, repr(model), store, folder=store.folder.parent)
    assert "question 1" in found or server.tries
    for start in range(len(SENTINEL) - 12):
        assert SENTINEL[start : start + 12] not in found
    assert server.headers[0]["authorization"] == f"Bearer {SENTINEL}"


def test_a_key_in_an_answer_is_masked_and_the_answer_kept(
    server: StubServer, chat: Chat, store: ResponseStore, everything: Any
) -> None:
    server.message = lambda body: {"role": "assistant", "content": f"key: {SENTINEL}!"}
    responses = answer(chat(), ask_all(3), store)
    assert {response.text for response in responses} == {"key: <key>!"}
    assert SENTINEL not in everything(responses, folder=store.folder.parent)


def test_a_server_that_is_not_there_shows_no_key(
    chat: Chat, store: ResponseStore, everything: Any
) -> None:
    for engine in ("openai", "batch"):
        model = chat(engine=engine, base_url="http://127.0.0.1:9/v1", retries=0)
        with pytest.raises(Refusal) as caught:
            answer(model, ask_all(1), store)
        assert SENTINEL not in everything(traced(caught.value), folder=store.folder.parent)


SCRIPT = """
import logging, sys
logging.basicConfig(level=logging.DEBUG)
from isogloss.chat import ChatModel, ChatSpecification, ResponseStore, answer
from tests.chat.conftest import ask_all
specification = ChatSpecification(model="m", base_url=sys.argv[1], api_key_variable="STUB_KEY")
answer(ChatModel("stub", specification), ask_all(2), ResponseStore(sys.argv[2]))
"""


def test_a_traceback_shows_no_key(server: StubServer, tmp_path: Path) -> None:
    server.faults = lambda prompt, tried: status(401, f"Incorrect API key provided: {SENTINEL}")
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, server.url, str(tmp_path)],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            "STUB_KEY": SENTINEL,
            "OPENAI_LOG": "debug",
            TRACEBACK_VARIABLE: "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert "does not accept the key" in run.stderr
    assert "(HTTP 401: Incorrect API key provided: <key>)" in run.stderr
    assert SENTINEL not in run.stdout + run.stderr
    assert server.headers[0]["authorization"] == f"Bearer {SENTINEL}"


def test_an_account_that_the_environment_names_is_told_to_no_other_server(
    server: StubServer, chat: Chat, store: ResponseStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SENTINEL)
    monkeypatch.setenv("OPENAI_ORG_ID", "my-organisation")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "my-project")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    for engine in ("openai", "batch"):
        specification = ChatSpecification(model="m", base_url=server.url, engine=engine)
        requests = ask_all(2) if engine == "openai" else ask_all(3)
        answer(ChatModel("stub", specification), requests, store)
    for headers in server.headers:
        assert headers["authorization"] == "Bearer none"
        assert "my-" not in str(headers)


def test_the_key_of_a_handle_is_no_part_of_what_is_digested(chat: Chat) -> None:
    other = ChatModel("stub", chat().specification, SecretStr("another-key-of-the-same-model"))
    (request,) = ask_all(1)
    assert other.key(request) == chat().key(request)
