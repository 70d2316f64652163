from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from isogloss.errors import MissingFileError, NotFiniteError
from isogloss.language_models.tensor_files import (
    SAMPLE_BYTES,
    TensorFileError,
    TensorInfo,
    read_header,
    read_into,
    sample_checksum,
    widen,
)
from isogloss.language_models.tensor_writing import StateDictWriter, TensorFileWriter, as_tensor

if TYPE_CHECKING:
    from pathlib import Path

TENSORS = {
    "ids": torch.arange(6),
    "mask": torch.tensor([True, False, True]),
    "empty": torch.empty(0, 3),
    "number": torch.tensor(2.5),
    "half": torch.randn(5, 2).half(),
    "brain": torch.randn(3, 4).bfloat16(),
    "weight": torch.randn(4, 5),
}
DTYPES = {"ids": "I64", "mask": "BOOL", "half": "F16", "brain": "BF16"}
INFOS = {
    name: TensorInfo(tuple(tensor.shape), DTYPES.get(name, "F32"))
    for name, tensor in TENSORS.items()
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    save_file(TENSORS, tmp_path / "a.safetensors", metadata={"note": "ü"})
    return tmp_path / "a.safetensors"


def test_header_says_what_the_library_says_and_where_the_bytes_are(file: Path) -> None:
    header = read_header(file)
    assert header.tensors == INFOS
    assert header.metadata == {"note": "ü"}
    with file.open("rb") as opened:
        for name, info in header.tensors.items():
            stored = np.empty(info.elements, info.storage)
            read_into(file, opened.fileno(), header.offsets[name], stored)
            assert torch.equal(as_tensor(stored, info), TENSORS[name])
    assert list(header.offsets.values()) == sorted(header.offsets.values())


def test_absent_cut_and_other_files_are_refused(file: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"none\.safetensors does not exist"):
        read_header(tmp_path / "none.safetensors")
    size = file.stat().st_size
    os.truncate(file, size - 7)
    with pytest.raises(TensorFileError, match=rf"is cut short: it has {size - 7} of {size} bytes"):
        read_header(file)
    for content in (
        b"version https://git-lfs.github.com/spec/v1\n",
        b"",
        (3).to_bytes(8, "little") + b"[1]",
        (9).to_bytes(8, "little") + b'{"a": {}}',
    ):
        file.write_bytes(content)
        with pytest.raises(TensorFileError, match="is no safetensors file, or its header"):
            read_header(file)


def test_lengths_that_contradict_shapes_are_refused(tmp_path: Path) -> None:
    entry = {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}
    text = json.dumps({"a": entry}).encode()
    path = tmp_path / "a.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(4))
    with pytest.raises(TensorFileError, match="its header is damaged"):
        read_header(path)


def test_eight_bit_floats_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_file({"weight": torch.ones(2, 2).to(torch.float8_e4m3fn)}, path)
    with pytest.raises(TensorFileError, match="'weight' is stored as F8_E4M3.*Save the model as"):
        read_header(path)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_widening_is_that_of_torch(dtype: torch.dtype) -> None:
    values = torch.cat([torch.randn(100), torch.tensor([0.0, -0.0, 3e38, 1e-40, 65504])]).to(dtype)
    code = {torch.bfloat16: "BF16", torch.float16: "F16", torch.float64: "F64"}[dtype]
    raw = values.view(torch.int16) if dtype is torch.bfloat16 else values
    out = np.empty(len(values), np.float32)
    widen(raw.numpy(), code, out)
    assert torch.equal(torch.from_numpy(out), values.float())


def test_checksum_sees_every_tensor_and_the_header(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    tensors = {"long": torch.zeros(SAMPLE_BYTES), "short": torch.zeros(3)}
    seen = set()
    for name, place, note in (
        ("short", 0, "a"),
        ("short", 2, "a"),
        ("long", 1000, "a"),
        ("long", 1000, "b"),
    ):
        changed = {key: tensor.clone() for key, tensor in tensors.items()}
        changed[name][place] = 1
        save_file(changed, path, metadata={"note": note})
        seen.add(sample_checksum(path))
        assert sample_checksum(path) == sample_checksum(path)
    assert len(seen) == 4


def write_in_pieces(writer: TensorFileWriter | StateDictWriter, step: int) -> None:
    for name, tensor in TENSORS.items():
        flat = tensor.flatten()
        values = (flat.float() if flat.is_floating_point() else flat).numpy()
        for start in range(0, len(values), step):
            writer.write(name, start, values[start : start + step])


@pytest.mark.parametrize("step", [1, 3, 100])
def test_pieces_make_the_file_that_the_library_reads(tmp_path: Path, step: int) -> None:
    path = tmp_path / "b.safetensors"
    with TensorFileWriter(path, INFOS, {"format": "pt"}) as writer:
        write_in_pieces(writer, step)
        assert not path.exists()
    loaded = load_file(path)
    assert loaded.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert torch.equal(loaded[name], tensor)
    with safe_open(path, "pt") as opened:
        assert opened.metadata() == {"format": "pt"}
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_pieces_make_a_state_dict() -> None:
    writer = StateDictWriter(INFOS)
    write_in_pieces(writer, 2)
    for name, tensor in writer.state_dict().items():
        assert tensor.dtype == TENSORS[name].dtype
        assert torch.equal(tensor, TENSORS[name])


def test_what_is_not_finished_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "b.safetensors"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="killed"):
        with TensorFileWriter(path, INFOS, {}) as writer:
            write_in_pieces(writer, 3)
            raise RuntimeError("killed")
    with pytest.raises(ValueError, match="'weight' was not written whole"):
        with TensorFileWriter(path, {"weight": INFOS["weight"]}, {}) as writer:
            writer.write("weight", 0, np.zeros(19, np.float32))
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_stored_as_changes_floats_only() -> None:
    assert INFOS["weight"].stored_as("bfloat16") == TensorInfo((4, 5), "BF16")
    assert INFOS["brain"].stored_as("float32") == TensorInfo((3, 4), "F32")
    assert INFOS["ids"].stored_as("float16") == INFOS["ids"]


def test_values_beyond_float16_are_refused() -> None:
    writer = StateDictWriter({"a": TensorInfo((2,), "F16")})
    with pytest.raises(NotFiniteError, match=r"'a': 65520 is too large for float16"):
        writer.write("a", 0, np.array([1, -65520], np.float32))
    writer.write("a", 0, np.array([1, -65504], np.float32))
