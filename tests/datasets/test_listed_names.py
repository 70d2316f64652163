from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from kedro.io import DatasetError

from isogloss.datasets import AtomicCSVDataset
from isogloss.errors import find_refusal

if TYPE_CHECKING:
    from pathlib import Path

LANGUAGES = "language,name,bcp47\neng,English,en\ndeu,German,de\nspa,Spanish,es\nsan,Sanskrit,sa\n"


def message(folder: Path, rows: str) -> str:
    languages, topics = folder / "languages.csv", folder / "topics.csv"
    languages.write_text(LANGUAGES)
    topics.write_text(f"language,text\n{rows}")
    dataset = AtomicCSVDataset(
        filepath=str(topics), text_only=True, listed_in={"language": {"filepath": str(languages)}}
    )
    with pytest.raises(DatasetError) as caught:
        dataset.load()
    return str(find_refusal(caught.value)).replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("en", " Did you mean eng?"),
        ("German", " Did you mean deu?"),
        # Also near to san, which the table does not use.
        ("sap", " Did you mean spa?"),
        ("snn", " Did you mean san?"),
        ("xxz", ""),
        ("", ""),
    ],
)
def test_a_name_that_is_not_listed_is_told_once_with_the_nearest(
    tmp_path: Path, written: str, meant: str
) -> None:
    assert message(tmp_path, f"deu,a\n{written},b\nspa,c\n{written},d\n") == (
        f"topics.csv, row 3 and 1 more, column language: '{written}' is not in languages.csv."
        f"{meant} Correct it, remove the rows, or list it there."
    )


def test_every_such_name_is_told(tmp_path: Path) -> None:
    assert [line[:17] for line in message(tmp_path, "en,a\nxx,b\n").splitlines()] == [
        "topics.csv, row 2",
        "topics.csv, row 3",
    ]


def test_names_of_all_columns_are_told_at_once(tmp_path: Path) -> None:
    for name, text in {
        "topics": "question,language\nf1,en\nf2,eng\n",
        "languages": "language,code\neng,en\n",
        "questions": "question,title\nf2,One\n",
    }.items():
        (tmp_path / f"{name}.csv").write_text(text)
    listings = {
        column: {"filepath": str(tmp_path / f"{column}s.csv")}
        for column in ("language", "question")
    }
    dataset = AtomicCSVDataset(
        filepath=str(tmp_path / "topics.csv"), text_only=True, listed_in=listings
    )
    with pytest.raises(DatasetError, match=r"column language: 'en' .*\n.* column question: 'f1' "):
        dataset.load()


def test_what_lists_names_is_read_like_any_table(tmp_path: Path) -> None:
    topics = tmp_path / "topics.csv"
    topics.write_text("language,text\neng,a\n")
    listing = {"language": {"filepath": str(tmp_path / "languages.csv")}}
    dataset = AtomicCSVDataset(filepath=str(topics), text_only=True, listed_in=listing)
    with pytest.raises(DatasetError, match=r"languages\.csv does not exist"):
        dataset.load()
    (tmp_path / "languages.csv").write_text("language,name\neng,English\n")
    assert dataset.load()["text"].tolist() == ["a"]
    (tmp_path / "languages.csv").write_text("code,name\neng,English\n")
    with pytest.raises(DatasetError, match="has no column 'language'"):
        dataset.load()
