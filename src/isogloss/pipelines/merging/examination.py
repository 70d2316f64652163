"""What must be known of all sources before they are merged: are they sound, how do they differ?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from isogloss.language_models.checkpoints import belongs_to_head
from isogloss.pipelines.merging.compatibility import require_compatible
from isogloss.pipelines.merging.source_reading import (
    MEMORY_BYTES,
    TILE,
    Span,
    block_size,
    count_threads,
    reading,
    spans_of,
)
from isogloss.pipelines.merging.trimming import WHOLE_MODEL, ThresholdSearch, TrimThresholds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from isogloss.language_models.checkpoints import Checkpoint
    from isogloss.pipelines.merging.source_reading import SourceReading
    from isogloss.pipelines.merging.trimming import Scope

Part = Literal["encoder", "head", "all"]
"""Of a classifier: heads are drawn anew and learn fast, so they make up most of a task vector."""
PARTS: tuple[Part, ...] = get_args(Part)
LARGEST_EXAMINED = 1 << 16
"""Values of each source in a block: a tensor is searched by all threads together, so it is cut
finer than for merging."""


@dataclass(frozen=True)
class Examination:
    """What one pass over the sources found.

    Attributes:
        encoder: float64 [sources, sources], dot products of the task vectors, source - base, over
            the tensors of floating-point numbers of the encoder. Differences are rounded to float32
            (they are exact where a weight moved by less than half of itself), products and sums to
            float64.
        head: likewise, of the head (`belongs_to_head`); 0 where there is none.
        thresholds: for TIES; without densities there are none.
    """

    encoder: NDArray[np.float64]
    head: NDArray[np.float64]
    thresholds: TrimThresholds

    def gram(self, part: Part = "all") -> NDArray[np.float64]:
        """Give the dot products over a part of the model; those of all are the sum of both."""
        if part == "all":
            return self.encoder + self.head
        return self.head if part == "head" else self.encoder

    def cosines(self, part: Part = "all") -> NDArray[np.float64]:
        """Give the cosines of the task vectors; NaN for a source that equals the base there."""
        gram = self.gram(part)
        lengths = np.sqrt(np.diagonal(gram))
        lengths[lengths == 0] = np.nan
        cosines: NDArray[np.float64] = gram / np.outer(lengths, lengths)
        return cosines


def examine_checkpoints(
    sources: Sequence[Checkpoint],
    base: Checkpoint,
    densities: Sequence[float] = (),
    scope: Scope = "tensor",
    *,
    memory_bytes: int = MEMORY_BYTES,
    threads: int | None = None,
) -> Examination:
    """Read all sources once: refuse unsound ones, compare their task vectors, find thresholds.

    With densities, tensors that are larger than a block are read again at once, from the system's
    cache unless all sources' copies of that tensor are larger than it; `model` reads all again.

    Args:
        sources: the checkpoints.
        base: what they were fine-tuned from.
        densities: for which TIES needs thresholds.
        scope: whether a threshold holds for a tensor or for the whole model.
        memory_bytes: for the blocks; thresholds take (512 + 256 a density) KiB a source more.
        threads: that read and compute; None is one a core.

    Raises:
        IncompatibleError: if the sources cannot be merged with each other (`require_compatible`).
        NotFiniteError: if a source holds an infinity or a NaN.
        TrimmingError: if a density is not in (0, 1].
    """
    checkpoints = require_compatible(sources, base)
    threads = threads or count_threads()
    # Each thread has a block of the sources, and twice as much for what is counted of it.
    elements = block_size(memory_bytes, threads * 3 * len(checkpoints))
    spans = spans_of(checkpoints[0], min(elements, LARGEST_EXAMINED))
    by_tensor = scope == "tensor" and bool(densities)
    groups: dict[str, list[Span]] = {}
    for span in spans:
        groups.setdefault(span.name if by_tensor else WHOLE_MODEL, []).append(span)
    encoder, head = np.zeros((2, len(sources), len(sources)))
    found = {}
    looks = sum(len(part) * (2 if densities and len(part) > 1 else 1) for part in groups.values())
    with reading(checkpoints, threads, "Examining sources", looks) as source_reading:
        for key, members in groups.items():
            size = sum(span.stop - span.start for span in members)
            search = ThresholdSearch(len(sources), size, densities) if densities else None
            for name, share in _look(source_reading, members, search):
                gram = head if belongs_to_head(name) else encoder
                gram += share
            if search:
                found[key] = search.thresholds()
    values = {key: thresholds for key, (thresholds, _) in found.items()}
    kept = {key: counts for key, (_, counts) in found.items()}
    names = tuple(source.name for source in sources)
    thresholds = TrimThresholds(scope, names, tuple(densities), values, kept)
    return Examination(encoder, head, thresholds)


def _look(
    source_reading: SourceReading, spans: Sequence[Span], search: ThresholdSearch | None
) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Look at all spans once, twice if thresholds are wanted.

    Yields:
        the tensor of each span and its share of the dot products.
    """

    def first(_: Span, values: NDArray[np.float32]) -> NDArray[np.float64]:
        differences = _differences(values)
        gram = _gram(differences)
        if search:
            magnitudes = np.abs(differences, out=differences)
            search.count(magnitudes)
            if len(spans) == 1:
                search.settle()
                search.refine(magnitudes)
        return gram

    def second(_: Span, values: NDArray[np.float32]) -> None:
        differences = _differences(values)
        if search:
            search.refine(np.abs(differences, out=differences))

    # In the order of the spans, so that sums come out the same whatever thread was first.
    for span, gram in source_reading.map(spans, first):
        yield span.name, gram
    if search and len(spans) > 1:
        search.settle()
        for _ in source_reading.map(spans, second):
            pass


def _differences(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Subtract the last row, the base, from the others, in place."""
    sources = values[:-1]
    sources -= values[-1]
    return sources


def _gram(differences: NDArray[np.float32]) -> NDArray[np.float64]:
    gram = np.zeros((len(differences), len(differences)))
    for start in range(0, differences.shape[1], TILE):
        tile = differences[:, start : start + TILE].astype(np.float64)
        gram += tile @ tile.T
    return gram
