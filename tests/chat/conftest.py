"""A stub server, chat models that ask it, and a store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from isogloss.chat import ChatModel, ChatRequest, ChatSampling, ChatSpecification, ResponseStore
from tests.chat.stub_server import StubServer, running

SENTINEL = "sk-sentinel-0123456789abcdefghijklmnop"


@pytest.fixture
def server() -> Iterator[StubServer]:
    with running() as server:
        yield server


@pytest.fixture
def chat(server: StubServer) -> Callable[..., ChatModel]:
    """Give the function that makes a chat model which asks the stub, quick to try again."""

    def make(**settings: Any) -> ChatModel:
        settings = {"model": "m", "base_url": server.url, "backoff": 0.01, "timeout": 5} | settings
        return ChatModel("stub", ChatSpecification(**settings), SecretStr(SENTINEL))

    return make


@pytest.fixture
def store(tmp_path: Path) -> ResponseStore:
    return ResponseStore(tmp_path / "store")


def ask(text: str, **settings: Any) -> ChatRequest:
    """Make a request of one user's message."""
    sampling = settings.pop("sampling", ChatSampling(max_tokens=50))
    return ChatRequest(({"role": "user", "content": text},), sampling, **settings)


def ask_all(count: int) -> list[ChatRequest]:
    return [ask(f"question {number}") for number in range(count)]
