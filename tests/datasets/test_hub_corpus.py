from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from kedro.io import DatasetError

from isogloss.datasets import HubCorpusDataset
from isogloss.datasets.hub_access import HubDataError
from isogloss.errors import find_refusal

if TYPE_CHECKING:
    from pathlib import Path

# These run the reader on a local folder of the schema of openlanguagedata/flores_plus. It has not
# been run against the hub itself.

CARD = """---
configs:
- config_name: eng_Latn
  data_files:
  - {split: dev, path: dev/eng_Latn.parquet}
  - {split: devtest, path: devtest/eng_Latn.parquet}
- config_name: cmn_Hans
  data_files:
  - {split: dev, path: dev/cmn_Hans.parquet}
  - {split: devtest, path: devtest/cmn_Hans.parquet}
---
"""


@pytest.fixture
def hub_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    folder = tmp_path / "flores_plus"
    for split in ("dev", "devtest"):
        (folder / split).mkdir(parents=True)
        for code in ("eng_Latn", "cmn_Hans"):
            table = pd.DataFrame({"id": [0, 1], "text": [f"{code} {split} {i}" for i in (0, 1)]})
            table.to_parquet(folder / split / f"{code}.parquet")
    (folder / "README.md").write_text(CARD, encoding="utf-8")
    return folder


def test_each_configuration_is_a_language(hub_folder: Path) -> None:
    corpus = HubCorpusDataset(name=str(hub_folder), splits={"dev": 0, "devtest": 2}).load()
    assert sorted(corpus.texts) == ["cmn_Hans", "eng_Latn"]
    assert corpus.texts["cmn_Hans"]["devtest"].read() == b"cmn_Hans devtest 0\ncmn_Hans devtest 1\n"


def test_an_unreachable_corpus_says_how_to_obtain_it() -> None:
    pytest.importorskip("datasets")
    with pytest.raises(DatasetError, match=r"has not been downloaded yet.*offline.*hf download"):
        HubCorpusDataset(name="nobody/nothing", splits={"dev": 0}).load()


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            FileNotFoundError("'a/b' is a gated dataset on the Hub."),
            r"is gated.*Accept.*datasets/a/b",
        ),
        (
            ConnectionError("Couldn't reach 'a/b' (timeout)"),
            r"cannot be read \(Couldn't reach.*network",
        ),
    ],
)
def test_what_the_hub_answers_decides_the_remedy(
    monkeypatch: pytest.MonkeyPatch, error: Exception, message: str
) -> None:
    datasets = pytest.importorskip("datasets")

    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(datasets, "get_dataset_config_names", refuse)
    with pytest.raises(DatasetError, match=message) as caught:
        HubCorpusDataset(name="a/b", splits={"dev": 0}).load()
    assert isinstance(find_refusal(caught.value), HubDataError)


def test_a_split_that_is_not_there_is_named_without_blaming_the_network(hub_folder: Path) -> None:
    corpus = HubCorpusDataset(name=str(hub_folder), splits={"test": 0}).load()
    with pytest.raises(
        HubDataError, match=r"no split 'test' \(there are: dev, devtest\)"
    ) as caught:
        corpus.texts["eng_Latn"]["test"].read()
    assert "network" not in str(caught.value)


def test_a_row_without_text_is_refused(hub_folder: Path) -> None:
    pd.DataFrame({"id": [0, 1], "text": ["one", None]}).to_parquet(
        hub_folder / "dev" / "eng_Latn.parquet"
    )
    corpus = HubCorpusDataset(name=str(hub_folder), splits={"dev": 0}).load()
    with pytest.raises(HubDataError, match=r"eng_Latn, dev, row 2: the row has no text"):
        corpus.texts["eng_Latn"]["dev"].read()


def test_a_missing_text_column_is_named(hub_folder: Path) -> None:
    corpus = HubCorpusDataset(
        name=str(hub_folder), splits={"dev": 0}, text_column="sentence"
    ).load()
    with pytest.raises(HubDataError, match=r"no column 'sentence' \(columns: id, text\)"):
        corpus.texts["eng_Latn"]["dev"].read()
