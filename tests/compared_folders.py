"""Whether two data folders, each on a disk or in a store, hold the same results."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import numpy as np
import pandas as pd
import safetensors.numpy

from isogloss.datasets.storage import Storage

# When and where a run was made; what copies it beside its tables.
OWN_FACTS = ("08_reporting/run_facts.json", "08_reporting/report.html")


def contents(folder: Storage) -> dict[str, bytes]:
    """Give name -> content of all files, but for those that tell of the run itself."""
    root = folder.path.rstrip("/") + "/"
    found = folder.read_many(folder.find(folder.path))
    named = {path.removeprefix(root): content for path, content in found.items()}
    return {name: content for name, content in named.items() if name not in OWN_FACTS}


def differences(one: Storage, other: Storage) -> list[str]:
    """Name the files that only one holds, or that hold other values."""
    left, right = contents(one), contents(other)
    alone = [f"only once: {name}" for name in sorted(left.keys() ^ right.keys())]
    common = sorted(left.keys() & right.keys())
    return alone + [name for name in common if not _equal(name, left[name], right[name])]


def _equal(name: str, left: bytes, right: bytes) -> bool:
    if left == right:
        return True
    compare = COMPARED.get(name.rpartition(".")[2])
    return compare is not None and compare(left, right)


def _equal_tables(left: bytes, right: bytes) -> bool:
    one, other = (pd.read_parquet(io.BytesIO(content)) for content in (left, right))
    return one.equals(other) and one.attrs == other.attrs


def _equal_tensors(left: bytes, right: bytes) -> bool:
    # The library writes the texts beside them in any order.
    headers = [
        json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")]) for data in (left, right)
    ]
    one, other = (safetensors.numpy.load(content) for content in (left, right))
    same = (np.array_equal(one[name], other[name], equal_nan=True) for name in one)
    return headers[0] == headers[1] and all(same)


def _equal_markers(left: bytes, right: bytes) -> bool:
    one, other = (json.loads(content) for content in (left, right))
    if not (isinstance(one, dict) and "crc32" in one):
        return False
    return {**one, "crc32": None} == {**other, "crc32": None}


COMPARED: dict[str, Callable[[bytes, bytes], bool]] = {
    "json": _equal_markers,
    "parquet": _equal_tables,
    "safetensors": _equal_tensors,
}
