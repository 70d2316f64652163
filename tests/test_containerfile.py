"""The recipe of the image names what is there, and lets nothing in that is secret."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.sessions import ROOT

RECIPE = (ROOT / "Containerfile").read_text(encoding="utf-8")
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()


def copied() -> list[str]:
    return [
        source for line in re.findall(r"^COPY (.+)$", RECIPE, re.M) for source in line.split()[:-1]
    ]


def extras() -> dict[str, list[str]]:
    found: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    return found


def test_all_that_is_copied_is_there_and_let_in() -> None:
    assert copied()
    for source in copied():
        assert (ROOT / source).exists(), source
        assert f"!{source}" in IGNORED, source


def test_keys_and_results_stay_outside() -> None:
    # Kedro wants the folder, in which keys are kept, and not what lies in it.
    assert IGNORED.index("conf/local/*") > IGNORED.index("!conf")
    let_in = [line.removeprefix("!") for line in IGNORED if line.startswith("!")]
    assert sorted(let_in) == sorted([*copied(), "conf/local/.gitkeep"])


@pytest.mark.parametrize("place", [RECIPE, (ROOT / "docs/how-to/container.md").read_text()])
def test_extras_are_those_of_the_project(place: str) -> None:
    for named in re.findall(r"EXTRAS=([\w,]+)", place):
        assert {*named.split(",")} <= extras().keys()


def test_python_is_the_one_that_the_project_is_tested_with() -> None:
    makefile = Path(ROOT / "Makefile").read_text(encoding="utf-8")
    version = re.search(r"^PYTHON \?= python([\d.]+)$", makefile, re.M)
    assert version is not None
    assert f"/python:{version[1]}-" in RECIPE
