"""How each kind of file is written to and read from a local path."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from safetensors.numpy import save_file

from isogloss.tensors import TensorFile, TensorTable

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Codec:
    """A file format: the suffix of its files and how to write and read one."""

    suffix: str
    write: Callable[[Any, Path], None]
    read: Callable[[str], Any]


def _write_parquet(table: pd.DataFrame, path: Path) -> None:
    table.to_parquet(path, index=False)


def _write_csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, lineterminator="\n")


def _write_json(value: Any, path: Path) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def _read_json(path: str) -> Any:
    return json.loads(Path(path).read_text(encoding="utf-8"))


def _write_text(text: str, path: Path) -> None:
    path.write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")


def _read_text(path: str) -> str:
    return Path(path).read_text(encoding="utf-8").removesuffix("\n")


def _write_safetensors(table: TensorTable, path: Path) -> None:
    save_file(dict(table.tensors), path, metadata=dict(table.metadata))


CODECS = {
    "parquet": Codec(".parquet", _write_parquet, pd.read_parquet),
    "csv": Codec(".csv", _write_csv, pd.read_csv),
    "json": Codec(".json", _write_json, _read_json),
    "text": Codec(".txt", _write_text, _read_text),
    "safetensors": Codec(".safetensors", _write_safetensors, TensorFile),
}
