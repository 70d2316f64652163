from __future__ import annotations

from pathlib import Path

import pytest

from isogloss.datasets import AtomicJSONDataset, CategoryFilesDataset
from isogloss.errors import MissingFileError, Refusal


def test_files_of_one_name_are_one_category(tmp_path: Path) -> None:
    for folder, content in (
        ("nouns", "apple\n\npear \napple\n"),
        ("adjectives", "\ufeffripe\npear"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "fruit.txt").write_text(content, encoding="utf-8")
    (tmp_path / "nouns" / "hot_drinks.txt").write_text("Kaffee\r\nTee\r\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("other")
    assert CategoryFilesDataset(filepath=str(tmp_path)).load() == {
        "fruit": ["ripe", "pear", "apple"],
        "hot_drinks": ["Kaffee", "Tee"],
    }


def test_without_a_folder_there_are_no_lists() -> None:
    assert CategoryFilesDataset().load() == {}
    assert CategoryFilesDataset().exists()


def test_folder_that_was_given_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="does not exist") as caught:
        CategoryFilesDataset(filepath=str(tmp_path / "nowhere")).load()
    assert isinstance(caught.value.__cause__ or caught.value, MissingFileError)
    with pytest.raises(Exception, match=r"holds no file that ends in \.txt"):
        CategoryFilesDataset(filepath=str(tmp_path)).load()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"apple\np\xeache\n", "line 2: byte 0xEA is not UTF-8"),
        (b" \n\n", "the file has no word"),
    ],
)
def test_faults_of_files(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "fruit.txt").write_bytes(content)
    with pytest.raises(Exception, match=message) as caught:
        CategoryFilesDataset(filepath=str(tmp_path)).load()
    assert isinstance(caught.value.__cause__ or caught.value, Refusal)


def test_json_comes_back_as_it_was(tmp_path: Path) -> None:
    dataset = AtomicJSONDataset(filepath=str(tmp_path / "lists.json"))
    dataset.save([{"category": "fruit", "words": ["苹果", "Birne"], "num_target": 2}])
    assert dataset.load() == [{"category": "fruit", "words": ["苹果", "Birne"], "num_target": 2}]
