from __future__ import annotations

import json
from pathlib import Path

from benchmarks.chat import ask_here, fill_store, make_requests, running_server
from isogloss.chat import ChatModel, ChatSpecification
from isogloss.chat.budget import BYTES_PER_TOKEN
from isogloss.pipelines.cultural.response_parameters import ResponseParameters


def test_answers_are_as_long_as_those_that_are_planned(tmp_path: Path) -> None:
    with running_server() as url:
        specification = ChatSpecification(model="stub", base_url=url, concurrency=2)
        ask_here(ChatModel("benchmark", specification), make_requests(3), tmp_path / "asked")
    lines = (tmp_path / "asked" / "responses.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [
        json.loads(line)["response"]["body"]["choices"][0]["message"]["content"] for line in lines
    ]
    assert {len(text) for text in texts} == {ResponseParameters().max_tokens * BYTES_PER_TOKEN}
    assert {text[:11] for text in texts} == {f"Question {number}?" for number in range(3)}
    filled = fill_store(tmp_path / "filled", lines[0], 5)
    assert len(filled.read().responses) == 5
    size = (tmp_path / "filled" / "responses.jsonl").stat().st_size
    assert abs(size - 5 * len(lines[0])) < 100
