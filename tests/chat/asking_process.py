"""Asks a number of questions, in a process that may be killed: URL, folder, count, concurrency."""

from __future__ import annotations

import sys

from isogloss.chat import ChatModel, ChatSpecification, ResponseStore, answer
from tests.chat.conftest import ask_all


def main(url: str, folder: str, count: str, concurrency: str) -> None:
    specification = ChatSpecification(
        model="m", base_url=url, concurrency=int(concurrency), backoff=0.01
    )
    answer(ChatModel("stub", specification), ask_all(int(count)), ResponseStore(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
