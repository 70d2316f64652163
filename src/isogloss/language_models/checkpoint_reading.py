"""The weights of an open checkpoint, read piece by piece."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.language_models.tensor_files import read_into, widen
from isogloss.language_models.tensor_writing import as_tensor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch
    from numpy.typing import NDArray

    from isogloss.language_models.checkpoints import Checkpoint


class CheckpointReader:
    """Reads pieces of the tensors of an open checkpoint; threads may share it.

    Args:
        checkpoint: what is read.
        descriptors: of its open files.
    """

    def __init__(self, checkpoint: Checkpoint, descriptors: Mapping[Path, int]) -> None:
        self._checkpoint = checkpoint
        self._descriptors = descriptors
        self._reordered = checkpoint.output_layer if checkpoint.label_order else ()

    def read(self, name: str, start: int = 0, stop: int | None = None) -> torch.Tensor:
        """Read a piece of a tensor as a torch tensor; see `read_stored`."""
        stored = self.read_stored(name, start, stop)
        return as_tensor(stored, replace(self._checkpoint.tensors[name], shape=stored.shape))

    def read_stored(self, name: str, start: int = 0, stop: int | None = None) -> NDArray[Any]:
        """Read a piece of a tensor as it is stored.

        Args:
            name: of the tensor.
            start: position of the first value in the flattened tensor.
            stop: position after the last; None is the end.

        Returns:
            [stop - start], in the dtype of the file (bfloat16 as its bits, see `STORAGE`).

        Raises:
            TensorFileError: if the file ends too early.
        """
        info = self._checkpoint.tensors[name]
        stop = info.elements if stop is None else stop
        return self._fill(name, start, np.empty(stop - start, info.storage))

    def read_float32(self, name: str, start: int, out: NDArray[np.float32]) -> None:
        """Read a piece of a tensor of floating-point numbers as float32.

        Args:
            name: of the tensor.
            start: position of the first value in the flattened tensor.
            out: contiguous, filled with as many values as it has room for.

        Raises:
            TensorFileError: if the file ends too early.
        """
        info = self._checkpoint.tensors[name]
        if info.dtype == "F32":
            self._fill(name, start, out)
        else:
            widen(self._fill(name, start, np.empty(len(out), info.storage)), info.dtype, out)

    def _fill(self, name: str, start: int, out: NDArray[Any]) -> NDArray[Any]:
        """Fill an array with a piece of a tensor, its rows in the order of the labels."""
        file, offset = self._checkpoint.places[name]
        descriptor = self._descriptors[file]
        if name not in self._reordered:
            read_into(file, descriptor, offset + start * out.itemsize, out)
            return out
        whole = np.empty(self._checkpoint.tensors[name].shape, out.dtype)
        read_into(file, descriptor, offset, whole)
        out[:] = whole[list(self._checkpoint.label_order)].reshape(-1)[start : start + len(out)]
        return out
