from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from kedro.io import DatasetError

from isogloss.datasets import AtomicCSVDataset, AtomicParquetDataset
from isogloss.datasets.text_tables import TextTableError, read_text_table
from isogloss.errors import MissingFileError, find_refusal
from isogloss.provenance import READ_FROM

if TYPE_CHECKING:
    from pathlib import Path

TABLE = {"question": ["f120", "f121"], "text": ['"One", he said; so', "two\nlines"]}


def written(folder: Path, content: str | bytes) -> str:
    path = folder / "topics.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def read(folder: Path, content: str | bytes) -> pd.DataFrame:
    path = written(folder, content)
    return read_text_table(path, path)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_a_table_of_any_spreadsheet_program_is_read(
    tmp_path: Path, separator: str, line_break: str
) -> None:
    rows = ["question|text|", 'f120|"""One"", he said; so"|', 'f121|"two\nlines"|', "||"]
    text = "\n".join(rows).replace("|", separator).replace("\n", line_break)
    table = read(tmp_path, b"\xef\xbb\xbf" + text.encode())
    assert table.to_dict("list") == TABLE
    assert table.attrs == {READ_FROM: str(tmp_path / "topics.csv")}


def test_labels_tell_the_row_where_empty_rows_lie_between(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b\n1,2\n,\n\n3,4\n")
    assert table.index.tolist() == [0, 3]
    assert table["a"].tolist() == ["1", "3"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "a,b\n1,2\n3,4,5\n",
            "row 3: the number of cells is 3, that of the columns in row 1 is 2. Put",
        ),
        (
            "a;b\n1;2\n3\n",
            "row 3: the number of cells is 1, that of the columns in row 1 is 2. Put",
        ),
        ('a,b\n"x\ny",2\n3,"4\n', "the row that begins in line 4 cannot be read"),
        ('a,b\n"x" y,2\n', "the row that begins in line 2 cannot be read"),
        ("a,b\n1,2\né,3\n".encode("latin-1"), "line 3 is not UTF-8 (near 'é,3"),
        ("a,b\n1,2\n".encode("utf-16"), "line 1 is not UTF-8"),
        ("a,,b\n1,2,3\n", "row 1 must name every column (it reads 'a,,b')"),
        ("", "row 1 must name every column"),
        ("a,b,a\n1,2,3\n", "row 1 names the column 'a' twice"),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(TextTableError) as caught:
        read(tmp_path, content)
    assert str(caught.value).startswith(str(tmp_path / "topics.csv"))
    assert message in str(caught.value)


def test_a_dataset_of_texts_reads_so_and_names_the_nearest_file(tmp_path: Path) -> None:
    table = AtomicCSVDataset(filepath=written(tmp_path, "a;b\n1;NA\n"), text_only=True).load()
    assert table.to_dict("list") == {"a": ["1"], "b": ["NA"]}
    with pytest.raises(DatasetError, match=r"topic\.csv does not exist\. Did you mean topics\?"):
        AtomicCSVDataset(filepath=str(tmp_path / "topic.csv"), text_only=True).load()
    with pytest.raises(DatasetError, match="No run makes this table") as caught:
        AtomicCSVDataset(filepath=str(tmp_path / "none" / "topic.csv"), text_only=True).load()
    assert isinstance(find_refusal(caught.value), MissingFileError)


def test_where_an_input_lay_is_not_stored_with_results(tmp_path: Path) -> None:
    table = read(tmp_path, "a,b\n1,2\n")
    table.attrs["made_from"] = {"x": 1}
    stored = AtomicParquetDataset(filepath=str(tmp_path / "table.parquet"))
    stored.save(table)
    assert stored.load().attrs == {"made_from": {"x": 1}}
    assert READ_FROM in table.attrs
