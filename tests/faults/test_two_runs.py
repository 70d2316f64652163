"""Two runs at once on one data folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.conftest import Undisturbed, copy_links, run_room
from tests.faults.harness import REFUSED, contents, differences, finish, start

pytestmark = [pytest.mark.faults]

STARTS = {"representation": (0.0, 0.5), "cultural": (0.0, 0.4), "mediation": (0.3,)}
"""Room -> shares of its time after which a second run of it begins."""


@pytest.mark.parametrize("room", STARTS)
def test_two_runs_of_one_room_end_equal_or_one_is_refused_in_words(
    room: str,
    undisturbed: Undisturbed,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    refusals = 0
    for number, share in enumerate(STARTS[room]):
        data = tmp_path / f"run{number}"
        copy_links(undisturbed.before[room], data)
        places = {"data_root": str(data), "responses_root": str(data / "responses")}
        said = [tmp_path / f"said{number}{which}.txt" for which in "ab"]
        first = start({**undisturbed.settings, **places}, [room], said[0])
        time.sleep(share * undisturbed.seconds[room])
        second = start({**undisturbed.settings, **places}, [room], said[1])
        for child, text in zip((first, second), said, strict=True):
            status = finish(child)
            assert status in (0, REFUSED), text.read_text()
            refusals += status == REFUSED
        if refusals:
            assert run_room(undisturbed, data, room, said[0]).status == 0
        assert differences(contents(data), undisturbed.after[room]) == []
    record_property("other faults", len(STARTS[room]))
    record_property("refusals", refusals)
    record_property("runs", len(STARTS[room]))
