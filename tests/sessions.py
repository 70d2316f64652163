"""Kedro sessions for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

ROOT = Path(__file__).parents[1]
ENVIRONMENTS = ("base", "counting", "massive", "multicultural", "public", "test", "thesis")


@cache
def know_project() -> None:
    """Tell Kedro of the project, once in a process."""
    bootstrap_project(ROOT)


@contextmanager
def session(environment: str, **runtime_parameters: Any) -> Iterator[KedroSession]:
    """Open a session of the project in one environment."""
    know_project()
    with KedroSession.create(
        ROOT, env=environment, runtime_params=runtime_parameters, save_on_close=False
    ) as opened:
        assert isinstance(opened, KedroSession)
        yield opened
