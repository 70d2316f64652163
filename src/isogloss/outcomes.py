"""Per-sentence outcomes of alignment as they are stored: one sample of one layer at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from isogloss.statistics.alignment_metrics import Outcomes
    from isogloss.tensors import Tensors


@dataclass(frozen=True)
class StoredOutcomes:
    """The outcomes of one pooling.

    Attributes:
        pooling: its name.
        file: where they lie, on disk or in memory.
    """

    pooling: str
    file: Tensors

    @cached_property
    def _metadata(self) -> dict[str, Any]:
        return {name: json.loads(text) for name, text in self.file.metadata.items()}

    @cached_property
    def _names(self) -> list[str]:
        return self.file.names()

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The pairs of languages, in the order of the arrays."""
        return [(first, second) for first, second in self._metadata["pairs"]]

    @property
    def samples(self) -> dict[int, list[str]]:
        """Sample -> sentence ids."""
        return {int(sample): ids for sample, ids in self._metadata["samples"].items()}

    @property
    def layers(self) -> int:
        """Number of stored states, the embedding output included."""
        return int(self.file.shape(f"{next(iter(self.samples))}/cosine")[0])

    @property
    def final_norm(self) -> bool:
        """Whether the last state has passed a norm behind the last block."""
        return bool(self._metadata["final_norm"])

    def n_pool(self, sample: int) -> int:
        """Give the number of candidates of a rank."""
        return int(self._metadata["n_pool"][str(sample)])

    def read(self, sample: int, layer: int) -> Outcomes:
        """Read all outcomes of one layer; arrays [pairs, n], [pairs] or [4]."""
        prefix = f"{sample}/"
        return {
            name.removeprefix(prefix): self.file.read(name, layer)
            for name in self._names
            if name.startswith(prefix)
        }

    def read_one(self, sample: int, layer: int, name: str) -> NDArray[Any]:
        """Read a single outcome of one layer."""
        return self.file.read(f"{sample}/{name}", layer)

    def cells(self) -> Iterator[tuple[int, int, Outcomes]]:
        """Go through sample, layer and outcomes."""
        for sample in self.samples:
            for layer in range(self.layers):
                yield sample, layer, self.read(sample, layer)
