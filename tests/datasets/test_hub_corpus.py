from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from kedro.io import DatasetError

from isogloss.datasets import HubCorpusDataset

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
    with pytest.raises(DatasetError, match=r"cannot be read.*hf auth login"):
        HubCorpusDataset(name="nobody/nothing", splits={"dev": 0}).load()


def test_a_missing_text_column_is_named(hub_folder: Path) -> None:
    corpus = HubCorpusDataset(
        name=str(hub_folder), splits={"dev": 0}, text_column="sentence"
    ).load()
    with pytest.raises(KeyError, match=r"no column 'sentence' \(columns: id, text\)"):
        corpus.texts["eng_Latn"]["dev"].read()
