from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from isogloss.pipelines.merging.source_reading import (
    LARGEST_BLOCK,
    SMALLEST_BLOCK,
    Span,
    block_size,
    reading,
    spans_of,
)
from tests.pipelines.merging.checkpoints import floats, save_sources

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def test_blocks_fit_into_the_memory_that_is_given() -> None:
    assert block_size(4 * 100 * 10_000, 100) == 10_000
    assert block_size(0, 100) == SMALLEST_BLOCK
    assert block_size(2**40, 100) == LARGEST_BLOCK


def test_spans_cover_every_float_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    (source,), _ = save_sources(tmp_path, 1)
    spans = spans_of(source, 4000)
    assert spans[0].start == 0
    for name, info in source.tensors.items():
        pieces = [span for span in spans if span.name == name]
        covered = [place for span in pieces for place in range(span.start, span.stop)]
        assert covered == (list(range(info.elements)) if info.is_floating else [])
    assert list(dict.fromkeys(span.name for span in spans)) == [
        name for name, info in source.tensors.items() if info.is_floating
    ]


@pytest.mark.parametrize("threads", [1, 4])
def test_all_sources_are_read_in_order_and_counted(
    tmp_path: Path, threads: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    sources, _ = save_sources(tmp_path, 3)
    spans = spans_of(sources[0], 1000)
    workers = set()

    def copy(span: Span, values: NDArray[np.float32]) -> NDArray[np.float32]:
        workers.add(threading.get_ident())
        assert values.shape == (3, span.stop - span.start)
        return values.copy()

    with reading(sources, threads, "Copying", len(spans)) as source_reading:
        results = list(source_reading.map(spans, copy))
    assert [span for span, _ in results] == spans
    assert len(workers) <= threads
    for number, source in enumerate(sources):
        for name, values in floats(source).items():
            pieces = [block[number] for span, block in results if span.name == name]
            assert np.array_equal(np.concatenate(pieces), values.ravel())
    assert f"Copying: {len(spans)} of {len(spans)} blocks" in caplog.text
