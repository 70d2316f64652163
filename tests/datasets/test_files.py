from __future__ import annotations

import base64
import os
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from kedro.io import DatasetError
from matplotlib.figure import Figure

from isogloss.datasets import (
    AtomicCSVDataset,
    AtomicFigureDataset,
    AtomicJSONDataset,
    AtomicParquetDataset,
    AtomicTextDataset,
    OptionalTableDataset,
)
from isogloss.datasets.codecs import CODECS
from isogloss.datasets.storage import Storage
from isogloss.errors import MissingFileError, find_refusal
from isogloss.tensors import TensorTable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Unwritable:
    """Fails while it is being written."""

    attrs: Mapping[str, object] = MappingProxyType({})

    def to_parquet(self, path: Path, index: bool) -> None:
        path.write_bytes(b"half a file")
        raise OSError("disk full")


def test_a_table_keeps_its_values_types_and_attributes(tmp_path: Path) -> None:
    table = pd.DataFrame({"language": ["deu"], "layer": [3], "score": [0.1 + 0.2]})
    table.attrs["made_from"] = {"embeddings": "abc"}
    stored = AtomicParquetDataset(filepath=str(tmp_path / "deep" / "table.parquet"))
    stored.save(table)
    pd.testing.assert_frame_equal(stored.load(), table)
    assert stored.load().attrs == table.attrs


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    stored = AtomicParquetDataset(filepath=str(path))
    stored.save(pd.DataFrame({"a": [1]}))
    with pytest.raises(DatasetError, match="disk full"):
        stored.save(Unwritable())
    assert stored.load()["a"].tolist() == [1]
    assert [file.name for file in tmp_path.iterdir()] == ["table.parquet"]


def test_an_absent_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"does not exist\. Run the pipeline") as caught:
        AtomicParquetDataset(filepath=str(tmp_path / "none.parquet")).load()
    assert isinstance(find_refusal(caught.value), MissingFileError)


def test_a_preview_has_no_missing_numbers(tmp_path: Path) -> None:
    stored = AtomicParquetDataset(filepath=str(tmp_path / "table.parquet"))
    stored.save(pd.DataFrame({"score": [np.nan, 1.5, 2.5]}))
    assert stored.preview(nrows=2) == {
        "columns": ["score"],
        "index": [0, 1],
        "data": [[None], [1.5]],
    }


def test_text_only_csv_keeps_codes_that_look_like_missing_values(tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_text("language,class\nnan,0\nNA,\n", encoding="utf-8")
    table = AtomicCSVDataset(filepath=str(path), text_only=True).load()
    assert table.to_dict("list") == {"language": ["nan", "NA"], "class": ["0", ""]}


def test_a_text_keeps_every_script_and_its_file_ends_in_a_line_break(tmp_path: Path) -> None:
    stored = AtomicTextDataset(filepath=str(tmp_path / "a.txt"))
    stored.save("ಕನ್ನಡ")
    assert stored.load() == "ಕನ್ನಡ"
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "ಕನ್ನಡ\n"


def test_what_would_not_change_is_left_as_it_is(tmp_path: Path) -> None:
    stored = AtomicTextDataset(filepath=str(tmp_path / "a.txt"))
    assert stored.content_version() is None
    stored.save("one")
    first = stored.content_version()
    assert first is not None
    stored.save("one")
    assert stored.content_version() == first
    stored.save("two")
    assert stored.content_version() != first
    assert stored.load() == "two"


def test_a_damaged_table_is_refused_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    path.write_bytes(b"half a table")
    with pytest.raises(DatasetError) as caught:
        AtomicParquetDataset(filepath=str(path)).load()
    refusal = find_refusal(caught.value)
    assert str(refusal).startswith(f"{path} cannot be read as parquet (")
    assert "run again the pipeline that makes it, which writes it anew" in str(refusal)


def test_a_damaged_table_is_whole_when_it_is_saved_again(tmp_path: Path) -> None:
    stored = AtomicParquetDataset(filepath=str(tmp_path / "table.parquet"))
    table = pd.DataFrame({"word": ["one", "two", "three"] * 100})
    stored.save(table)
    whole = (tmp_path / "table.parquet").read_bytes()
    damaged = bytearray(whole)
    damaged[20] ^= 4
    (tmp_path / "table.parquet").write_bytes(damaged)
    with pytest.raises(DatasetError, match="its content does not fit its checksum"):
        stored.load()
    stored.save(table)
    assert (tmp_path / "table.parquet").read_bytes() == whole
    pd.testing.assert_frame_equal(stored.load(), table)


def test_a_damaged_file_that_no_run_makes_is_not_to_be_made_by_one(tmp_path: Path) -> None:
    for name in ("a.json", "a.parquet"):
        (tmp_path / name).write_bytes(b'{"half": ')
    named = AtomicJSONDataset(filepath=str(tmp_path / "a.json"), named_by="plan_file")
    with pytest.raises(DatasetError, match=r"damaged, put a whole one there, .* plan_file=FILE\."):
        named.load()
    supplied = OptionalTableDataset(filepath=str(tmp_path / "a.parquet"), columns=["model"])
    with pytest.raises(DatasetError, match="damaged, make it again where it was made; without it"):
        supplied.load()


def test_a_figure_is_drawn_in_every_format_and_equal_each_time(tmp_path: Path) -> None:
    stored = AtomicFigureDataset(filepath=str(tmp_path / "figure.png"))
    figure = Figure(figsize=(1, 1))
    figure.subplots().plot([0, 1])
    figure.suptitle("Gemma & others:\nevery pair")
    figure.supxlabel("n = 60 sentences. Bars: 95%\nintervals.")
    stored.save(figure)
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sorted(first) == ["figure.png", "figure.svg"]
    picture = stored.load()
    assert picture.png == first["figure.png"]
    assert picture.svg == first["figure.svg"].decode()
    assert picture.title == "Gemma & others: every pair"
    assert picture.caption == "n = 60 sentences. Bars: 95% intervals."
    assert base64.b64decode(stored.preview()) == first["figure.png"]
    for path in tmp_path.iterdir():
        path.unlink()
    stored.save(figure)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first


def test_an_optional_table_is_empty_until_somebody_supplies_it(tmp_path: Path) -> None:
    stored = OptionalTableDataset(filepath=str(tmp_path / "x.parquet"), columns=["model", "score"])
    assert stored.exists()
    assert stored.load().empty
    assert list(stored.load().columns) == ["model", "score"]
    AtomicParquetDataset(filepath=str(tmp_path / "x.parquet")).save(
        pd.DataFrame({"model": ["m"], "score": [1.0]})
    )
    assert stored.load()["score"].tolist() == [1.0]


@pytest.mark.skipif(os.name != "posix", reason="there are no rights of groups and others")
@pytest.mark.parametrize(("mask", "rights"), [(0o022, 0o644), (0o027, 0o640)])
def test_rights_of_files_follow_the_umask(tmp_path: Path, mask: int, rights: int) -> None:
    path = tmp_path / "vectors.safetensors"
    table = TensorTable({"mean": np.zeros(3, np.float32)})
    before = os.umask(mask)
    try:
        Storage(str(path)).write(str(path), lambda name: CODECS["safetensors"].write(table, name))
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == rights


def test_an_absent_file_that_no_run_makes_says_how_to_name_another(tmp_path: Path) -> None:
    dataset = AtomicJSONDataset(filepath=str(tmp_path / "lists.json"), named_by="example_lists")
    with pytest.raises(DatasetError) as caught:
        dataset.load()
    assert str(caught.value.__cause__) == (
        f"{tmp_path}/lists.json does not exist. No run makes it: put it there, or name yours with "
        "--params example_lists=FILE."
    )
