"""Cosines of all sentences with all others, handed out one language's block at a time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

from isogloss.pipelines.alignment.blocks import Block, Scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

T = TypeVar("T")
R = TypeVar("R")

TILE = 500
"""Rows and columns of a product that a worker computes at once.

Large enough for the product to run at full speed, small enough for the second-level cache; not a
power of two, whose columns would compete for the same cache lines when they are transposed.
"""


class Workers:
    """Threads that each do a part, and the memory that they work in.

    numpy releases the interpreter's lock in products, comparisons and sorts, so threads use all
    cores also where BLAS is not at work.

    Args:
        threads: how many.
    """

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self._own = threading.local()
        self._arrays: dict[str, NDArray[np.float32]] = {}

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Apply a function to all items and give the results in order."""
        if self._pool is None:
            return [function(item) for item in items]
        return list(self._pool.map(function, items))

    def scratch(self, sentences: int, columns: int) -> Scratch:
        """Give the calling thread its working memory, the same one for every block and layer.

        Args:
            sentences: n.
            columns: languages * n.
        """
        shape: tuple[int, int] | None = getattr(self._own, "shape", None)
        if shape != (sentences, columns):
            self._own.shape = (sentences, columns)
            self._own.scratch = Scratch(sentences, columns)
        scratch: Scratch = self._own.scratch
        return scratch

    def array(self, name: str, *shape: int) -> NDArray[np.float32]:
        """Give a shared array with arbitrary content, the same one for every layer.

        Fresh memory is slow: the system hands it out page by page when it is first written to.

        Args:
            name: what it is for.
            *shape: of the array; another shape than last time makes a new one.
        """
        found = self._arrays.get(name)
        if found is None or found.shape != shape:
            found = self._arrays[name] = np.empty(shape, np.float32)
        return found

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()


@contextmanager
def working(threads: int) -> Iterator[Workers]:
    """Give workers, with BLAS held to one thread for each as long as they work.

    Args:
        threads: how many.
    """
    workers = Workers(threads)
    try:
        with ThreadpoolController().limit(limits=1, user_api="blas"):
            yield workers
    finally:
        workers.close()


@dataclass(frozen=True)
class Similarities:
    """Cosines of all sentences of all languages.

    With c the mean of all unit vectors u and r = u - c,
    u.u' = r.r' + (r.c + c.c/2) + (r'.c + c.c/2). In an anisotropic space the first term is small,
    and with it the rounding error of its sum; in u.u' itself the error reaches 16 units in the last
    place, more than the tolerance of ties.

    Attributes:
        residuals: float32 [languages, n, hidden], r.
        offsets: float32 [languages * n], r.c + c.c/2.
        whole: float32 [languages * n, languages * n], symmetric; None computes blocks when asked.
    """

    residuals: NDArray[np.float32]
    offsets: NDArray[np.float32]
    whole: NDArray[np.float32] | None = None

    def compute(self, rows: slice, columns: slice, out: NDArray[np.float32]) -> None:
        """Compute the cosines of some sentences with some others.

        Args:
            rows: of the matrix of all sentences.
            columns: of that matrix.
            out: where to, [rows, columns].
        """
        flat = self.residuals.reshape(len(self.offsets), -1)
        np.matmul(flat[rows], flat[columns].T, out=out)
        out += self.offsets[rows, None]
        out += self.offsets[columns]

    def block(self, language: int, out: NDArray[np.float32]) -> Block:
        """Give the cosines of one language's sentences with all, [n, languages, n].

        Args:
            language: position.
            out: where to compute them if they are not stored; [n, languages, n].
        """
        n = self.residuals.shape[1]
        rows = slice(language * n, (language + 1) * n)
        if self.whole is not None:
            return self.whole[rows].reshape(out.shape)
        self.compute(rows, slice(None), out.reshape(n, -1))
        return out


def similarities(
    directions: NDArray[np.float32], workers: Workers, matrix_bytes: float
) -> Similarities:
    """Compute the cosines of all sentences, each product once if the matrix may be held.

    Args:
        directions: float32 [languages, n, hidden], vectors of length 1; they are overwritten.
        workers: who compute.
        matrix_bytes: largest matrix to hold; a larger one is computed block by block, each pair of
            languages twice. The matrix is the workers' own: it holds until they make the next.
    """
    count, n, hidden = directions.shape
    size = count * n
    flat = directions.reshape(size, hidden)
    centre = flat.mean(axis=0, dtype=np.float64).astype(np.float32)
    flat -= centre
    along = np.einsum("id,d->i", flat, centre, dtype=np.float64)
    offsets = along + np.square(centre, dtype=np.float64).sum() / 2
    cosines = Similarities(directions, offsets.astype(np.float32))
    if 4 * size**2 > matrix_bytes:
        return cosines
    whole = workers.array("similarities", size, size)

    def fill(corner: tuple[int, int]) -> None:
        rows, columns = (slice(start, start + TILE) for start in corner)
        cosines.compute(rows, columns, whole[rows, columns])
        if corner[0] != corner[1]:
            whole[columns, rows] = whole[rows, columns].T

    starts = range(0, size, TILE)
    workers.map(fill, [(row, column) for row in starts for column in starts if column >= row])
    return replace(cosines, whole=whole)
