"""Named arrays with metadata, in a safetensors file or in memory."""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from safetensors import SafetensorError, safe_open

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray


_SYSTEM_ERROR = re.compile(r"\(os error (\d+)\)")
_LENGTH_BYTES = 8
"""In front of a safetensors file: how long its header is."""


class Tensors(Protocol):
    """Named arrays, wherever they lie."""

    @property
    def metadata(self) -> Mapping[str, str]:
        """The texts kept with the arrays."""

    def names(self) -> list[str]:
        """List the arrays."""

    def shape(self, name: str) -> tuple[int, ...]:
        """Give the shape of an array without reading it."""

    def read(self, name: str, index: int | slice | None = None) -> NDArray[Any]:
        """Read an array, or one index or slice of its first axis.

        Args:
            name: of the array.
            index: position or slice along the first axis; None reads all.
        """


@contextmanager
def telling_system_errors() -> Iterator[None]:
    """Raise what the system said to the safetensors library, such as that a disk is full.

    Raises:
        OSError: with its number.
    """
    try:
        yield
    except SafetensorError as error:
        found = _SYSTEM_ERROR.search(str(error))
        if found is None:
            raise
        raise OSError(int(found[1]), os.strerror(int(found[1]))) from error


def order_header(path: Path) -> None:
    """Put the metadata of a safetensors file in order, so that equal contents are equal files.

    The library writes them in an order that changes from process to process.

    Args:
        path: of a file that nobody reads yet.
    """
    with path.open("r+b") as file:
        length = int.from_bytes(file.read(_LENGTH_BYTES), "little")
        header = json.loads(file.read(length))
        if "__metadata__" not in header:
            return
        header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
        text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
        if len(text) > length:
            return
        file.seek(_LENGTH_BYTES)
        # Headers are padded with blanks.
        file.write(text.ljust(length))


@dataclass(frozen=True)
class TensorTable:
    """Arrays in memory, to be saved together or read like a file.

    Attributes:
        tensors: name -> array.
        metadata: name -> text; JSON for anything that is not text.
    """

    tensors: Mapping[str, NDArray[Any]]
    metadata: Mapping[str, str] = field(default_factory=dict)

    def names(self) -> list[str]:
        """List the arrays."""
        return sorted(self.tensors)

    def shape(self, name: str) -> tuple[int, ...]:
        """Give the shape of an array."""
        return self.tensors[name].shape

    def read(self, name: str, index: int | slice | None = None) -> NDArray[Any]:
        """Give an array, or one index or slice of its first axis; see `Tensors.read`."""
        tensor = self.tensors[name]
        return tensor if index is None else np.asarray(tensor[index])


@dataclass(frozen=True)
class TensorFile:
    """A safetensors file of which single arrays, or slices of them, are read when asked for.

    Attributes:
        path: a local file.
        kept: the file is there as long as this is.
    """

    path: str
    kept: object = field(default=None, repr=False, compare=False)

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
        """Read an array, or one index or slice of its first axis; see `Tensors.read`."""
        with self._open() as file:
            if index is None:
                return np.asarray(file.get_tensor(name))
            return np.asarray(file.get_slice(name)[index])

    @contextmanager
    def _open(self) -> Iterator[Any]:
        with safe_open(self.path, framework="np") as file:
            yield file
