"""What running a node took: time, memory, work done, and the tables that it saved."""

from __future__ import annotations

import resource
import socket
import sys
import time
from collections import Counter
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

WORK: ContextVar[Counter[str] | None] = ContextVar("work", default=None)
"""Where work that is done now is counted: `tokens`, `sentences` and so on."""
WORKER_LOST = "its worker was lost"
"""What ended a node that begins again elsewhere."""
_RESET_PEAK, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")
_PEAK = "VmHWM:"


@dataclass
class NodeRecord:
    """What running a node, or one share of it, took.

    Attributes:
        node: its name.
        share: `2 of 4` where several workers share its partitions, else empty.
        host: of the machine.
        worker: of a cluster: its address; empty in the process of the run.
        started: in universal time.
        seconds: from its first input to its last output.
        tables: name of a table that it saved -> [rows, columns].
        work: what was done, by the unit in which progress was shown, such as `tokens`.
        peak_memory: of the process while it ran, in bytes.
        peak_device_memory: of the GPU that held most, in bytes; None where none was used.
        error: first line of what ended it; empty where nothing did.
    """

    node: str
    share: str = ""
    host: str = field(default_factory=socket.gethostname)
    worker: str = ""
    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    seconds: float = 0.0
    tables: dict[str, list[int]] = field(default_factory=dict)
    work: dict[str, int] = field(default_factory=dict)
    peak_memory: int = 0
    peak_device_memory: int | None = None
    error: str = ""

    def as_event(self) -> dict[str, Any]:
        """Give it as one line of the log of a run."""
        events = {"": "node_finished", WORKER_LOST: "node_lost"}
        return {"event": events.get(self.error, "node_failed"), **asdict(self)}


class Measurement:
    """Measures a node from the moment at which this is made.

    Args:
        node: its name.
        share: as in `NodeRecord`.
    """

    def __init__(self, node: str, share: str = "") -> None:
        self.record = NodeRecord(node, share)
        self._start = time.perf_counter()
        self._work: Counter[str] = Counter()
        WORK.set(self._work)
        _reset_peaks()

    def saved(self, name: str, data: object) -> None:
        """Note a table that was saved; partitions and pictures have no rows."""
        shape = getattr(data, "shape", None)
        if isinstance(shape, tuple) and len(shape) == 2:
            self.record.tables[name] = [int(size) for size in shape]

    def finish(self, error: BaseException | None = None) -> NodeRecord:
        """Give the record.

        Args:
            error: that ended the node.
        """
        self.record.seconds = round(time.perf_counter() - self._start, 3)
        self.record.work = dict(self._work)
        self.record.peak_memory, self.record.peak_device_memory = _peaks()
        if error is not None:
            self.record.error = first_line(error)
        return self.record


def first_line(error: BaseException) -> str:
    """Give the first line of an error's message, or its kind where it has none."""
    return (str(error).splitlines() or [type(error).__name__])[0]


def count_work(unit: str, amount: int) -> None:
    """Count work that the node under way has done, if one is measured.

    Args:
        unit: of the work, for example `tokens`.
        amount: of it.
    """
    counter = WORK.get()
    if counter is not None:
        counter[unit] += amount


def _reset_peaks() -> None:
    try:
        _RESET_PEAK.write_text("5")
    except OSError:
        return
    finally:
        if cuda := _cuda():
            for device in range(cuda.device_count()):
                cuda.reset_peak_memory_stats(device)


def _peaks() -> tuple[int, int | None]:
    cuda = _cuda()
    device = max(map(cuda.max_memory_allocated, range(cuda.device_count()))) if cuda else None
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        # Of the process since it began, where the kernel tells no more.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, device
    kilobytes = next(line for line in lines if line.startswith(_PEAK)).split()[1]
    return int(kilobytes) * 1024, device


def _cuda() -> Any:
    """Give torch's view of the GPUs if a node has used one."""
    torch = sys.modules.get("torch")
    return torch.cuda if torch is not None and torch.cuda.is_initialized() else None
