"""How each kind of file is written to and read from a local path."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from safetensors.numpy import save_file

from isogloss.datasets.parquet_seals import require_whole, seal
from isogloss.json_texts import parse_json
from isogloss.language_models.checkpoint_opening import open_checkpoint
from isogloss.language_models.checkpoint_writing import write_checkpoint
from isogloss.language_models.tensor_files import TensorFileError, sample_checksum
from isogloss.provenance import READ_FROM, share_sources
from isogloss.tensors import TensorFile, TensorTable, order_header, telling_system_errors

if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK_BYTES = 1 << 24
NO_CHECKSUM = -1
"""Of a file that is too damaged to have one."""


def file_checksum(path: Path) -> int:
    """Give the CRC-32 of a whole file."""
    checksum = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            checksum = zlib.crc32(chunk, checksum)
    return checksum


@dataclass(frozen=True)
class Codec:
    """A file format.

    Attributes:
        suffix: of its files.
        write: a value to a local path.
        read: what lies at a local path.
        checksum: tells a file from a damaged or another one.
        lazy: whether what is read goes on reading the file; it has a field `kept` then, for
            whatever keeps the file there.
    """

    suffix: str
    write: Callable[[Any, Path], None]
    read: Callable[[str], Any]
    checksum: Callable[[Path], int] = file_checksum
    lazy: bool = False


def _write_parquet(table: pd.DataFrame, path: Path) -> None:
    if READ_FROM in table.attrs:
        # A result is the same wherever its inputs lie.
        table = table.copy(deep=False)
        table.attrs = {name: value for name, value in table.attrs.items() if name != READ_FROM}
    table.to_parquet(path, index=False)
    seal(path)


def _read_parquet(path: str) -> pd.DataFrame:
    require_whole(Path(path))
    return share_sources(pd.read_parquet(path))


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, lineterminator="\n")


def _write_json(value: Any, path: Path) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def _read_json(path: str) -> Any:
    return parse_json(Path(path).read_text(encoding="utf-8"))


def _write_text(text: str, path: Path) -> None:
    path.write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")


def _read_text(path: str) -> str:
    return Path(path).read_text(encoding="utf-8").removesuffix("\n")


def _write_safetensors(table: TensorTable, path: Path) -> None:
    with telling_system_errors():
        save_file(dict(table.tensors), path, metadata=dict(table.metadata))
    order_header(path)


def _checkpoint_checksum(path: Path) -> int:
    # A checkpoint is read when it is merged, once and in pieces. Reading all of it before, to check
    # it, would double the cost of merging (52 models of XLM-R: 58 GB).
    try:
        return sample_checksum(path)
    except TensorFileError:
        return NO_CHECKSUM


# What libraries raise over damaged files, those of parquet anything of it.
UNREADABLE = (
    *(OSError, ValueError, LookupError, TypeError, AttributeError),
    *(ArithmeticError, MemoryError, NotImplementedError),
)

CODECS = {
    "parquet": Codec(".parquet", _write_parquet, _read_parquet),
    "csv": Codec(".csv", _write_csv, pd.read_csv),
    "json": Codec(".json", _write_json, _read_json),
    "text": Codec(".txt", _write_text, _read_text),
    "safetensors": Codec(".safetensors", _write_safetensors, TensorFile, lazy=True),
    "checkpoint": Codec(
        ".safetensors", write_checkpoint, open_checkpoint, _checkpoint_checksum, lazy=True
    ),
}
