from __future__ import annotations

import logging
from pathlib import Path

import pytest
from kedro.framework.project import pipelines
from kedro.io import DataCatalog, DatasetError
from kedro.utils import load_obj

from isogloss.config import ConfigurationError, SessionConfigLoader, checked_parameters
from isogloss.datasets import AtomicCSVDataset, TextFolderDataset
from isogloss.errors import Refusal
from isogloss.hooks import RequireSourcesHook, TellSkippedHook
from isogloss.hooks.entries import describe_entry
from isogloss.hooks.selections import describe_runner, describe_selection
from isogloss.setting_models import PARAMETERS, PLACES
from tests.configurations import conf, forget_the_session, load, write
from tests.sessions import ROOT, session

__all__ = ["conf", "forget_the_session"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--tags", "merge"], "no tag 'merge' (--tags). Did you mean merging? There are: "),
        (["run", "--namespaces=gemma"], "no namespace 'gemma' (--namespaces). Did you mean gemma_"),
        (["run", "-p", "alignment,taks"], "no pipeline 'taks' (-p). Did you mean tasks or "),
        (["run", "--pipelines", "tasks", "--tags", "merging"], "Nothing is chosen by all"),
    ],
)
def test_what_is_chosen_and_not_there_is_named_with_the_nearest(
    arguments: list[str], words: str
) -> None:
    with session("base"):
        assert words in describe_selection(arguments)


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ("--runner", "isogloss.runners.DaskRuner"),
        ("-r", "isoglos.runners.DaskRunner"),
        ("--runner", "DaskRunner"),
    ],
)
def test_a_runner_that_is_not_there_is_named_with_the_nearest(option: str, name: str) -> None:
    with pytest.raises((AttributeError, ImportError)) as caught:
        load_obj(name, "kedro.runner")
    assert describe_runner(caught.value, ["run", option, name]) == (
        f"There is no runner '{name}' ({option}). Did you mean isogloss.runners.DaskRunner? There "
        "are: SequentialRunner, ThreadRunner, ParallelRunner, isogloss.runners.DaskRunner."
    )


def test_what_a_runner_imports_and_others_do_not_find_is_no_missing_runner(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_runners.py").write_text("import not_installed\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError) as caught:
        load_obj("my_runners.Runner")
    assert describe_runner(caught.value, ["run", "--runner", "my_runners.Runner"]) is None
    assert describe_runner(AttributeError("x"), ["run", "--runner", "DaskRuner"]) is None


@pytest.mark.parametrize(
    ("settings", "lines"),
    [
        ({"raw_data": "/none"}, ["The corpus folder /none does not exist. "]),
        (
            {"languages": "eng klingon jpx", "pivot": "English"},
            [
                "languages: Unknown language code 'klingon'.",
                "languages: Unknown language code 'jpx'. Did you mean jpn?",
                "The pivot language 'English' is not among the languages (eng). It is called 'eng'",
            ],
        ),
    ],
)
def test_raw_data_are_looked_for_before_any_node(
    settings: dict[str, str], lines: list[str]
) -> None:
    folder = settings.get("raw_data", str(ROOT / "data/01_raw/sample/sentences"))
    catalog = DataCatalog(
        {
            "sample_texts": TextFolderDataset(filepath=folder),
            "languages": AtomicCSVDataset(
                filepath=str(ROOT / "data/01_raw/reference/languages.csv"), text_only=True
            ),
        }
    )
    hook = RequireSourcesHook()
    with session("test", **settings) as opened:
        hook.after_context_created(opened.load_context())
        chosen = pipelines["ingestion"].only_nodes("read_parallel_sentences")
        with pytest.raises(Refusal) as caught:
            hook.before_pipeline_run(chosen, catalog)
    found = str(caught.value).splitlines()
    assert len(found) == len(lines)
    for words, line in zip(lines, found, strict=True):
        assert words in line
        assert "Set by --params; declared in conf/base/" in line


def test_faults_of_names_and_of_values_are_told_at_once_with_their_file(conf: Path) -> None:
    write(conf / "other" / "parameters.yml", {"model": ["tiny"], "alignment": {"mode": "x"}})
    write(conf / "base" / "parameters_alignment.yml", {"alignment": {"mode": "pivot"}})
    with pytest.raises(ConfigurationError) as caught:
        checked_parameters(load(conf, "other"), PARAMETERS, PLACES)
    first, second = str(caught.value).splitlines()
    assert first == (
        f"Unknown parameter 'model'. Did you mean models? Set in {conf.name}/other/parameters.yml."
    )
    assert second.startswith("alignment.mode = 'x': it must be ")


def test_an_entry_that_lacks_a_key_is_told_with_the_key_that_was_meant(conf: Path) -> None:
    entry = {"type": "isogloss.datasets.AtomicTextDataset", "filepth": "x.txt"}
    write(conf / "base" / "catalog.yml", {"mine": entry})
    loader = load(conf)
    SessionConfigLoader.current = loader
    with pytest.raises(DatasetError) as caught:
        DataCatalog.from_config(loader["catalog"]).load("mine")
    assert describe_entry(caught.value) == (
        f"The catalog entry 'mine' in {conf.name}/base/catalog.yml: it lacks `filepath`. Is "
        "`filepth` meant to be it?"
    )
    assert describe_entry(DatasetError("another")) is None


def test_models_that_are_skipped_are_named_where_the_run_skips_them(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    hook = TellSkippedHook()
    with session("test"):
        hook.before_pipeline_run({}, pipelines["ingestion"])
        hook.before_pipeline_run({"namespaces": ["tiny"]}, pipelines["tasks"])
        assert "skip" not in caplog.text
        hook.before_pipeline_run({}, pipelines["tasks"])
    assert "The tasks skip minilm_l6: only causal models are asked." in caplog.text
