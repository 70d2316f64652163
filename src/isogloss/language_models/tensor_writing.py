"""Tensors taken in pieces of float32: into a safetensors file, or into a state dict in memory."""

from __future__ import annotations

import json
import os
import uuid
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeAlias

import numpy as np

from isogloss.errors import NotFiniteError
from isogloss.language_models.tensor_files import LENGTH_BYTES, STORAGE, TensorInfo

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch
    from numpy.typing import NDArray

StateDict: TypeAlias = "dict[str, torch.Tensor]"
"""The weights of a model by name, as `load_state_dict` takes them."""


class TensorWriter(Protocol):
    """Takes the tensors of a model in pieces."""

    def write(self, name: str, start: int, values: NDArray[Any]) -> None:
        """Take a piece of a tensor; it is stored in the dtype that was announced.

        Args:
            name: of the tensor.
            start: position of the first value in the flattened tensor.
            values: of one axis; float32, or as stored for a tensor of integers.

        Raises:
            NotFiniteError: if a value is too large for the dtype.
        """


class TensorFileWriter:
    """Writes a safetensors file piece by piece; it appears whole when the `with` block ends.

    Args:
        path: of the file; an old one is replaced.
        tensors: what it will hold.
        metadata: texts to keep with them.
        called: what messages call it; None is its path.
    """

    def __init__(
        self,
        path: Path,
        tensors: Mapping[str, TensorInfo],
        metadata: Mapping[str, str],
        called: Path | None = None,
    ) -> None:
        self._path = path
        self._called = called or path
        self._temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        self._tensors = tensors
        self._header, self._offsets, self._size = _lay_out(tensors, metadata)
        self._missing = {name: info.elements for name, info in tensors.items()}

    def __enter__(self) -> Self:
        self._file = self._temporary.open("xb", buffering=0)
        self._file.write(self._header)
        self._file.truncate(self._size)
        return self

    def write(self, name: str, start: int, values: NDArray[Any]) -> None:
        """Write a piece of a tensor, once; see `TensorWriter.write`."""
        stored = _narrow(values, self._tensors[name].dtype, f"{self._called}, tensor '{name}'")
        raw, offset = stored.view(np.uint8).data, self._offsets[name] + start * stored.itemsize
        while raw:
            count = os.pwrite(self._file.fileno(), raw, offset)
            raw, offset = raw[count:], offset + count
        self._missing[name] -= len(values)

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        try:
            with self._file:
                if error is None:
                    os.fsync(self._file.fileno())
            if error is None:
                if lacking := [name for name, missing in self._missing.items() if missing]:
                    raise ValueError(f"{self._path}: '{lacking[0]}' was not written whole")
                self._temporary.replace(self._path)
        finally:
            self._temporary.unlink(missing_ok=True)


class StateDictWriter:
    """Fills the tensors of a model in memory.

    Args:
        tensors: what it will hold.
    """

    def __init__(self, tensors: Mapping[str, TensorInfo]) -> None:
        self._tensors = tensors
        self._stored = {
            name: np.empty(info.elements, info.storage) for name, info in tensors.items()
        }

    def write(self, name: str, start: int, values: NDArray[Any]) -> None:
        """Take a piece of a tensor; see `TensorWriter.write`."""
        stored = _narrow(values, self._tensors[name].dtype, f"Tensor '{name}'")
        self._stored[name][start : start + len(values)] = stored

    def state_dict(self) -> StateDict:
        """Give the tensors by name; they are not copied."""
        return {name: as_tensor(self._stored[name], info) for name, info in self._tensors.items()}


def as_tensor(stored: NDArray[Any], info: TensorInfo) -> torch.Tensor:
    """Give a tensor's stored numbers to torch; they are not copied.

    Args:
        stored: all of them, as numpy holds them (see `STORAGE`).
        info: what they are.
    """
    import torch

    tensor = torch.from_numpy(stored)
    if info.dtype == "BF16":
        tensor = tensor.view(torch.bfloat16)
    return tensor.reshape(info.shape)


def _narrow(values: NDArray[Any], dtype: str, where: str) -> NDArray[Any]:
    """Round float32 to a stored dtype, to the nearest and halfway to even; pass integers on."""
    if dtype == "BF16":
        import torch

        return torch.from_numpy(values).to(torch.bfloat16).view(torch.int16).numpy()
    if dtype != "F16":
        return np.ascontiguousarray(values, STORAGE[dtype])
    with np.errstate(over="ignore"):
        narrow = values.astype(np.float16)
    if not np.isfinite(narrow).all():
        raise NotFiniteError(
            f"{where}: {np.abs(values).max():g} is too large for float16 (largest: 65504). "
            "Write the merged models as bfloat16 or float32 (merging.dtype)."
        )
    return narrow


def _lay_out(
    tensors: Mapping[str, TensorInfo], metadata: Mapping[str, str]
) -> tuple[bytes, dict[str, int], int]:
    """Give the header of a file, where each tensor begins, and the size of it all in bytes."""
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    starts, end = {}, 0
    # By width, as the safetensors library does: so each begins at a multiple of its width.
    for name in sorted(tensors, key=lambda name: (-tensors[name].storage.itemsize, name)):
        info = tensors[name]
        starts[name] = end
        header[name] = {
            "dtype": info.dtype,
            "shape": list(info.shape),
            "data_offsets": [end, end + info.bytes],
        }
        end += info.bytes
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-len(text) % LENGTH_BYTES)
    head = len(text).to_bytes(LENGTH_BYTES, "little") + text
    offsets = {name: len(head) + start for name, start in starts.items()}
    return head, offsets, len(head) + end
