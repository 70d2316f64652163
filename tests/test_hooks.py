from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from kedro.framework import project
from kedro.framework.startup import bootstrap_project
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Pipeline, node
from kedro.validation.exceptions import DataValidationError

from isogloss.datasets import (
    AtomicParquetDataset,
    AtomicTextDataset,
    ClassifierFolderDataset,
    ResumablePartitionsDataset,
)
from isogloss.errors import Refusal
from isogloss.freshness import DECIDED_BY, base_name
from isogloss.hooks import (
    CheckSettingsHook,
    FailedPartsError,
    FailedPartsHook,
    ShowResultsHook,
    StaleResultsError,
    command_hook,
)
from isogloss.hooks.commands import DESCRIPTIONS, message_of
from isogloss.partitions import PartitionFailure, Partitions
from isogloss.pipelines.alignment.embeddings import EmbeddingError
from tests.datasets.small_classifiers import save_classifier
from tests.sessions import ROOT, session

ITEMS = ("reading_items", "knowledge_items")


def test_the_description_is_shown_when_the_run_has_ended(
    capsys: pytest.CaptureFixture[str],
) -> None:
    catalog = DataCatalog(
        {
            "another": MemoryDataset("not shown"),
            DESCRIPTIONS[0]: MemoryDataset("best [bold]Spanish[/bold] .68 [.63, .72]\n"),
            DESCRIPTIONS[1]: MemoryDataset("of the run before"),
        }
    )
    hook = ShowResultsHook()
    hook.before_pipeline_run()
    hook.after_dataset_saved("another")
    hook.after_dataset_saved(DESCRIPTIONS[0])
    assert capsys.readouterr().out == ""
    hook.after_pipeline_run(catalog)
    assert capsys.readouterr().out == "\nbest [bold]Spanish[/bold] .68 [.63, .72]\n"


def test_a_run_that_writes_the_report_ends_with_its_path(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = str(tmp_path / "report.html")
    entries = {
        "report": AtomicTextDataset(filepath=path),
        DESCRIPTIONS[0]: MemoryDataset("best Spanish"),
    }
    catalog = DataCatalog(entries)
    hook = ShowResultsHook()
    hook.before_pipeline_run()
    hook.after_dataset_saved("report")
    hook.after_dataset_saved(DESCRIPTIONS[0])
    hook.after_pipeline_run(catalog)
    assert capsys.readouterr().out == f"\nbest Spanish\n\nThe report, for a browser: {path}\n"


def test_a_run_without_a_description_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    hook = ShowResultsHook()
    hook.after_dataset_saved(DESCRIPTIONS[0])
    hook.after_dataset_saved("report")
    hook.before_pipeline_run()
    hook.after_pipeline_run(DataCatalog())
    assert capsys.readouterr().out == ""


def test_every_description_that_a_run_writes_is_shown() -> None:
    with session("base"):
        written = project.pipelines["__default__"].all_outputs()
        written |= project.pipelines["compare"].all_outputs()
    described = [name for name in written if name.endswith("_description")]
    assert {*described, "summary"} == set(DESCRIPTIONS)
    assert DESCRIPTIONS[-1] == "summary", "what stands last is what a person reads first"


@pytest.mark.parametrize(
    ("asked", "repeated"),
    [
        ({"pipeline_names": ["merging"], "tags": None}, "--pipelines merging"),
        ({"pipeline_names": None, "tags": ("ingestion", "merging")}, "--tags ingestion,merging"),
    ],
)
def test_a_run_of_which_a_part_failed_ends_with_its_reason_and_the_command(
    tmp_path: Path, asked: dict[str, Any], repeated: str
) -> None:
    stored = ResumablePartitionsDataset(filepath=str(tmp_path / "set"), format="parquet")
    made = {
        "de-DE-0": pd.DataFrame({"a": [1]}),
        "en-US-0": PartitionFailure("en-US has no weights. Train it again."),
    }
    partitions = Partitions({}, {name: {} for name in made}, lambda names: made.items())
    stored.save(partitions)
    catalog = DataCatalog({"minilm.classifiers": stored})
    pipeline = Pipeline(
        [node(lambda x: x, "x", name, name=name) for name in ("minilm.classifiers", "unsaved")]
    )
    run = {**asked, "runtime_params": {"data_root": "elsewhere"}}
    with session("base"), pytest.raises(FailedPartsError) as caught:
        FailedPartsHook().after_pipeline_run(run, pipeline, catalog)
    message = str(caught.value)
    assert "1 part of this run failed" in message
    assert "minilm.classifiers: en-US-0: en-US has no weights. Train it again." in message
    assert message.endswith(f"kedro run {repeated} --params data_root=elsewhere")
    made["en-US-0"] = pd.DataFrame({"a": [2]})
    stored.save(Partitions({}, partitions.items, lambda names: [("en-US-0", made["en-US-0"])]))
    with session("base"):
        FailedPartsHook().after_pipeline_run(run, pipeline, catalog)


def test_a_run_that_was_given_something_unfit_ends_as_failed_too(tmp_path: Path) -> None:
    save_classifier(tmp_path / "de-DE")
    name = "minilm_l6.folder_classifiers"
    given = ClassifierFolderDataset(filepath=str(tmp_path), locales="de-DE fr-FR")
    catalog = DataCatalog({name: given})
    pipeline = Pipeline([node(len, name, "count", name="count")])
    run = {"pipeline_names": ["merging"]}
    with session("base"):
        catalog.load(name)
        with pytest.raises(FailedPartsError) as caught:
            FailedPartsHook().after_pipeline_run(run, pipeline, catalog)
        assert f"\n  {name}: fr-FR-0: {tmp_path}/fr-FR does not exist." in str(caught.value)
        save_classifier(tmp_path / "fr-FR")
        catalog.load(name)
        FailedPartsHook().after_pipeline_run(run, pipeline, catalog)


def ingest(data: Path, *pipelines: str, **parameters: Any) -> None:
    with session("test", data_root=str(data), **parameters) as opened:
        opened.run(pipeline_names=list(pipelines) or ["ingestion"])


def test_sentences_made_with_other_settings_are_refused_with_both_ways_on(tmp_path: Path) -> None:
    ingest(tmp_path)
    with pytest.raises(StaleResultsError) as caught:
        ingest(tmp_path, "status", languages="eng deu", sentence_sample={"size": 9})
    message = str(caught.value)
    assert "parallel_sentences, sentence_samples were made with other settings" in message
    assert "\n  languages: 'deu eng fra swh' -> 'deu eng'\n" in message
    assert "\n  sentence_sample.size: 12 -> 9\n" in message
    assert "\n  kedro run --pipelines ingestion,status --env test --params " in message
    assert "languages=eng deu,sentence_sample.size=9" in message


def test_the_pivot_and_sentences_made_elsewhere_are_no_reason_to_refuse(tmp_path: Path) -> None:
    ingest(tmp_path)
    hook = CheckSettingsHook()
    with session("test", data_root=str(tmp_path), pivot="deu") as opened:
        context = opened.load_context()
        hook.after_context_created(context)
        catalog: Any = context.catalog
        status = Pipeline(project.pipelines["status"].nodes)
        hook.before_pipeline_run({"pipeline_names": ["status"]}, status, catalog)
    for path in (tmp_path / "03_primary").glob("*.parquet"):
        table = pd.read_parquet(path)
        table.attrs = {}
        table.to_parquet(path, index=False)
    with session("test", data_root=str(tmp_path), languages="eng deu") as opened:
        hook.after_context_created(opened.load_context())
        hook.before_pipeline_run({"pipeline_names": ["status"]}, status, catalog)


def test_items_made_with_other_settings_are_refused(tmp_path: Path) -> None:
    ingest(tmp_path)
    hook = CheckSettingsHook()
    asked = Pipeline([node(len, name, f"{name}_read", name=name) for name in ITEMS])
    with session(
        "test", data_root=str(tmp_path), pivot="deu", reading={"limit": 7}, knowledge={"limit": 3}
    ) as opened:
        context = opened.load_context()
        hook.after_context_created(context)
        catalog: Any = context.catalog
        with pytest.raises(StaleResultsError) as caught:
            hook.before_pipeline_run({"pipeline_names": ["status"]}, asked, catalog)
    message = str(caught.value)
    assert "knowledge_items, reading_items, sentence_samples were made with" in message
    for line in ("knowledge.limit: 2 -> 3", "reading.limit: 4 -> 7", "pivot: 'eng' -> 'deu'"):
        assert f"\n  {line}\n" in message


def test_items_do_not_decide_samples_that_are_drawn_from_all_sentences(tmp_path: Path) -> None:
    drawn = {"size": 12, "outside_reading": False}
    ingest(tmp_path, sentence_sample=drawn)
    with session(
        "test", data_root=str(tmp_path), sentence_sample=drawn, reading={"limit": 7}
    ) as opened:
        hook = CheckSettingsHook()
        context = opened.load_context()
        hook.after_context_created(context)
        catalog: Any = context.catalog
        status = Pipeline(project.pipelines["status"].nodes)
        hook.before_pipeline_run({"pipeline_names": ["status"]}, status, catalog)


def test_what_a_run_needs_is_asked_for_before_it_starts(tmp_path: Path) -> None:
    with pytest.raises(StaleResultsError) as caught:
        ingest(tmp_path, "alignment", models="minilm_l6")
    message = str(caught.value)
    assert "minilm_l6.embeddings, parallel_sentences, sentence_samples" in message
    assert "kedro run --pipelines ingestion,representation,alignment --env test" in message


def test_results_further_on_are_named_once_their_inputs_have_changed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    ingest(tmp_path)
    table = tmp_path / "07_model_output" / "tiny" / "tokenization.parquet"
    table.parent.mkdir(parents=True)
    pd.DataFrame({"model": ["tiny"]}).to_parquet(table)
    ingest(tmp_path)
    assert "older than" not in caplog.text
    ingest(tmp_path, sentence_sample={"size": 9})
    assert "1 results are now older than what they are made from: tiny.tokenization." in caplog.text
    assert "kedro run --pipelines representation --env test --params" in capsys.readouterr().out


@pytest.mark.parametrize("is_there", [False, True])
def test_what_was_made_without_a_table_is_not_older_than_what_that_would_be_made_from(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, is_there: bool
) -> None:
    claims = tmp_path / "08_reporting" / "claims" / "cross_study.parquet"
    claims.parent.mkdir(parents=True)
    for path in (claims, *([claims.parents[1] / "cross_study.parquet"] if is_there else [])):
        pd.DataFrame({"model": ["tiny"]}).to_parquet(path)
    ingest(tmp_path)
    assert ("cross_study_claims" in caplog.text) == is_there


def test_what_a_run_leaves_behind_is_refused_by_the_next_one(tmp_path: Path) -> None:
    ingest(tmp_path)
    embeddings = tmp_path / "04_feature" / "minilm_l6" / "embeddings"
    embeddings.mkdir(parents=True)
    complete = {"fingerprint": {"include_special_tokens": True}, "items": {}}
    (embeddings / "_complete.json").write_text(json.dumps(complete))
    ingest(tmp_path, sentence_sample={"size": 9})
    assert "minilm_l6.embeddings" in (tmp_path / "outdated_results.txt").read_text().split()
    with pytest.raises(StaleResultsError, match="older than what it was made from: minilm_l6"):
        ingest(tmp_path, "alignment", models="minilm_l6", sentence_sample={"size": 9})


def test_vectors_made_with_other_settings_are_refused(tmp_path: Path) -> None:
    ingest(tmp_path)
    embeddings = tmp_path / "04_feature" / "minilm_l6" / "embeddings"
    embeddings.mkdir(parents=True)
    settings = {"include_special_tokens": True, "poolings": ["mean"], "overlong": "truncate"}
    complete = {"fingerprint": settings, "items": {}}
    (embeddings / "_complete.json").write_text(json.dumps(complete))
    with pytest.raises(StaleResultsError) as caught:
        ingest(tmp_path, "alignment", models="minilm_l6")
    assert "include_special_tokens: True -> False" in str(caught.value)
    assert "poolings" in str(caught.value)
    assert "overlong" not in str(caught.value)
    same = settings | {"include_special_tokens": False, "poolings": ["weighted", "last", "mean"]}
    (embeddings / "_complete.json").write_text(json.dumps({"fingerprint": same, "items": {}}))
    with pytest.raises(EmbeddingError, match="missing or were made from|have no pooling"):
        ingest(tmp_path, "alignment", models="minilm_l6")


@pytest.mark.parametrize(
    ("table", "changed", "line"),
    [
        ("survey_scores", {"survey_responses": {"samples": 3}}, "survey_responses.samples: 1 -> 3"),
        (
            "survey_prompts",
            {"prompt_tables": "mine"},
            "raw survey_prompts: filepath: 'data/01_raw/sample/prompts/templates.csv' -> "
            "'mine/templates.csv'",
        ),
        ("tiny.stance_labels", {"stance_labelling": {"margin": 1.0}}, "margin: 0.5 -> 1.0"),
        ("closed_distributions", {"closed_survey": {"languages": "eng"}}, "-> 'eng'"),
        ("cultural_alignment", {"cultural_analysis": {"interval": "bootstrap"}}, "'bootstrap'"),
        ("capability_regression", {"cultural": {"elicitation": "open"}}, "elicitation: "),
    ],
)
def test_what_models_said_under_other_settings_is_refused(
    tmp_path: Path, table: str, changed: dict[str, Any], line: str
) -> None:
    hook = CheckSettingsHook()
    made = pd.DataFrame({"model": ["tiny"]})
    with session("test") as opened:
        hook.after_context_created(opened.load_context())
        hook.before_dataset_saved(table, made)
    stored = tmp_path / "table.parquet"
    made.to_parquet(stored)
    catalog = DataCatalog({table: AtomicParquetDataset(filepath=str(stored))})
    read = Pipeline([node(len, table, "count", name="read")])
    run = {"pipeline_names": ["reporting"], "tags": ["cultural"]}
    for settings in ({"cultural": {"respondents": "tiny"}}, changed):
        with session("test", **settings) as opened:
            hook.after_context_created(opened.load_context())
            if settings is changed:
                with pytest.raises(StaleResultsError) as caught:
                    hook.before_pipeline_run(run, read, catalog)
            else:
                hook.before_pipeline_run(run, read, catalog)
    message = str(caught.value)
    assert f"The stored {table} were made with other settings" in message
    assert line in message
    command = message.splitlines()[-1].split()
    assert command[:6] == [
        "kedro",
        "run",
        "--pipelines",
        "cultural,reporting",
        "--tags",
        "cultural",
    ]


def test_closed_answers_in_other_orders_are_refused(tmp_path: Path) -> None:
    answers = tmp_path / "answers"
    answers.mkdir()
    complete = {"fingerprint": {"orders": ["cyclic"], "overlong": "refuse"}, "items": {}}
    (answers / "_complete.json").write_text(json.dumps(complete))
    stored = ResumablePartitionsDataset(filepath=str(answers), format="parquet")
    catalog = DataCatalog({"tiny.survey_answers": stored})
    read = Pipeline([node(len, "tiny.survey_answers", "count", name="read")])
    hook = CheckSettingsHook()
    with session("test") as opened:
        hook.after_context_created(opened.load_context())
        with pytest.raises(StaleResultsError, match=r"orders: \['cyclic'\] -> \['forward', 'rev"):
            hook.before_pipeline_run({"pipeline_names": ["cultural"]}, read, catalog)
    with session("test", closed_survey={"orders": "cyclic"}) as opened:
        hook.after_context_created(opened.load_context())
        hook.before_pipeline_run({"pipeline_names": ["cultural"]}, read, catalog)


@pytest.mark.parametrize("environment", ["base", "multicultural"])
def test_what_reports_read_of_the_room_of_values_tells_its_settings(environment: str) -> None:
    with session(environment):
        made = project.pipelines["cultural"].all_outputs()
        read = project.pipelines["reporting"].inputs() & made
    assert {"survey_scores", "original_us_bias", "survey_remarks"} <= read
    assert {base_name(name) for name in read} <= set(DECIDED_BY)


def test_what_reports_read_of_counting_tells_its_settings() -> None:
    with session("base"):
        made = project.pipelines["counting"].all_outputs()
        read = project.pipelines["reporting"].inputs() & made
    found = {base_name(name) for name in read}
    assert {"counting_scores", "counting_contrasts", "count_predictions"} <= found
    assert found <= set(DECIDED_BY)


def test_lists_with_commas_are_refused_in_this_project_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    arguments = ["run", "--params", "languages=eng,deu"]
    with pytest.raises(Refusal, match="languages=eng deu"):
        command_hook.before_command_run(bootstrap_project(ROOT), arguments)
    command_hook.before_command_run(None, arguments)


def test_a_table_that_does_not_fit_its_schema_is_told_by_row(tmp_path: Path) -> None:
    path = tmp_path / "questions.csv"
    shipped = (ROOT / "data/01_raw/reference/survey_questions.csv").read_text()
    path.write_text(shipped.replace(",ordinal,", ",ordnal,", 1))
    with (
        session("test", survey_questions=str(path)) as opened,
        pytest.raises(DataValidationError) as caught,
    ):
        opened.load_context().catalog.load("survey_questions")
    assert message_of(caught.value) == (
        f"{path}, row 3, column scale: 'ordnal' is none of binary, ordinal, nominal. Did you mean "
        "ordinal or nominal?"
    )


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "isogloss", "--env", "test", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ("models=minilm", "Unknown model 'minilm'. Did you mean minilm_l6? "),
        (
            "alignment.mode=x",
            "alignment.mode = 'x': it must be 'all_pairs' or 'pivot'. "
            "Set by --params; declared in conf/base/parameters/alignment.yml.",
        ),
        ("languages=eng dut", "languages: Unknown language code 'dut'. Did you mean deu? "),
        ("corpus=folder,raw_data=/none", "The corpus folder /none does not exist. "),
    ],
)
def test_a_refused_command_ends_with_the_message_alone(
    tmp_path: Path, parameters: str, message: str
) -> None:
    done = command("--pipelines", "ingestion", "--params", f"data_root={tmp_path},{parameters}")
    assert done.returncode == 1
    assert done.stderr.startswith(message)
    assert done.stderr.count("\n") == 1
    for noise in ("Traceback", "Repeat the previous command", message):
        assert noise not in done.stdout


@pytest.mark.slow
def test_the_traceback_of_a_refusal_appears_when_asked_for() -> None:
    done = command("--params", "models=minilm", ISOGLOSS_TRACEBACK="1")
    assert done.returncode == 1
    assert "Traceback" in done.stderr


@pytest.mark.slow
def test_a_selection_without_nodes_ends_with_what_there_is() -> None:
    done = command("--pipelines", "algnment")
    assert done.stderr.startswith(
        "There is no pipeline 'algnment' (--pipelines). Did you mean alignment? There are: "
        "ingestion, representation, alignment, tasks, merging, cultural, "
    )


@pytest.mark.slow
def test_an_unknown_environment_is_answered_with_those_there_are() -> None:
    done = command("--env", "paper")
    assert "Environments (--env): base, " in done.stderr
    assert "massive, multicultural, public, test, thesis." in done.stderr
    assert "Traceback" not in done.stderr
