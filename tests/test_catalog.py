from __future__ import annotations

from pathlib import Path

import pytest
from kedro.framework.project import pipelines
from kedro.io import DatasetError, MemoryDataset

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


def test_results_go_below_the_data_root_of_their_environment() -> None:
    with session("thesis") as opened:
        catalog = opened.load_context().catalog
        assert "data/thesis/04_feature/bloom_3b/embeddings" in repr(catalog["bloom_3b.embeddings"])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"alignment": {"poling": "last"}}, r"poling"),
        ({"sentence_sample": {"size": 1}}, r"sentence_sample|size"),
        ({"representation": {"group_size": 0}}, r"group_size"),
    ],
)
def test_wrong_values_of_parameters_are_refused_before_the_run(
    parameters: dict[str, object], message: str, tmp_path: Path
) -> None:
    with (
        session("test", data_root=str(tmp_path), **parameters) as opened,
        pytest.raises(Exception, match=message),
    ):
        opened.run()
    assert not (tmp_path / "03_primary").exists()


def test_a_table_that_breaks_its_schema_is_refused(tmp_path: Path) -> None:
    import pandas as pd

    with session("test", data_root=str(tmp_path)) as opened:
        catalog = opened.load_context().catalog
        table = pd.DataFrame({"language": ["eng"], "sentence_id": ["0"], "text": [""]})
        with pytest.raises((ValueError, DatasetError, Exception), match="text"):
            catalog.save("parallel_sentences", table)
