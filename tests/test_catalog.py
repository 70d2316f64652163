from __future__ import annotations

from pathlib import Path

import pytest
from kedro.framework.project import pipelines
from kedro.io import DatasetError, MemoryDataset

from isogloss.config import ConfigurationError
from isogloss.datasets import LanguageModelDataset
from isogloss.datasets.existing_classifiers import ExistingClassifiersDataset
from isogloss.errors import find_refusal
from tests.sessions import ENVIRONMENTS, session


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_dataset_has_an_entry_that_can_be_made(environment: str, tmp_path: Path) -> None:
    with session(environment, data_root=str(tmp_path)) as opened:
        catalog = opened.load_context().catalog
        names = {name for pipeline in pipelines for name in pipelines[pipeline].datasets()}
        assert {name for name in names if name not in catalog} == set()
        for name in names:
            dataset = catalog.get(name)
            assert dataset is not None
            # What a node saves must outlive the run: resuming and clusters rest on it.
            if not name.startswith("params:"):
                assert not isinstance(dataset, MemoryDataset), name


@pytest.mark.parametrize("source", ["folder", "hub"])
def test_classifiers_that_exist_have_entries_that_can_be_made(source: str) -> None:
    with session("base", merging={"sources": source}) as opened:
        catalog = opened.load_context().catalog
        (name,) = (name for name in pipelines["merging"].inputs() if name.endswith("_classifiers"))
        assert name == f"minilm_l6.{source}_classifiers"
        assert isinstance(catalog.get(name), ExistingClassifiersDataset)
        assert "finetune_classifiers" not in str(pipelines["merging"].nodes)


def test_results_go_below_the_data_root_of_their_environment() -> None:
    with session("thesis") as opened:
        catalog = opened.load_context().catalog
        assert "data/thesis/04_feature/bloom_3b/embeddings" in repr(catalog["bloom_3b.embeddings"])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"alignment": {"poling": "last"}},
            r"no setting 'alignment\.poling'.*poolings.*conf/base/parameters/alignment\.yml",
        ),
        ({"sentence_sample": {"size": 1}}, r"sentence_sample\.size = 1: .*parameters/study\.yml"),
        (
            {"representation": {"group_size": 0}},
            r"representation\.group_size = 0: .*than 0",
        ),
        ({"reporting": {"extremes": "x"}}, r"reporting\.extremes = 'x': it must be a whole number"),
    ],
)
def test_wrong_values_of_parameters_are_refused_before_the_run(
    parameters: dict[str, object], message: str, tmp_path: Path
) -> None:
    with (
        session("test", data_root=str(tmp_path), **parameters) as opened,
        pytest.raises(ConfigurationError, match=message),
    ):
        opened.run(pipeline_names=["ingestion"])
    assert not (tmp_path / "03_primary").exists()


def test_a_table_that_breaks_its_schema_is_refused(tmp_path: Path) -> None:
    import pandas as pd

    with session("test", data_root=str(tmp_path)) as opened:
        catalog = opened.load_context().catalog
        table = pd.DataFrame({"language": ["eng"], "sentence_id": ["0"], "text": [""]})
        with pytest.raises(DatasetError, match="text"):
            catalog.save("parallel_sentences", table)


def test_a_model_that_is_described_wrongly_is_refused_field_by_field(tmp_path: Path) -> None:
    entry = {
        "type": LanguageModelDataset,
        "name": "mine",
        "filepath": str(tmp_path),
        "kind": "causl",
        "hubb": "a/b",
    }
    with pytest.raises(DatasetError) as caught:
        LanguageModelDataset.from_config("mine.lm", entry)
    refusal = str(find_refusal(caught.value))
    assert "mine.lm.kind = 'causl': it must be 'causal', 'encoder' or 'seq2seq'." in refusal
    assert "There is no setting 'mine.lm.hubb' (given: 'a/b'). Did you mean hub?" in refusal
