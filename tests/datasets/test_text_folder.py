from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from kedro.io import DatasetError

from isogloss.datasets import TextFolderDataset

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")


def test_flores_layout(tmp_path: Path) -> None:
    write(tmp_path, "dev/deu.dev", "devtest/deu.devtest", "devtest/zho_simpl.devtest", "README")
    corpus = TextFolderDataset(
        filepath=str(tmp_path),
        pattern="{split}/{language}.{split}",
        splits={"dev": 0, "devtest": 997},
    ).load()
    assert {code: list(splits) for code, splits in corpus.texts.items()} == {
        "deu": ["dev", "devtest"],
        "zho_simpl": ["devtest"],
    }
    assert corpus.texts["deu"]["devtest"].read() == b"devtest/deu.devtest"
    assert corpus.texts["deu"]["devtest"].name == str(tmp_path / "devtest" / "deu.devtest")
    assert corpus.first_ids == {"dev": 0, "devtest": 997}


def test_linked_folders_are_read(tmp_path: Path) -> None:
    write(tmp_path, "elsewhere/deu.dev")
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "dev").symlink_to(tmp_path / "elsewhere")
    corpus = TextFolderDataset(
        filepath=str(tmp_path / "corpus"), pattern="{split}/{language}.{split}", splits={"dev": 0}
    ).load()
    assert list(corpus.texts) == ["deu"]


@pytest.mark.parametrize(
    ("pattern", "name", "code"),
    [
        ("{language}.txt", "eng_Latn.txt", "eng_Latn"),
        ("newstest2019-ref.{language}.txt", "newstest2019-ref.zho-CN.txt", "zho-CN"),
        ("{language}/{language}.txt", "swh/swh.txt", "swh"),
    ],
)
def test_other_layouts(tmp_path: Path, pattern: str, name: str, code: str) -> None:
    write(tmp_path, name, "something.else")
    corpus = TextFolderDataset(filepath=str(tmp_path), pattern=pattern).load()
    assert list(corpus.texts) == [code]


def test_an_absent_folder_and_a_wrong_pattern_say_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"does not exist.*raw_data=FOLDER"):
        TextFolderDataset(filepath=str(tmp_path / "none")).load()
    write(tmp_path, "deu.text")
    with pytest.raises(DatasetError, match=r"named like '\{language\}\.txt' \(found: deu\.text\)"):
        TextFolderDataset(filepath=str(tmp_path)).load()
    with pytest.raises(ValueError, match="lacks the placeholder"):
        TextFolderDataset(filepath=str(tmp_path), pattern="*.txt")
