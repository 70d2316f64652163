"""What all tests share: the project's root, no telemetry, nothing fetched from a hub."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.quick_configuration import parsed_once

os.environ["DO_NOT_TRACK"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_DATASETS_OFFLINE"] = "1"
# Processes that test side by side share the real model, and do not wait for each other with it.
os.environ.setdefault("ISOGLOSS_CPU_SLOT", os.environ.get("PYTEST_XDIST_WORKER", "tests"))

ROOT = Path(__file__).parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that hold slow tests, so that two workers end at about the same time."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """Let collections of garbage, of which each model that is closed asks one, pass over modules.

    All that the files of tests import is there by now, and stays: torch and what stands on it are
    hundreds of thousands of objects. What comes later, the pipelines of every environment among it,
    is looked through less often than Python would.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def quick_configuration() -> Iterator[None]:
    with parsed_once():
        yield


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def flores101() -> Path:
    return real_data("flores101")


@pytest.fixture(scope="session")
def xsid() -> Path:
    return real_data("intents")


@pytest.fixture(scope="session")
def massive() -> Path:
    return real_data("massive")


def real_data(name: str) -> Path:
    folder = SHARED_DATA / name
    if not folder.exists():
        pytest.skip(f"real data are not here: {folder}")
    return folder
