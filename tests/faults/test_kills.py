"""Every room killed at random moments, again and again, and taken up each time."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import ROOMS, Undisturbed, copy_links, run_room
from tests.faults.harness import contents, differences, is_left_over

pytestmark = [pytest.mark.faults]

KILLS = {**dict.fromkeys(ROOMS, 25), "reporting": 8}
"""Of each room: 208 in all. Reporting draws all figures anew each time, so it is killed less."""
IN_A_ROW = 4
"""Kills of one run before it may end."""


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_that_is_killed_again_and_again_ends_as_if_it_had_not(
    room: str,
    undisturbed: Undisturbed,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    moments = random.Random(room)
    kills = runs = 0
    expected = undisturbed.after[room]
    while kills < KILLS[room]:
        data = tmp_path / f"run{runs}"
        copy_links(undisturbed.before[room], data)
        for _ in range(IN_A_ROW):
            after = moments.uniform(0.05, 1) * undisturbed.seconds[room]
            outcome = run_room(undisturbed, data, room, tmp_path / "said.txt", kill_after=after)
            if outcome.status >= 0:
                assert outcome.status == 0, outcome.said
                break
            kills += 1
        outcome = run_room(undisturbed, data, room, tmp_path / "said.txt")
        assert outcome.status == 0, outcome.said
        assert differences(contents(data), expected) == []
        assert [path for path in data.rglob("*") if is_left_over(path)] == []
        runs += 1
        shutil.rmtree(data)
    record_property("kills", kills)
    record_property("runs", runs)
