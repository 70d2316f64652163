from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from kedro.framework.project import pipelines
from kedro.io import DataCatalog, DatasetError, MemoryDataset
from kedro.pipeline import Pipeline

from isogloss.config import ConfigurationError
from isogloss.datasets import (
    LanguageModelDataset,
    OptionalTableDataset,
    OptionalTextTableDataset,
)
from isogloss.datasets.existing_classifiers import ExistingClassifiersDataset
from isogloss.errors import find_refusal
from tests.sessions import ENVIRONMENTS, ROOT, session

# What the catalog is for beside what pipelines read and write: users choose a source by its name
# (`corpus`, `reading.source` and so on) and models from the zoo; hooks keep what they note.
CHOSEN_SOURCES = ("_texts", "_reading", "_knowledge", "_intents", "_survey")
ZOO = (".lm", ".chat")
KEPT_BY_HOOKS = {"outdated_results", "run_log", "run_manifest", "saves_under_way"}


@cache
def project(environment: str, sources: str = "trained") -> tuple[DataCatalog, dict[str, Pipeline]]:
    """Give the catalog of an environment and its pipelines."""
    chosen = {"merging": {"sources": sources}, "prompt_translation": {"translator": "gpt_4o"}}
    with session(environment, data_root="nowhere", **chosen) as opened:
        catalog = opened.load_context().catalog
        assert isinstance(catalog, DataCatalog)
        return catalog, dict(pipelines)


def used_in(environment: str, sources: str = "trained") -> set[str]:
    """Name all that the pipelines of an environment read and write."""
    _, found = project(environment, sources)
    return {name for pipeline in found.values() for name in pipeline.datasets()}


def entries() -> list[str]:
    """List the entries of the catalog as they are written, patterns too."""
    files = sorted((ROOT / "conf" / "base" / "catalog").glob("*.yml"))
    return [name for file in files for name in yaml.safe_load(file.read_text()) if name[0] != "_"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_dataset_has_an_entry_that_can_be_made(environment: str) -> None:
    catalog, _ = project(environment)
    used = used_in(environment)
    assert {name for name in used if name not in catalog} == set()
    for name in used:
        dataset = catalog.get(name)
        assert dataset is not None
        # What a node saves must outlive the run: resuming and clusters rest on it.
        if not name.startswith("params:"):
            assert not isinstance(dataset, MemoryDataset), name


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_tables_that_nobody_has_made_load_empty_and_fit_their_schemas(environment: str) -> None:
    catalog, _ = project(environment)
    kinds = (OptionalTableDataset, OptionalTextTableDataset)
    # Loading validates them.
    empty = [
        name
        for name in used_in(environment)
        if isinstance(catalog.get(name), kinds) and catalog.load(name).empty
    ]
    assert "cross_study" in empty


@pytest.mark.parametrize("source", ["folder", "hub"])
def test_classifiers_that_exist_have_entries_that_can_be_made(source: str) -> None:
    catalog, found = project("base", source)
    (name,) = (name for name in found["merging"].inputs() if name.endswith("_classifiers"))
    assert name == f"minilm_l6.{source}_classifiers"
    assert isinstance(catalog.get(name), ExistingClassifiersDataset)
    assert "finetune_classifiers" not in str(found["merging"].nodes)


def test_every_entry_is_used_or_there_to_be_chosen() -> None:
    used = {name for environment in ENVIRONMENTS for name in used_in(environment)}
    used |= used_in("base", "folder") | used_in("base", "hub")
    written = entries()
    # A pattern serves the names that have no entry of their own.
    served = used - {*written}

    def is_used(entry: str) -> bool:
        pattern = re.sub(r"\\{\w+\\}", "[^.]+", re.escape(entry))
        return entry in used or any(re.fullmatch(pattern, name) for name in served)

    unused = {entry for entry in written if not is_used(entry)}
    sources = {entry for entry in unused if entry.endswith(CHOSEN_SOURCES)}
    models = {entry for entry in unused if entry.endswith(ZOO)}
    assert unused - sources - models == KEPT_BY_HOOKS
    guides = [*(ROOT / "docs").rglob("*.md"), *(ROOT / "conf/base/parameters").glob("*.yml")]
    words = set(re.findall(r"\w+", "\n".join(path.read_text() for path in guides)))
    assert {entry.rpartition("_")[0] for entry in sources} <= words


def test_what_a_labeller_weighed_is_called_in_the_log_as_in_the_graph() -> None:
    catalog, _ = project("base")
    # folders of partitions are logged by their own name
    weights = repr(catalog["likelihood_check_weights"])
    assert "07_model_output/likelihood_check_weights" in weights


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
