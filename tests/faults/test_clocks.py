"""Clocks that jump back and forth while a run goes on, and files dated in the future."""

from __future__ import annotations

import itertools
import os
import shutil
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest

from isogloss import node_records, run_facts
from isogloss.chat import store
from isogloss.datasets.leases import Lease
from isogloss.datasets.storage import Storage
from isogloss.language_models import device_lock
from tests.faults.conftest import Undisturbed, run_room
from tests.faults.harness import contents, differences

pytestmark = [pytest.mark.faults]

Record = Callable[[str, object], None]
HOUR, YEAR = 3600.0, 365 * 86_400.0
JUMPS = (0.0, HOUR, -HOUR, YEAR, -YEAR)
READERS: tuple[Any, ...] = (node_records, run_facts, store, device_lock)
"""Modules that ask what day it is."""


def let_clock_jump() -> None:
    """Have the clock of this process jump each time that somebody looks at it."""
    jumps, real = itertools.cycle(JUMPS), time.time

    class JumpingDate(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> JumpingDate:
            return super().now(tz) + timedelta(seconds=next(jumps))

    time.time = lambda: real() + next(jumps)
    for module in READERS:
        module.datetime = JumpingDate


@pytest.mark.parametrize("dated", [-YEAR, YEAR])
@pytest.mark.parametrize("room", ["representation", "cultural"])
def test_a_clock_that_jumps_changes_no_result(
    room: str, dated: float, undisturbed: Undisturbed, tmp_path: Path, record_property: Record
) -> None:
    data, said = tmp_path / "data", tmp_path / "said.txt"
    shutil.copytree(undisturbed.before[room], data)
    for path in data.rglob("*"):
        os.utime(path, (time.time() + dated,) * 2)
    half = 0.5 * undisturbed.seconds[room]
    killed = run_room(undisturbed, data, room, said, kill_after=half, prepare=let_clock_jump)
    outcome = run_room(undisturbed, data, room, said, prepare=let_clock_jump)
    assert outcome.status == 0, outcome.said
    assert differences(contents(data), undisturbed.after[room]) == []
    record_property("kills", int(killed.status < 0))
    record_property("other faults", 1)
    record_property("runs", 1)


def test_a_lease_is_neither_lost_nor_stolen_where_clocks_jump(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Record
) -> None:
    pytest.importorskip("s3fs")
    from tests import object_store

    order: list[str] = []
    # A request is signed with the time, so the store itself must see the true one.
    with object_store.running() as server:
        folder = Storage(f"{server.make_bucket()}/store", server.credentials)
        jumps, real = itertools.cycle(JUMPS), time.time
        monkeypatch.setattr(time, "time", lambda: real() + next(jumps))

        def wait_for_it() -> None:
            with Lease(folder, beat=0.1, expiry=1.0):
                order.append("second")

        with Lease(folder, beat=0.1, expiry=1.0) as held:
            other = threading.Thread(target=wait_for_it)
            other.start()
            time.sleep(2.5)
            held.require_held()
            order.append("first")
        other.join(20)
    assert order == ["first", "second"]
    record_property("other faults", 1)
