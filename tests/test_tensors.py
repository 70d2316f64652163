from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

from isogloss.tensors import order_header

METADATA = {
    "sentence_ids": json.dumps(["a", "b"]),
    "note": 'a "quoted"\nline, \u00e4\u4e2d \U0001f600 \x01',
    **{f"key{number}": str(number) for number in range(20)},
}


def test_metadata_are_put_in_order_and_nothing_else_is_changed(tmp_path: Path) -> None:
    arrays = {"b": np.arange(6.0).reshape(2, 3), "a": np.ones(1, "float32")}
    written = []
    for number in range(4):
        path = tmp_path / f"{number}.safetensors"
        save_file(arrays, path, metadata=METADATA)
        size = path.stat().st_size
        order_header(path)
        assert path.stat().st_size == size
        written.append(path.read_bytes())
    assert len(set(written)) == 1
    with safe_open(path, "np") as file:
        assert file.metadata() == METADATA
        assert all(np.array_equal(file.get_tensor(name), arrays[name]) for name in arrays)


def test_a_file_without_metadata_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    save_file({"a": np.ones(3)}, path)
    before = path.read_bytes()
    order_header(path)
    assert path.read_bytes() == before
