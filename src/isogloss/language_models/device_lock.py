"""One exclusive model at a time on a device, across threads and processes."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any

from isogloss.disk_errors import explaining_disk, explaining_locks
from isogloss.json_texts import parse_json
from isogloss.language_models.specification import ModelError
from isogloss.language_models.storage import LOCKS_FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

logger = logging.getLogger(__name__)

CPU_SLOT = "ISOGLOSS_CPU_SLOT"
"""Environment variable: processes with different values have cores of their own on a machine."""
GPU = "GPU-"
"""With which the names of GPUs begin that `name_device` gives."""
TRY_AFTER, REMIND_AFTER = 0.1, 60.0
"""Seconds after which a device is tried again, and those who wait say so again."""


@contextmanager
def hold_devices(models_root: Path, devices: Sequence[str], model: str) -> Iterator[None]:
    """Hold several devices for one model, as `hold_device` holds one.

    They are taken in the order of their names, in which all do: no two wait for each other.

    Args:
        models_root: folder of the models.
        devices: as `name_device` gives them.
        model: name shown to those who wait.

    Raises:
        ModelError: if this thread holds one of them already.
    """
    with ExitStack() as held:
        for device in sorted(devices):
            held.enter_context(hold_device(models_root, device, model))
        yield


@contextmanager
def hold_device(models_root: Path, device: str, model: str) -> Iterator[None]:
    """Hold a device for one model; wait while another thread or process holds it.

    The lock is a file that the kernel frees when its process ends, however it ends. It serves all
    processes of one machine that share `models_root`, those in containers too; for the CPU only
    where these have the machine's host name.

    Args:
        models_root: folder of the models.
        device: as `name_device` gives it, for example `cpu`.
        model: name shown to those who wait.

    Raises:
        ModelError: if this thread holds the device already, as it would wait for itself for ever.
    """
    path = models_root / LOCKS_FOLDER / _lock_name(device)
    with explaining_disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = path.open("a+", encoding="utf-8")
    with opened as file:
        with explaining_locks(path):
            _acquire(file, device, model)
        _write(file, {**_me(), "model": model, "since": datetime.now(UTC).isoformat()})
        try:
            yield
        finally:
            # Emptied before it is freed, so that nobody reads the name of a former holder.
            _write(file, {})
            fcntl.flock(file, fcntl.LOCK_UN)


def _lock_name(device: str) -> str:
    slot = os.environ.get(CPU_SLOT, "") if device == "cpu" else ""
    named = "-".join(re.sub(r"\W+", "-", part) for part in (device, slot) if part)
    # A GPU's name is its own on all machines, and containers of one machine differ in theirs.
    host = "" if device.startswith(GPU) else f"{socket.gethostname()}-"
    return f"device-{host}{named}.lock"


def _acquire(file: IO[str], device: str, model: str) -> None:
    said = float("-inf")
    while not _try(file):
        holder = _read(file)
        if {key: holder.get(key) for key in _me()} == _me():
            raise ModelError(
                f"Model {model!r} cannot be opened on {device}: this thread has "
                f"{holder['model']!r} open there, and both are exclusive. Close the first "
                "one before, or set `exclusive: false` for one of them in the model zoo."
            )
        if time.monotonic() - said >= REMIND_AFTER:
            logger.info(
                "Model %r waits for %s, where process %s on %s has %r open (since %s). To let both "
                "run at once set `exclusive: false` for one of them in the model zoo.",
                model,
                device,
                holder.get("process", "unknown"),
                holder.get("host", "this machine"),
                holder.get("model", "a model"),
                holder.get("since", "just now"),
            )
            said = time.monotonic()
        time.sleep(TRY_AFTER)


def _try(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _me() -> dict[str, int | str]:
    # Processes of different containers may have the same number.
    host = socket.gethostname()
    return {"host": host, "process": os.getpid(), "thread": threading.get_ident()}


def _read(file: IO[str]) -> dict[str, Any]:
    file.seek(0)
    try:
        holder = parse_json(file.read())
    except json.JSONDecodeError:
        # The holder is between taking the lock and writing its name.
        return {}
    return holder if isinstance(holder, dict) else {}


def _write(file: IO[str], holder: dict[str, Any]) -> None:
    file.seek(0)
    file.truncate()
    json.dump(holder, file)
    file.flush()
