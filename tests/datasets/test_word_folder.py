"""Folders of words: a file a category, a column a language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from kedro.io import DatasetError

from isogloss.datasets import WordFolderDataset

if TYPE_CHECKING:
    from pathlib import Path


def test_words_come_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "birds.csv").write_text("concept,eng,deu\nowl,owl, Eule \n\nwren,wren,\n")
    (tmp_path / "fish.csv").write_text("\ufeffconcept,eng\ntrout,trout\n")
    (tmp_path / "trees.csv").write_text('concept;eng\noak;"oak; tree"\n')
    (tmp_path / "notes.txt").write_text("left alone")
    words = WordFolderDataset(filepath=str(tmp_path)).load()
    assert words.drop(columns="place").to_numpy().tolist() == [
        ["birds", "owl", "eng", "owl"],
        ["birds", "owl", "deu", "Eule"],
        ["birds", "wren", "eng", "wren"],
        ["birds", "wren", "deu", ""],
        ["fish", "trout", "eng", "trout"],
        ["trees", "oak", "eng", "oak; tree"],
    ]
    assert words["place"].iloc[3] == f"{tmp_path}/birds.csv, line 4"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("eng,deu\nowl,Eule\n", r"birds.csv: the first line is 'eng,deu'"),
        ("concept\nowl\n", r"birds.csv: the first line is 'concept'"),
        ("concept,eng,eng\nowl,owl,owl\n", r"one column a language, each once"),
        ("concept,eng\nowl,owl, barn\n", r"birds.csv, line 2: 3 cells, .* names 2 columns"),
        (b"concept,fra\nowl,\xe9\n", r"birds.csv, line 2: byte 0xE9 is not UTF-8"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: str | bytes, message: str) -> None:
    written = content if isinstance(content, bytes) else content.encode()
    (tmp_path / "birds.csv").write_bytes(written)
    with pytest.raises(DatasetError, match=message):
        WordFolderDataset(filepath=str(tmp_path)).load()


def test_endings_and_spellings_do_not_matter(tmp_path: Path) -> None:
    (tmp_path / "birds.CSV").write_text(
        "concept,fra\neagle,aigle\npheasant,fe\u0301e\n", encoding="utf-8"
    )
    words = WordFolderDataset(filepath=str(tmp_path)).load()
    assert list(words["category"]) == ["birds", "birds"]
    assert list(words["word"]) == ["aigle", "f\u00e9e"]


def test_a_folder_without_words_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(DatasetError, match="holds no file <category>.csv"):
            WordFolderDataset(filepath=str(folder)).load()
