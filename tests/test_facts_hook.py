from __future__ import annotations

from pathlib import Path

import pandas as pd
from kedro.framework import project
from kedro.io import DataCatalog

from isogloss.config import ROOT
from isogloss.hooks import RunFactsHook
from isogloss.hooks.facts import way
from tests.sessions import session


def test_a_run_that_writes_the_report_is_noted(tmp_path: Path) -> None:
    with session("test", data_root=str(tmp_path), tasks={"shots": 2}) as opened:
        context = opened.load_context()
        catalog, pipeline = context.catalog, project.pipelines["reporting"]
        assert isinstance(catalog, DataCatalog)
        catalog.save("outdated_results", "merging_section\nalignment_outcomes")
        hook = RunFactsHook()
        hook.after_context_created(context)
        hook.before_pipeline_run(pipeline, catalog)
        facts = catalog.load("run_facts")
    assert facts["environment"] == "test"
    assert facts["changed_parameters"]["tasks.shots"] == [5, 2]
    # Places are no settings of a study.
    assert not any("root" in name for name in facts["changed_parameters"])
    assert facts["seeds"]["reporting.seed"] == 0
    assert set(facts["models"]) == {"tiny", "minilm_l6"}
    assert facts["models"]["minilm_l6"]["licence"] == "Apache-2.0"
    assert facts["models"]["tiny"]["folder"] == "data/test/06_models/tiny"
    # What the run makes anew is not old.
    assert facts["outdated"] == ["alignment_outcomes"]
    # As seen from the report: the copy for spreadsheets where there is one.
    assert facts["files"]["task_scores"] == "task_scores.csv"
    assert facts["files"]["minilm_l6.alignment"] == "minilm_l6/alignment.csv"
    assert facts["files"]["reading_items"] == "../03_primary/reading_items.parquet"
    assert len(facts["commit"]) in (0, 40)
    assert facts["versions"]["isogloss"]
    assert facts["date"].endswith("UTC")


def noted_seeds(root: Path, *made: str, counters: str) -> set[str]:
    with session("test", data_root=str(root), counters=counters) as opened:
        context = opened.load_context()
        catalog = context.catalog
        assert isinstance(catalog, DataCatalog)
        for name in made:
            catalog.save(name, pd.DataFrame({"locale": ["de-DE"]}))
        hook = RunFactsHook()
        hook.after_context_created(context)
        hook.before_pipeline_run(project.pipelines["reporting"], catalog)
        return set(catalog.load("run_facts")["seeds"])


def test_seeds_are_those_of_results_that_there_are(tmp_path: Path) -> None:
    found = noted_seeds(tmp_path, counters="none")
    assert {"reporting.seed", "cross_study.seed"} <= found
    # Nothing of these has run, and nothing of the first ever will with these settings.
    assert not {name.partition(".")[0] for name in found} & {"counting", "tasks", "comparison"}
    assert "tasks.seed" in noted_seeds(tmp_path, "task_prompts", counters="none")


def test_other_runs_are_not_noted(tmp_path: Path) -> None:
    with session("test", data_root=str(tmp_path)) as opened:
        context = opened.load_context()
        hook = RunFactsHook()
        hook.after_context_created(context)
        catalog = context.catalog
        assert isinstance(catalog, DataCatalog)
        hook.before_pipeline_run(project.pipelines["ingestion"], catalog)
    assert not (tmp_path / "08_reporting").exists()


def test_a_page_leads_to_what_lies_in_its_own_store() -> None:
    report = "s3://bucket/run/08_reporting/report.html"
    assert way(report, "s3://bucket/run/03_primary/a.csv") == "../03_primary/a.csv"
    assert way(report, "s3://other/run/a.csv") == ""
    assert way(report, "/data/a.csv") == ""
    assert way("/data/08/report.html", "/data/x/a.csv") == "../x/a.csv"


def test_ways_through_foreign_folders_are_not_told(tmp_path: Path) -> None:
    report = str(tmp_path / "08_reporting" / "report.html")
    assert way(report, str(tmp_path / "03_primary" / "items.parquet")) == (
        "../03_primary/items.parquet"
    )
    assert way(report, str(ROOT / "site")) == ""
    assert way(report, "/home/alice/answers.parquet") == ""
    inside = str(ROOT / "data" / "08_reporting" / "report.html")
    assert way(inside, str(ROOT / "site")) == "../../site"
