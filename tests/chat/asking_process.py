"""Asks some questions in a process that may be killed: URL, store, count, concurrency."""

from __future__ import annotations

import sys

from isogloss.chat import ChatModel, ChatSpecification, answer
from isogloss.datasets import ResponseStoreDataset
from tests.chat.conftest import ask_all


def main(url: str, folder: str, count: str, concurrency: str) -> None:
    specification = ChatSpecification(
        model="m", base_url=url, concurrency=int(concurrency), backoff=0.01
    )
    store = ResponseStoreDataset(filepath=folder).load()
    answer(ChatModel("stub", specification), ask_all(int(count)), store)


if __name__ == "__main__":
    main(*sys.argv[1:])
