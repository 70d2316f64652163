from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from isogloss.chat import ChatSpecification
from tests.chat.stub_server import StubServer

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "chat.md"


def test_the_example_of_the_how_to_runs(server: StubServer, tmp_path: Path) -> None:
    code = "".join(re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL))
    names: dict[str, Any] = {"url": server.url, "folder": tmp_path / "store"}
    exec(compile(code, str(PAGE), "exec"), names)
    assert list(names["table"]["text"]) == [f"to {text}" for text in names["texts"] for _ in "123"]
    assert names["spending"].answers == 6
    assert sorted(set(server.tries.values())) == [3]


def test_the_fields_that_the_how_to_names_are_there() -> None:
    fields = re.findall(r"^\| (`.*?) \|", PAGE.read_text().partition("| field |")[2], re.MULTILINE)
    named = {name for row in fields[:5] for name in re.findall(r"`(\w+)`", row)}
    assert len(named) > 8
    assert named <= set(ChatSpecification.model_fields)
