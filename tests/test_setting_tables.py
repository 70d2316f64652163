"""Tables of settings in the how-tos, held against the configuration."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pytest

from tests.sessions import ROOT, session

HEAD = "| setting | what | demo | `--env counting` |"
ROW = re.compile(r"\| `(?P<name>[a-z_.]+)` \|.*\| `(?P<demo>[^`]*)` \| `(?P<counting>[^`]*)` \|")
PAGES = {"mediation": 16, "counting": 22}
"""Page -> rows that it has at least."""


@cache
def parameters(environment: str) -> Any:
    """Typed: what an environment leaves out has its default."""
    with session(environment) as opened:
        return opened.load_context().params


def setting(environment: str, name: str) -> Any:
    room, key = name.split(".")
    found = parameters(environment)[room]
    # Those that choose which pipelines there are are read before they are typed.
    return found[key] if isinstance(found, dict) else getattr(found, key)


def as_on_the_command_line(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return " ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def table_rows(page: str) -> list[str]:
    lines = (ROOT / "docs" / "how-to" / f"{page}.md").read_text(encoding="utf-8").splitlines()
    starts = [place + 2 for place, line in enumerate(lines) if line == HEAD]
    ends = [next(at for at in range(start, len(lines)) if not lines[at]) for start in starts]
    return [row for start, end in zip(starts, ends, strict=True) for row in lines[start:end]]


@pytest.mark.parametrize("page", PAGES)
def test_tables_of_settings_are_those_of_the_configuration(page: str) -> None:
    rows = table_rows(page)
    assert len(rows) >= PAGES[page]
    for row in rows:
        found = ROW.fullmatch(row)
        assert found, f"{page}.md: {row}"
        for environment, told in (("base", found["demo"]), ("counting", found["counting"])):
            own = as_on_the_command_line(setting(environment, found["name"]))
            assert told == own, f"{page}.md, {found['name']} of {environment}"


def test_values_are_written_as_on_the_command_line() -> None:
    assert as_on_the_command_line([6, 7]) == "6 7"
    assert as_on_the_command_line(True) == "true"
    assert as_on_the_command_line(0.5) == "0.5"
