"""Results of a finished run, damaged: told by whoever reads them, never read as something else."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kedro.framework import project
from kedro.io import CatalogProtocol

from isogloss.chat import ResponseStore
from isogloss.errors import find_refusal
from isogloss.partitions import StoredPartitions
from isogloss.tensors import TensorFile
from tests.faults.conftest import ROOMS, Undisturbed, copy_links, run_room
from tests.faults.damage import damaged
from tests.faults.harness import REFUSED, contents, require_close, run
from tests.sessions import session

pytestmark = [pytest.mark.faults]

Record = Callable[[str, object], None]
DAMAGES = 5
"""Of each file that rooms hand on."""
REPAIRED = {"alignment": 4, "tasks": 3, "cultural": 4, "counting": 3}
"""Room -> files that are damaged at once before it is run again."""


def handed_on() -> set[str]:
    """Name the results that one room makes and another one reads."""
    rooms = [project.pipelines[name] for name in ROOMS]
    given = {
        name
        for room in rooms
        for other in rooms
        if other is not room
        for name in room.all_outputs() & other.inputs()
    }
    return given | {
        name for room in rooms for name in room.inputs() if name.endswith(".response_store")
    }


def value_of(loaded: Any) -> Any:
    """Give all that is read of a result, in a form that can be compared."""
    if isinstance(loaded, pd.DataFrame):
        return loaded.to_dict("list"), loaded.attrs, [str(kind) for kind in loaded.dtypes]
    if isinstance(loaded, StoredPartitions):
        parts = {name: value_of(load()) for name, load in loaded.items()}
        return parts, loaded.fingerprint, loaded.item_fingerprints, loaded.failures
    if isinstance(loaded, TensorFile):
        arrays = {name: np.asarray(loaded.read(name)).tobytes() for name in loaded.names()}
        return arrays, sorted(loaded.metadata.items())
    if isinstance(loaded, ResponseStore):
        return loaded.read().responses
    if isinstance(loaded, Mapping):
        return {name: value_of(load() if callable(load) else load) for name, load in loaded.items()}
    return loaded


def files_of(catalog: CatalogProtocol[Any, Any], name: str, data: Path) -> Iterator[Path]:
    place = getattr(catalog.get(name), "place", None)
    if place is None or not Path(place).is_relative_to(data):
        return
    paths = [Path(place)] if Path(place).is_file() else sorted(Path(place).rglob("*"))
    yield from (path for path in paths if path.is_file() and not path.name.startswith("."))


def test_what_rooms_hand_on_is_read_as_it_was_written_or_refused(
    undisturbed: Undisturbed, tmp_path: Path, record_property: Record
) -> None:
    data = tmp_path / "data"
    shutil.copytree(undisturbed.data, data)
    counts = {"damaged files": 0, "refusals": 0}
    places = {"data_root": str(data), "responses_root": str(data / "responses")}
    with session("test", **undisturbed.settings, **places) as opened:
        catalog = opened.load_context().catalog
        for name in sorted(handed_on()):
            expected = repr(value_of(catalog.load(name))) if catalog.exists(name) else None
            for path in files_of(catalog, name, data):
                check_file(catalog, name, expected, path, counts)
    assert counts["damaged files"] > 500
    assert counts["refusals"] > 0.8 * counts["damaged files"]
    for name, count in counts.items():
        record_property(name, count)


def check_file(
    catalog: CatalogProtocol[Any, Any],
    name: str,
    expected: str | None,
    path: Path,
    counts: dict[str, int],
) -> None:
    content = path.read_bytes()

    @settings(
        max_examples=DAMAGES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(flipped(content), damaged(content)))
    def check(spoilt: bytes) -> None:
        path.write_bytes(spoilt)
        counts["damaged files"] += 1
        kept = {other: other.read_bytes() for other in markers_beside(path)}
        try:
            found = repr(value_of(catalog.load(name)))
        except Exception as error:
            refusal = find_refusal(error)
            if refusal is None or not str(refusal).strip():
                raise
            counts["refusals"] += 1
        else:
            assert found == expected, f"{path} is read as something else"
        finally:
            for other, own in kept.items():
                other.write_bytes(own)

    check()
    path.write_bytes(content)


def flipped(content: bytes) -> st.SearchStrategy[bytes]:
    """Draw what a file is after one of its bits has been flipped."""
    return st.integers(0, max(0, 8 * len(content) - 1)).map(lambda bit: _flip(content, bit))


def _flip(content: bytes, bit: int) -> bytes:
    one = bytes(byte ^ (1 << bit % 8) for byte in content[bit // 8 : bit // 8 + 1])
    return content[: bit // 8] + one + content[bit // 8 + 1 :]


def markers_beside(path: Path) -> list[Path]:
    """List what a reader that finds a damaged partition may delete."""
    complete = [path.with_name("_complete.json"), path.parent.parent / "_complete.json"]
    beside = [other for other in complete if other.is_file()]
    return [other for other in [*beside, *path.parent.glob("_markers/*")] if other != path]


@pytest.mark.parametrize("room", REPAIRED)
def test_who_follows_the_advice_on_damaged_files_ends_in_equal_results(
    room: str, undisturbed: Undisturbed, tmp_path: Path, record_property: Record
) -> None:
    draws = random.Random(room)
    data, said = tmp_path / "data", tmp_path / "said.txt"
    copy_links(undisturbed.before[room], data)
    assert run_room(undisturbed, data, room, said).status == 0
    names = [name for name in contents(data) if not name.startswith("08_reporting/")]
    for name in draws.sample(names, REPAIRED[room]):
        content = (data / name).read_bytes()
        (data / name).unlink()
        bit = draws.randrange(8 * len(content))
        cut = content[: draws.randrange(len(content))]
        (data / name).write_bytes(draws.choice([_flip(content, bit), cut]))
    refusals = follow_advice(undisturbed, data, room, said)
    # A damaged partition is computed by itself, not in batches with its neighbours.
    require_close(contents(data), undisturbed.after[room])
    record_property("damaged files", REPAIRED[room])
    record_property("refusals", refusals)
    record_property("runs", 1)


def follow_advice(undisturbed: Undisturbed, data: Path, room: str, said: Path) -> int:
    """Run a room and those before it until they end well, and do each time what the message says.

    Returns:
        How many messages there were.
    """
    rooms = [*ROOMS[: ROOMS.index(room) + 1]]
    places = {"data_root": str(data), "responses_root": str(data / "responses")}
    for refusals in range(3 * REPAIRED[room]):
        said.unlink(missing_ok=True)
        outcome = run({**undisturbed.settings, **places}, rooms, said=said)
        if outcome.status == 0:
            return refusals
        assert outcome.status == REFUSED, outcome.said
        heed(outcome.said, data)
    raise AssertionError(outcome.said)


def heed(message: str, data: Path) -> None:
    """Do what a message says of a damaged file: delete it, or one of its lines."""
    named = [path for path in data.rglob("*") if path.is_file() and str(path) in message]
    for path in named:
        if path.suffix == ".jsonl":
            number = int(message.partition(f"{path}, line ")[2].split()[0])
            lines = path.read_bytes().splitlines(keepends=True)
            path.write_bytes(b"".join(lines[: number - 1] + lines[number:]))
        elif "delete it" in message:
            path.unlink()
