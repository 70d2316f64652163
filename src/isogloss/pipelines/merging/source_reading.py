"""All sources read at once, a block of each tensor at a time, by several threads.

Each thread reads a block of every source and computes on it, so that while one waits for the disk
another computes. Memory holds a few blocks, however many sources there are and however large their
tensors.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

from isogloss.allocation import keep_freed_memory
from isogloss.errors import NotFiniteError
from isogloss.progress import progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from isogloss.language_models.checkpoint_reading import CheckpointReader
    from isogloss.language_models.checkpoints import Checkpoint
    from isogloss.progress import ProgressReport

R = TypeVar("R")

MEMORY_BYTES = 1 << 28
"""What the blocks may take by default."""
SMALLEST_BLOCK, LARGEST_BLOCK = 1 << 12, 1 << 18
"""Values of each source in a block: smaller ones cost calls, larger ones leave the caches."""
TILE = 1 << 12
"""Columns that are computed at once: with 50 sources they stay in the second-level cache."""


@dataclass(frozen=True)
class Span:
    """A piece of a tensor: the values `start` to `stop` of it, flattened."""

    name: str
    start: int
    stop: int


def count_threads() -> int:
    """Give the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def block_size(memory_bytes: int, values_per_element: int) -> int:
    """Give how many values of each source a block holds.

    Args:
        memory_bytes: for all blocks together.
        values_per_element: float32 values in memory for each value of a source.
    """
    fitting = memory_bytes // (4 * values_per_element)
    return min(max(fitting, SMALLEST_BLOCK), LARGEST_BLOCK)


def spans_of(checkpoint: Checkpoint, elements: int) -> list[Span]:
    """Cut all tensors of floating-point numbers into pieces, in the order of the file.

    Args:
        checkpoint: whose tensors.
        elements: of each piece but a tensor's last.
    """
    return [
        Span(name, start, min(start + elements, info.elements))
        for name, info in checkpoint.tensors.items()
        if info.is_floating
        for start in range(0, info.elements, elements)
    ]


class SourceReading:
    """Checkpoints that are open for reading, and the threads that read them.

    Args:
        checkpoints: compatible with each other (see `require_compatible`).
        readers: of their open files.
        pool: the threads.
        threads: their number.
        report: shows how far they are.
    """

    def __init__(
        self,
        checkpoints: Sequence[Checkpoint],
        readers: Sequence[CheckpointReader],
        pool: ThreadPoolExecutor,
        threads: int,
        report: ProgressReport,
    ) -> None:
        self._checkpoints = checkpoints
        self._readers = readers
        self._pool = pool
        self._threads = threads
        self._report = report
        self._own = threading.local()

    def map(
        self, spans: Sequence[Span], compute: Callable[[Span, NDArray[np.float32]], R]
    ) -> Iterator[tuple[Span, R]]:
        """Read every span of all checkpoints and compute on it; results come in order.

        Args:
            spans: what to read.
            compute: called by any thread with float32 [checkpoints, stop - start], which it may
                change but not keep.

        Raises:
            NotFiniteError: if a value is infinite or not a number; names checkpoint and tensor.
            TensorFileError: if a file is cut short.
        """

        def work(span: Span) -> R:
            return compute(span, self._read(span))

        running: deque[tuple[Span, Future[R]]] = deque()
        try:
            for span in spans:
                running.append((span, self._pool.submit(work, span)))
                if len(running) > self._threads:
                    yield self._result(*running.popleft())
            while running:
                yield self._result(*running.popleft())
        finally:
            for _, future in running:
                future.cancel()

    def _result(self, span: Span, future: Future[R]) -> tuple[Span, R]:
        result = future.result()
        self._report.worked(len(self._checkpoints) * (span.stop - span.start))
        self._report.finished()
        return span, result

    def _read(self, span: Span) -> NDArray[np.float32]:
        values = self._buffer(span.stop - span.start)
        for checkpoint, reader, row in zip(self._checkpoints, self._readers, values, strict=True):
            reader.read_float32(span.name, span.start, row)
            if not np.isfinite(row).all():
                raise NotFiniteError(_describe(checkpoint, span, row))
        return values

    def _buffer(self, elements: int) -> NDArray[np.float32]:
        """Give the calling thread's own memory, the same for every span."""
        size = len(self._checkpoints) * elements
        memory: NDArray[np.float32] | None = getattr(self._own, "memory", None)
        if memory is None or len(memory) < size:
            memory = self._own.memory = np.empty(size, np.float32)
        return memory[:size].reshape(len(self._checkpoints), elements)


@contextmanager
def reading(
    checkpoints: Sequence[Checkpoint], threads: int, title: str, blocks: int
) -> Iterator[SourceReading]:
    """Open checkpoints for the time of a `with` block.

    BLAS is held to one thread meanwhile, since each thread here computes on its own block.

    Args:
        checkpoints: compatible with each other (see `require_compatible`).
        threads: that read and compute.
        title: what is computed, for the progress bar.
        blocks: how many spans will be read in all.
    """
    keep_freed_memory()
    with ExitStack() as stack:
        report = stack.enter_context(progress(title, blocks, items="blocks", work="weights"))
        readers = [stack.enter_context(checkpoint.open()) for checkpoint in checkpoints]
        stack.enter_context(ThreadpoolController().limit(limits=1, user_api="blas"))
        pool = stack.enter_context(ThreadPoolExecutor(threads))
        yield SourceReading(checkpoints, readers, pool, threads, report)


def _describe(checkpoint: Checkpoint, span: Span, row: NDArray[np.float32]) -> str:
    position = int(np.flatnonzero(~np.isfinite(row))[0])
    place = np.unravel_index(span.start + position, checkpoint.tensors[span.name].shape)
    return (
        f"{checkpoint.path}: '{span.name}' holds {row[position]} at {[int(axis) for axis in place]}"
        f", so every model merged from '{checkpoint.name}' would be useless. Train it again, or "
        "leave it out."
    )
