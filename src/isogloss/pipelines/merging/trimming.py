"""Which differences from the base TIES keeps: those of the largest magnitude, found exactly.

The k-th largest of many magnitudes is found without holding or sorting them. The bits of a float32
that is not negative, read as an integer, grow with its value; so a first look counts the values by
their leading 16 bits, which tells in which of 65,536 bins the k-th largest lies, and a second look
counts those of that bin by their trailing 15 bits, which tells its value (a radix selection).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

Scope = Literal["tensor", "model"]
WHOLE_MODEL = ""
"""Stands for the name of a tensor where one threshold holds for all."""
TRAILING_BITS = 15
LEADING_BINS, TRAILING_BINS = 1 << 16, 1 << TRAILING_BITS


class TrimmingError(Refusal):
    """Thresholds are missing, or were found for other sources."""


@dataclass(frozen=True)
class TrimThresholds:
    """The least magnitude of a difference from the base that TIES keeps.

    All values of at least the k-th largest magnitude are kept, with k = max(1, floor(density * n))
    as in mergekit. Values equal to the k-th largest are all kept, where mergekit keeps k values and
    leaves to the sorting which; `kept` says how many there are.

    Attributes:
        scope: `tensor` (as mergekit trims: n values of each tensor) or `model` (as in the paper:
            of all tensors together).
        sources: names, in order.
        densities: in order.
        values: tensor (`WHOLE_MODEL` if `scope` is `model`) -> float32 [densities, sources].
        kept: likewise, int64: how many values are kept.
    """

    scope: Scope
    sources: tuple[str, ...]
    densities: tuple[float, ...]
    values: Mapping[str, NDArray[np.float32]]
    kept: Mapping[str, NDArray[np.int64]]

    def of(self, tensor: str, density: float) -> NDArray[np.float32]:
        """Give the thresholds of all sources for a tensor, float32 [sources].

        Raises:
            TrimmingError: if they were not looked for.
        """
        key = WHOLE_MODEL if self.scope == "model" else tensor
        if density not in self.densities or key not in self.values:
            raise TrimmingError(
                f"There is no threshold for density {density} of '{tensor}' (densities: "
                f"{', '.join(map(str, self.densities))}). Examine the sources with this density."
            )
        thresholds: NDArray[np.float32] = self.values[key][self.densities.index(density)]
        return thresholds

    def require(self, sources: Sequence[str]) -> None:
        """Refuse thresholds that were found for other sources.

        Raises:
            TrimmingError: if names or order differ.
        """
        if tuple(sources) != self.sources:
            raise TrimmingError(
                f"The thresholds are those of {', '.join(self.sources)}; the sources are "
                f"{', '.join(sources)}. Examine these sources."
            )


class ThresholdSearch:
    """Looks for the k-th largest magnitudes of several rows at once, in two looks at all values.

    It takes 512 KiB a row and 256 KiB more for each density. Threads may share it.

    Args:
        rows: how many.
        elements: n, values of each row.
        densities: in (0, 1].
    """

    def __init__(self, rows: int, elements: int, densities: Sequence[float]) -> None:
        if outside := [density for density in densities if not 0 < density <= 1]:
            raise TrimmingError(f"Density {outside[0]} is not in (0, 1]. Correct it.")
        self._ranks = [max(1, int(density * elements)) for density in densities]
        self._leading = np.zeros((rows, LEADING_BINS), np.int64)
        self._lock = threading.Lock()

    def count(self, magnitudes: NDArray[np.float32]) -> None:
        """Take a first look at some values, float32 [rows, any number], not negative."""
        for row, bits in enumerate(magnitudes.view(np.int32)):
            counts = np.bincount(bits >> TRAILING_BITS, minlength=LEADING_BINS)
            with self._lock:
                self._leading[row] += counts

    def settle(self) -> None:
        """End the first look."""
        shape = (len(self._ranks), len(self._leading))
        self._bins, self._above = np.empty(shape, np.int64), np.empty(shape, np.int64)
        self._trailing = np.zeros((*shape, TRAILING_BINS), np.int64)
        for row, counts in enumerate(self._leading):
            for density, rank in enumerate(self._ranks):
                found, reached = _bin_of(rank, counts)
                self._bins[density, row] = found
                self._above[density, row] = reached - counts[found]

    def refine(self, magnitudes: NDArray[np.float32]) -> None:
        """Take a second look at some values, as in `count`; each must be seen again once."""
        for row, bits in enumerate(magnitudes.view(np.int32)):
            leading = bits >> TRAILING_BITS
            for density, found in enumerate(self._bins[:, row]):
                inside = bits[leading == found] & (TRAILING_BINS - 1)
                counts = np.bincount(inside, minlength=TRAILING_BINS)
                with self._lock:
                    self._trailing[density, row] += counts

    def thresholds(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """End the second look.

        Returns:
            the k-th largest magnitudes, float32 [densities, rows], and how many values are at
            least as large, int64 [densities, rows].
        """
        bits, kept = np.empty(self._bins.shape, np.int32), np.empty_like(self._bins)
        for place in np.ndindex(bits.shape):
            rank = self._ranks[place[0]] - int(self._above[place])
            trailing, reached = _bin_of(rank, self._trailing[place])
            bits[place] = self._bins[place] << TRAILING_BITS | trailing
            kept[place] = self._above[place] + reached
        return bits.view(np.float32), kept


def _bin_of(rank: int, counts: NDArray[np.int64]) -> tuple[int, int]:
    """Give the bin of the value of some rank from above, and how many values are in or above it."""
    at_least = counts[::-1].cumsum()[::-1]
    # at_least falls from bin to bin, so the bin looked for is the last that reaches the rank.
    found = int(np.count_nonzero(at_least >= rank)) - 1
    return found, int(at_least[found])
