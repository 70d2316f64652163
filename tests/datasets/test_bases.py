from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from kedro.io import AbstractDataset, DatasetError

from isogloss import datasets
from isogloss.datasets.bases import ReadOnlyDataset
from isogloss.errors import Refusal, find_refusal

HUB = {"name": "a/b-{locale}", "models_root": "models"}
READ_ONLY: dict[str, tuple[dict[str, Any], str, str]] = {
    "CategoryFilesDataset": ({"filepath": "/here"}, "/here", "raw data"),
    "ChatModelDataset": ({"name": "mine", "model": "m"}, "mine", "in the zoo"),
    "ClassifierFolderDataset": ({"filepath": "/here"}, "/here", "made elsewhere"),
    "HubClassifiersDataset": ({**HUB, "locales": "de-DE"}, "a/b-{locale}", "made elsewhere"),
    "HubCorpusDataset": ({"name": "a/b", "splits": {"dev": 0}}, "a/b", "raw data"),
    "HubFolderItemsDataset": ({"name": "a/b", "folders": [], "splits": []}, "a/b", "raw data"),
    "HubItemsDataset": ({"name": "a/b", "splits": []}, "a/b", "raw data"),
    "ItemFolderDataset": (
        {"filepath": "/here", "pattern": "{language}.csv", "format": "csv"},
        "/here",
        "raw data",
    ),
    "LanguageModelDataset": (
        {"name": "mine", "filepath": "models", "kind": "causal", "path": "m"},
        "mine",
        "in the zoo",
    ),
    "PartitionMarkersDataset": ({"filepath": "/here"}, "/here", "with their partitions"),
    "PublishedBenchmarksDataset": ({"filepath": "/here"}, "/here", "published files"),
    "PublishedSurveyScoresDataset": ({"filepath": "/here"}, "/here", "published files"),
    "PublishedTruthDataset": ({"filepath": "/here"}, "/here", "raw data"),
    "ResponseStoreDataset": ({"filepath": "/here"}, "/here", "enter a store as they come"),
    "SurveyFileDataset": ({"filepath": "/here"}, "/here", "raw data"),
    "TextFolderDataset": ({"filepath": "/here"}, "/here", "raw data"),
    "TypologyDataset": ({}, "lang2vec", "with the package"),
    "VectorFolderDataset": ({"filepath": "/here"}, "/here", "made elsewhere"),
    "WordFolderDataset": ({"filepath": "/here"}, "/here", "raw data"),
}


def test_the_cases_below_are_all_types_that_are_read_only() -> None:
    types = {name: getattr(datasets, name) for name in datasets.__all__}
    found = {name for name, kind in types.items() if issubclass(kind, ReadOnlyDataset)}
    assert found == READ_ONLY.keys()


@pytest.mark.parametrize("kind", READ_ONLY)
def test_saving_to_what_is_read_only_is_refused_by_its_name(kind: str) -> None:
    given, place, reason = READ_ONLY[kind]
    dataset = AbstractDataset.from_config("entry", {"type": f"isogloss.datasets.{kind}", **given})
    with pytest.raises(DatasetError) as caught:
        dataset.save(pd.DataFrame({"a": [1]}))
    refusal = find_refusal(caught.value)
    assert isinstance(refusal, Refusal)
    assert str(refusal).startswith(f"Nothing is saved to {place} ({kind}): ")
    assert reason in str(refusal)
    assert str(refusal).endswith(". Let the node save to another entry of the catalog.")


def test_an_entry_in_a_store_knows_its_place(tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    dataset = datasets.AtomicTextDataset(filepath=str(path), metadata={"layer": "raw"})
    assert not dataset.exists()
    path.write_text("a\n")
    assert dataset.exists()
    assert dataset._describe() == {"filepath": str(path)}
    assert dataset.metadata == {"layer": "raw"}
