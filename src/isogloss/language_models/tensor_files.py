"""Safetensors files read in pieces, so that no tensor need fit in memory.

A safetensors file is the length of its header (8 bytes), the header (JSON: name -> dtype, shape and
place) and then the tensors' bytes; see https://huggingface.co/docs/safetensors.

Files are read, not mapped: pages of a mapped file count as memory of the process, and if the file
is cut short meanwhile the system kills the process instead of reporting an error.
"""

from __future__ import annotations

import math
import os
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from isogloss.errors import MissingFileError, Refusal
from isogloss.json_texts import parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

FloatName = Literal["float32", "float16", "bfloat16"]
FLOATS = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}
"""Names of floating-point dtypes in safetensors and in torch."""
STORAGE = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<i2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "|i1",
    "U8": "|u1",
    "BOOL": "|b1",
}
"""How numpy holds each dtype; it has no bfloat16 and keeps the bits as integers."""
LENGTH_BYTES = 8
LONGEST_HEADER = 100_000_000
"""In bytes, as in the safetensors library."""
SAMPLE_BYTES = 1 << 12
"""Read of each tensor to tell files apart."""


class TensorFileError(Refusal):
    """A safetensors file is damaged, or holds what cannot be read here."""


@dataclass(frozen=True)
class TensorInfo:
    """What is known of a tensor without reading it.

    Attributes:
        shape: its axes.
        dtype: as safetensors names it, for example `F32` or `BF16`.
    """

    shape: tuple[int, ...]
    dtype: str

    @property
    def elements(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)

    @property
    def bytes(self) -> int:
        """How much room it takes in its file."""
        return self.elements * self.storage.itemsize

    @property
    def storage(self) -> np.dtype[Any]:
        """How numpy holds its numbers (see `STORAGE`)."""
        return np.dtype(STORAGE[self.dtype])

    @property
    def is_floating(self) -> bool:
        """Whether it holds floating-point numbers, which can be merged."""
        return self.dtype in FLOATS

    def stored_as(self, dtype: FloatName) -> TensorInfo:
        """Give the same tensor in another floating-point dtype; integers stay what they are."""
        codes = {name: code for code, name in FLOATS.items()}
        return replace(self, dtype=codes[dtype]) if self.is_floating else self


@dataclass(frozen=True)
class TensorFileHeader:
    """What stands at the head of a safetensors file.

    Attributes:
        tensors: name -> what it is, in the order of their bytes.
        offsets: name -> where its bytes begin in the file.
        metadata: name -> text.
    """

    tensors: Mapping[str, TensorInfo]
    offsets: Mapping[str, int]
    metadata: Mapping[str, str]


def read_header(path: Path) -> TensorFileHeader:
    """Read what a safetensors file holds, and check that all of it is there.

    Args:
        path: of the file.

    Raises:
        MissingFileError: if there is no such file.
        TensorFileError: if it is no safetensors file, is cut short, or holds a dtype that cannot be
            read here (8-bit floats).
    """
    if not path.is_file():
        raise MissingFileError(f"{path} does not exist. Copy it there, or make it again.")
    size = path.stat().st_size
    with path.open("rb") as file:
        length = int.from_bytes(file.read(LENGTH_BYTES), "little")
        if not 0 < length <= min(LONGEST_HEADER, size - LENGTH_BYTES):
            raise _no_tensor_file(path)
        text = file.read(length)
    header = _parse_header(path, text, LENGTH_BYTES + length)
    end = max(
        (offset + header.tensors[name].bytes for name, offset in header.offsets.items()), default=0
    )
    if size < end:
        raise TensorFileError(
            f"{path} is cut short: it has {size:,} of {end:,} bytes. Copy it again, or delete it "
            "and make it again."
        )
    return header


def _parse_header(path: Path, text: bytes, start: int) -> TensorFileHeader:
    try:
        content = parse_json(text)
        metadata = content.pop("__metadata__", {})
        ordered = sorted(content.items(), key=lambda entry: entry[1]["data_offsets"])
        tensors = {
            name: TensorInfo(tuple(map(int, entry["shape"])), str(entry["dtype"]))
            for name, entry in ordered
        }
        places = {name: tuple(map(int, entry["data_offsets"])) for name, entry in ordered}
    except (ValueError, TypeError, KeyError, AttributeError):
        raise _no_tensor_file(path) from None
    for name, info in tensors.items():
        if info.dtype not in STORAGE:
            raise TensorFileError(
                f"{path}: tensor '{name}' is stored as {info.dtype}, which cannot be read here "
                f"(only {', '.join(STORAGE)}). Save the model as float32, float16 or bfloat16."
            )
        if places[name] != (places[name][0], places[name][0] + info.bytes):
            raise _no_tensor_file(path)
    return TensorFileHeader(
        tensors, {name: start + first for name, (first, _) in places.items()}, metadata
    )


def _no_tensor_file(path: Path) -> TensorFileError:
    return TensorFileError(
        f"{path} is no safetensors file, or its header is damaged (a pointer of Git LFS looks so, "
        "too). Copy it again, or delete it and make it again."
    )


def read_into(path: Path, descriptor: int, offset: int, out: NDArray[Any]) -> None:
    """Fill an array with bytes of a file; any number of threads may do so at once.

    Args:
        path: for the message.
        descriptor: of the open file.
        offset: of the first byte.
        out: contiguous, of any dtype.

    Raises:
        TensorFileError: if the file ends too early.
    """
    view = out.reshape(-1).view(np.uint8).data
    while view:
        count = os.preadv(descriptor, [view], offset)
        if count == 0:
            raise TensorFileError(
                f"{path} was cut short while it was read: it ends before byte {offset:,}. Copy it "
                "again, or delete it and make it again."
            )
        view, offset = view[count:], offset + count


def widen(raw: NDArray[Any], dtype: str, out: NDArray[np.float32]) -> None:
    """Turn stored floating-point numbers into float32: exactly, unless they are float64.

    Args:
        raw: as stored (see `STORAGE`).
        dtype: as safetensors names it.
        out: as long as `raw`.
    """
    if dtype == "BF16":
        # A bfloat16 is the upper half of a float32.
        bits = out.view(np.uint32)
        bits[:] = raw.view(np.uint16)
        bits <<= 16
    else:
        # A float64 beyond the range of float32 becomes infinite, which is refused later on.
        with np.errstate(over="ignore"):
            out[:] = raw


def sample_checksum(path: Path) -> int:
    """Give the CRC-32 of a file's header and of the first 4 KiB of each tensor.

    It tells trained models apart, and files that were replaced or written in part, at a thousandth
    of the cost of reading the whole; it does not see a flipped bit further inside a tensor.

    Args:
        path: of a safetensors file.

    Raises:
        TensorFileError: as `read_header`.
    """
    header = read_header(path)
    with path.open("rb") as file:
        checksum = zlib.crc32(file.read(min(header.offsets.values(), default=LENGTH_BYTES)))
        for name, info in header.tensors.items():
            file.seek(header.offsets[name])
            checksum = zlib.crc32(file.read(min(SAMPLE_BYTES, info.bytes)), checksum)
    return checksum
