from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Pipeline, node

from isogloss.datasets import ClassifierFolderDataset
from isogloss.hooks.failed import FailedPartsError, FailedPartsHook
from tests.datasets.small_classifiers import save_classifier
from tests.sessions import session

if TYPE_CHECKING:
    from pathlib import Path

NAME = "minilm_l6.folder_classifiers"
ASKED = Pipeline([node(len, NAME, "count", name="count")])


def end(root: Path) -> None:
    """End a run that has read the classifiers of a folder."""
    dataset = ClassifierFolderDataset(filepath=str(root), locales="de-DE fr-FR")
    catalog = DataCatalog({NAME: dataset, "count": MemoryDataset()})
    catalog.load(NAME)
    with session("base"):
        FailedPartsHook().after_pipeline_run({"pipeline_names": ["merging"]}, ASKED, catalog)


def test_a_run_that_was_given_something_unfit_ends_as_failed(tmp_path: Path) -> None:
    save_classifier(tmp_path / "de-DE")
    with pytest.raises(FailedPartsError) as caught:
        end(tmp_path)
    message = str(caught.value)
    assert message.startswith("1 part of this run failed")
    assert f"\n  {NAME}: fr-FR-0: {tmp_path}/fr-FR does not exist." in message
    assert "kedro run --pipelines merging" in message
    save_classifier(tmp_path / "fr-FR")
    end(tmp_path)
