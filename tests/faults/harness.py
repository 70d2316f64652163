"""Runs of the environment `test` in processes that can be killed, and what they leave."""

from __future__ import annotations

import hashlib
import io
import os
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from safetensors.numpy import load

from isogloss.hooks.commands import message_of
from tests.sessions import session

REFUSED, BROKEN = 3, 4
"""Exit statuses of a run that a refusal, or any other error, has ended."""
RECEIVED = re.compile(rb',"received":"[0-9T:+-]+"|,"crc32":[0-9]+')
"""When an answer of a model came, and the checksum over that."""
TOLERANCE = 1e-5
"""Of float32: other batches add in another order."""
MARKERS = "/_markers/"
"""In the names of files that hold checksums of others."""
OUTDATED = "outdated_results.txt"
"""A list, empty or absent."""
LARGEST = 1 << 22
"""Of larger files, those of models, a digest is kept."""
OF_THE_RUN = ("run_manifest.json", "run_facts.json", "report.html", "runs")
"""What tells of dates, times and machines."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        status: exit status; negative if a signal ended it.
        seconds: it took.
        said: what it wrote at the end: the message of a refusal, or a traceback.
    """

    status: int
    seconds: float
    said: str


def run(
    settings: Mapping[str, Any],
    pipelines: Sequence[str],
    kill_after: float | None = None,
    prepare: Callable[[], None] | None = None,
    said: Path | None = None,
) -> Outcome:
    """Run pipelines in a process of its own, forked from this one, which has imported everything.

    Args:
        settings: runtime parameters.
        pipelines: by name.
        kill_after: seconds after which it is killed, as by a power cut; None lets it end.
        prepare: called in the process before the run, to limit what it may have.
        said: file for what it writes; needed where it may end by itself.
    """
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        _be_the_run(settings, pipelines, prepare, said)
    status = _wait(child, None if kill_after is None else start + kill_after)
    text = said.read_text(errors="replace") if said is not None and said.exists() else ""
    return Outcome(status, time.monotonic() - start, text)


def start(settings: Mapping[str, Any], pipelines: Sequence[str], said: Path) -> int:
    """Begin a run without waiting for it; give its process id for `finish`."""
    child = os.fork()
    if child == 0:
        _be_the_run(settings, pipelines, None, said)
    return child


def finish(child: int) -> int:
    """Wait for a run and give its exit status."""
    return _wait(child, None)


def _be_the_run(
    settings: Mapping[str, Any],
    pipelines: Sequence[str],
    prepare: Callable[[], None] | None,
    said: Path | None,
) -> None:
    status = 0
    try:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        os.setsid()
        if prepare is not None:
            prepare()
        with session("test", **settings) as opened:
            opened.run(pipeline_names=list(pipelines))
    except BaseException as error:
        message = message_of(error)
        status = BROKEN if message is None else REFUSED
        text = message or "".join(traceback.format_exception(error))
        if said is not None:
            said.write_text(text)
    finally:
        sys.stdout.flush()
        os._exit(status)


def _wait(child: int, deadline: float | None) -> int:
    while deadline is not None:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= deadline:
            os.killpg(child, signal.SIGKILL) if _leads(child) else os.kill(child, signal.SIGKILL)
            break
        time.sleep(0.002)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _leads(child: int) -> bool:
    try:
        return os.getpgid(child) == child
    except ProcessLookupError:
        return False


def contents(data: Path) -> dict[str, bytes]:
    """Read all that runs have made, but for what tells of the runs; of models a digest."""
    return {
        str(path.relative_to(data)): _content(path)
        for path in sorted(data.rglob("*"))
        if path.is_file() and not {*OF_THE_RUN} & {*path.parts} and not is_scratch(path)
    }


def _content(path: Path) -> bytes:
    if path.stat().st_size > LARGEST:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    return comparable(path.name, path.read_bytes())


def comparable(name: str, content: bytes) -> bytes:
    """Give of a file what is the same in every run: of large ones, those of models, a digest."""
    if len(content) > LARGEST:
        return hashlib.sha256(content).digest()
    return RECEIVED.sub(b"", content) if name.endswith(".jsonl") else content


def is_scratch(path: Path) -> bool:
    """Say whether a file is one that a killed run has left half written, or a lock."""
    return is_left_over(path) or path.name.endswith(".lock") or ".locks" in path.parts


def is_left_over(path: Path) -> bool:
    """Say whether a file is one that a killed run has left half written."""
    return any(part.endswith(".partial") for part in path.parts)


def differences(found: Mapping[str, bytes], expected: Mapping[str, bytes]) -> list[str]:
    """Name the files in which two folders differ."""
    return sorted(name for name in {*found, *expected} if found.get(name) != expected.get(name))


def require_close(found: Mapping[str, bytes], expected: Mapping[str, bytes]) -> None:
    """Compare what two runs have made whose batches were not the same: numbers but for rounding."""
    assert {*found} - {OUTDATED} == {*expected} - {OUTDATED}
    for name in differences(found, expected):
        if MARKERS not in name and name != OUTDATED:
            _require_close(name, found[name], expected[name])


def _require_close(name: str, found: bytes, expected: bytes) -> None:
    if name.endswith(".parquet"):
        one, other = (pd.read_parquet(io.BytesIO(content)) for content in (found, expected))
        pd.testing.assert_frame_equal(one, other, rtol=TOLERANCE, atol=TOLERANCE, obj=name)
    elif name.endswith(".safetensors"):
        arrays, others = load(found), load(expected)
        assert arrays.keys() == others.keys()
        for key, array in arrays.items():
            np.testing.assert_allclose(array, others[key], TOLERANCE, TOLERANCE, err_msg=name)
    else:
        raise AssertionError(f"{name} differs")
