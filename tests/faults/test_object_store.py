"""Whole runs on an object store, killed a few times."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from isogloss.datasets.object_journal import MERGED_MARK, PARTS_SUFFIX
from isogloss.datasets.storage import Storage
from tests import object_store
from tests.faults.conftest import ROOMS, Undisturbed
from tests.faults.harness import OF_THE_RUN, comparable, differences
from tests.sessions import ROOT

pytestmark = [pytest.mark.faults]

KILLED_AT = (60, 200, 330)
"""Objects that are there when the run is killed."""


def test_a_run_on_an_object_store_that_is_killed_ends_in_equal_results(
    undisturbed: Undisturbed,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    pytest.importorskip("s3fs")
    with object_store.running() as store:
        bucket = store.make_bucket()
        data = Storage(f"{bucket}/data", store.credentials)
        places = {"data_root": data.path, "responses_root": f"{data.path}/responses"}
        settings = {**undisturbed.settings, **places}
        command = [
            *(sys.executable, "-m", "kedro", "run", "--env", "test"),
            *("--params", ",".join(f"{key}={value}" for key, value in settings.items())),
        ]
        environment = {**os.environ, **store.environment}
        with (tmp_path / "log.txt").open("w") as log:
            start = partial(
                subprocess.Popen, command, cwd=ROOT, env=environment, stdout=log, stderr=log
            )
            for objects in KILLED_AT:
                process = start()
                while len(data.find(data.path)) < objects and process.poll() is None:
                    time.sleep(0.05)
                process.send_signal(signal.SIGKILL)
                assert process.wait() == -signal.SIGKILL
            assert start().wait() == 0
        # A file that nothing was appended to is no object.
        expected = {name: own for name, own in undisturbed.after[ROOMS[-1]].items() if own}
        found = {name: own for name, own in _contents(data).items() if own}
        assert differences(found, expected) == []
        said = (tmp_path / "log.txt").read_text(encoding="utf-8")
        assert f"The report, for a browser: {data.path}/08_reporting/report.html" in said
        # What people see never repeats a key.
        kept = data.read_many(data.find(bucket))
        for key in (object_store.ACCESS_KEY, object_store.SECRET_KEY):
            assert key not in said
            assert not any(key.encode() in content for content in kept.values())
    record_property("kills", len(KILLED_AT))
    record_property("runs", 1)


def _contents(data: Storage) -> dict[str, bytes]:
    root = data.path.rstrip("/") + "/"
    found = data.read_many(data.find(data.path))
    contents: dict[str, bytes] = {}
    for path, content in found.items():
        # What is appended to a file on a disk is an object by itself here, or several in one.
        name, _, part = path.removeprefix(root).partition(PARTS_SUFFIX)
        lines = content.partition(b"\n")[2] if content.startswith(MERGED_MARK) else content
        own = comparable(name, lines)
        contents[name] = contents.get(name, b"") + own if part else own
    return {name: own for name, own in contents.items() if not {*OF_THE_RUN} & {*name.split("/")}}
