"""Named arrays with metadata, as they lie in a safetensors file."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import safe_open

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray


@dataclass(frozen=True)
class TensorTable:
    """Arrays to be saved together.

    Attributes:
        tensors: name -> array.
        metadata: name -> text; JSON for anything that is not text.
    """

    tensors: Mapping[str, NDArray[Any]]
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TensorFile:
    """A safetensors file of which single arrays, or slices of them, are read when asked for.

    Attributes:
        path: a local file.
    """

    path: str

    @property
    def metadata(self) -> dict[str, str]:
        """The texts saved with the arrays."""
        with self._open() as file:
            return dict(file.metadata() or {})

    def names(self) -> list[str]:
        """List the arrays in the file."""
        with self._open() as file:
            return sorted(file.keys())

    def shape(self, name: str) -> tuple[int, ...]:
        """Give the shape of an array without reading it."""
        with self._open() as file:
            return tuple(file.get_slice(name).get_shape())

    def read(self, name: str, index: int | slice | None = None) -> NDArray[Any]:
        """Read an array, or one index or slice of its first axis.

        Args:
            name: of the array.
            index: position or slice along the first axis; None reads all.
        """
        with self._open() as file:
            if index is None:
                return np.asarray(file.get_tensor(name))
            return np.asarray(file.get_slice(name)[index])

    @contextmanager
    def _open(self) -> Iterator[Any]:
        with safe_open(self.path, framework="np") as file:
            yield file
