"""Disks that are full, files that may not grow, folders that nothing may be written to."""

from __future__ import annotations

import random
import resource
import shutil
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.faults.conftest import Undisturbed, copy_links, run_room
from tests.faults.disks import LARGE, PAGE, protected, small_disk
from tests.faults.harness import REFUSED, contents, differences, is_left_over

pytestmark = [pytest.mark.faults]

Record = Callable[[str, object], None]
FILLED = {"ingestion": 3, "representation": 2, "alignment": 2, "cultural": 2}
"""Room -> on how many disks of random size it is run."""
LIMITS = (
    *(("ingestion", 600), ("ingestion", 9_000), ("representation", 25_000)),
    *(("cultural", 12_000), ("counting", 16_000)),
)
"""Room, and bytes that no file may exceed: the first that does is a manifest, a table and so on."""


def limit_files(size: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def left_over(data: Path) -> list[Path]:
    return [path for path in data.rglob("*") if is_left_over(path)]


@pytest.mark.parametrize("room", FILLED)
def test_a_run_whose_disk_fills_up_says_so_and_goes_on_when_there_is_room(
    room: str, undisturbed: Undisturbed, tmp_path: Path, record_property: Record
) -> None:
    draws = random.Random(room)
    refused, growth = 0, grown(undisturbed, room)
    said = tmp_path / "said.txt"
    for number in range(FILLED[room]):
        with small_disk(tmp_path / f"disk{number}") as disk:
            data = disk.path / "data"
            shutil.copytree(undisturbed.before[room], data)
            before = disk.used()
            disk.resize(before + PAGE + int(draws.uniform(0, 0.7) * growth))
            outcome = run_room(undisturbed, data, room, said)
            if outcome.status:
                assert outcome.status == REFUSED, outcome.said
                assert "no room is left" in outcome.said
                assert str(data) in outcome.said
                refused += 1
            assert left_over(data) == []
            disk.resize(LARGE)
            outcome = run_room(undisturbed, data, room, said)
            assert outcome.status == 0, outcome.said
            assert differences(contents(data), undisturbed.after[room]) == []
    assert refused
    record_property("full disks", refused)
    record_property("refusals", refused)
    record_property("runs", FILLED[room])


def grown(undisturbed: Undisturbed, room: str) -> int:
    """Give the room on a disk that what a room makes will take, roughly."""
    before = undisturbed.before[room]
    made = [
        content for name, content in undisturbed.after[room].items() if not (before / name).exists()
    ]
    return sum(PAGE + -(-len(content) // PAGE) * PAGE for content in made)


@pytest.mark.parametrize(("room", "size"), LIMITS)
def test_a_file_that_may_not_grow_is_named_and_no_half_of_it_is_kept(
    room: str, size: int, undisturbed: Undisturbed, tmp_path: Path, record_property: Record
) -> None:
    data, said = tmp_path / "data", tmp_path / "said.txt"
    copy_links(undisturbed.before[room], data)
    outcome = run_room(undisturbed, data, room, said, prepare=partial(limit_files, size))
    assert outcome.status == REFUSED, outcome.said
    assert "longer than" in outcome.said
    assert str(data) in outcome.said
    assert left_over(data) == []
    outcome = run_room(undisturbed, data, room, said)
    assert outcome.status == 0, outcome.said
    assert differences(contents(data), undisturbed.after[room]) == []
    record_property("full disks", 1)
    record_property("refusals", 1)
    record_property("runs", 1)


def test_a_data_folder_that_is_write_protected_is_named_before_anything_is_computed(
    undisturbed: Undisturbed, tmp_path: Path, record_property: Record
) -> None:
    said = tmp_path / "said.txt"
    with small_disk(tmp_path / "disk") as disk:
        data = disk.path / "data"
        shutil.copytree(undisturbed.before["representation"], data)
        disk.protect()
        outcome = run_room(undisturbed, data, "representation", said)
        assert outcome.status == REFUSED, outcome.said
        assert f"Nothing can be written to {data}" in outcome.said
        assert "chmod u+w" in outcome.said
        disk.resize(LARGE)
        outcome = run_room(undisturbed, data, "representation", said)
        assert outcome.status == 0, outcome.said
        assert differences(contents(data), undisturbed.after["representation"]) == []
    record_property("other faults", 1)
    record_property("refusals", 1)


@pytest.mark.parametrize(
    ("room", "place"), [("alignment", "04_feature"), ("cultural", "responses"), ("tasks", ".")]
)
def test_one_folder_that_is_write_protected_is_named_before_anything_is_computed(
    room: str, place: str, undisturbed: Undisturbed, tmp_path: Path, record_property: Record
) -> None:
    data, said = tmp_path / "data", tmp_path / "said.txt"
    shutil.copytree(undisturbed.before[room], data)
    (data / place).mkdir(exist_ok=True)
    before = contents(data)
    with protected(data / place):
        outcome = run_room(undisturbed, data, room, said)
        assert outcome.status == REFUSED, outcome.said
        assert f"Nothing can be written to {(data / place).resolve()}" in outcome.said
    assert differences(contents(data), before) == []
    record_property("other faults", 1)
    record_property("refusals", 1)
