"""All merged models in one read of their sources: Y = W X, a block of each tensor at a time.

Every linear way of merging is a row of weights: average, similarity, leave-one-out, a plain copy,
and with the base as one more source task arithmetic. So the models of all targets, methods and
settings together are one matrix product with the blocks of the sources, and each further model
costs its share of the product, not another read. TIES is not linear in the sources, but it is in
their trimmed differences split by sign, so it is done in the same read (see `ties`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

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
from isogloss.pipelines.merging.ties import merge_differences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from isogloss.language_models.checkpoints import Checkpoint
    from isogloss.pipelines.merging.merge_plan import MergePlan
    from isogloss.pipelines.merging.trimming import TrimThresholds


@dataclass(frozen=True)
class MergedBlock:
    """A piece of one tensor, of all merged models.

    Attributes:
        name: of the tensor.
        start: position of the first value in the flattened tensor.
        stop: position after the last.
        values: float32 [models, stop - start].
    """

    name: str
    start: int
    stop: int
    values: NDArray[np.float32]


def stream_merges(
    plan: MergePlan, *, memory_bytes: int = MEMORY_BYTES, threads: int | None = None
) -> Iterator[MergedBlock]:
    """Merge all models of a plan while its sources are read, once.

    Products are summed in float32, whatever the sources' dtype. Sources that no model weighs are
    not read. Tensors of integers, which are equal in all sources, are left out.

    Args:
        plan: what is merged.
        memory_bytes: for the blocks of all threads together, results included.
        threads: that read and compute; None is one a core.

    Returns:
        the pieces of each tensor in order, one tensor after the other.

    Raises:
        IncompatibleError: if the sources cannot be merged with each other (`require_compatible`).
        NotFiniteError: if a source holds an infinity or a NaN, when it is come upon.
        TrimmingError: if a threshold is missing.
    """
    checkpoints = require_compatible(plan.sources, plan.base)
    kernel = _Kernel(plan)
    weighed = [checkpoints[column] for column in kernel.columns]
    threads = threads or count_threads()
    # Each thread has a block of the sources; as many results wait, and up to three are in use.
    values_per_element = threads * len(weighed) + (threads + 3) * len(plan)
    spans = spans_of(checkpoints[0], block_size(memory_bytes, values_per_element))
    return _stream(weighed, spans, kernel, threads)


def _stream(
    checkpoints: list[Checkpoint], spans: list[Span], kernel: _Kernel, threads: int
) -> Iterator[MergedBlock]:
    with reading(checkpoints, threads, "Merging", len(spans)) as source_reading:
        for span, values in source_reading.map(spans, kernel.merge):
            yield MergedBlock(span.name, span.start, span.stop, values)


@dataclass(frozen=True)
class _TiesRows:
    """The models merged by TIES with one density, which share their trimmed differences."""

    rows: NDArray[np.intp]
    sources: NDArray[np.intp]
    weights: NDArray[np.float32]
    scaling: NDArray[np.float32]
    density: float
    thresholds: TrimThresholds

    def merge(self, tensor: str, values: NDArray[np.float32], merged: NDArray[np.float32]) -> None:
        """Merge a block of the weighed sources and the base into the rows of these models."""
        thresholds = self.thresholds.of(tensor, self.density)[self.sources]
        for start in range(0, values.shape[1], TILE):
            tile = values[:, start : start + TILE]
            base = tile[-1]
            differences = merge_differences(tile[:-1] - base, thresholds, self.weights)
            differences *= self.scaling[:, None]
            merged[self.rows, start : start + TILE] = base + differences


class _Kernel:
    """Merges blocks of the sources that any model weighs.

    Args:
        plan: what is merged.

    Attributes:
        columns: the places of these sources in the plan; that of the base is the last.
    """

    def __init__(self, plan: MergePlan) -> None:
        self.columns = _weighed(plan)
        self._models = len(plan)
        self._linear = plan.linear[:, self.columns].astype(np.float32)
        self._ties = _by_density(plan, self.columns)

    def merge(self, span: Span, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Merge a block, float32 [columns, n], to float32 [models, n]."""
        merged = np.empty((self._models, values.shape[1]), np.float32)
        linear = merged[: len(self._linear)]
        for start in range(0, values.shape[1], TILE):
            tile = slice(start, start + TILE)
            np.matmul(self._linear, values[:, tile], out=linear[:, tile])
        for ties in self._ties:
            ties.merge(span.name, values, merged)
        return merged


def _weighed(plan: MergePlan) -> NDArray[np.intp]:
    weighed = plan.linear.any(axis=0)
    for recipe in plan.ties:
        weighed |= np.append(np.asarray(recipe.weights) != 0, True)
    return np.flatnonzero(weighed)


def _by_density(plan: MergePlan, columns: NDArray[np.intp]) -> list[_TiesRows]:
    if not plan.ties or plan.thresholds is None:
        return []
    sources = columns[:-1]
    densities = np.array([recipe.density for recipe in plan.ties])
    weights = np.array([recipe.weights for recipe in plan.ties], np.float32)[:, sources]
    scaling = np.array([recipe.scaling for recipe in plan.ties], np.float32)
    groups = []
    for density in dict.fromkeys(densities.tolist()):
        members = np.flatnonzero(densities == density)
        rows = len(plan.linear) + members
        groups.append(
            _TiesRows(rows, sources, weights[members], scaling[members], density, plan.thresholds)
        )
    return groups
