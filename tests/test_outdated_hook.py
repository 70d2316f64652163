"""What a run learns of the one before it that did not hear what its workers had saved."""

from __future__ import annotations

from pathlib import Path

import pytest
from kedro.framework import project
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline, node

from isogloss.datasets import AtomicJSONDataset, AtomicTextDataset
from isogloss.hooks import OutdatedResultsHook

FIRST = node(str.upper, "raw", "first", name="make_first")
SECOND = node(str.upper, "first", "second", name="make_second")
THIRD = node(str.upper, "second", "third", name="make_third")
PIPELINE = Pipeline([FIRST, SECOND, THIRD])


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataCatalog:
    """A catalog in which all results are there and up to date."""
    monkeypatch.setattr(project, "pipelines", {"__default__": PIPELINE})
    names = ("raw", "first", "second", "third", "outdated_results")
    found = DataCatalog(
        {
            **{name: AtomicTextDataset(filepath=str(tmp_path / f"{name}.txt")) for name in names},
            "saves_under_way": AtomicJSONDataset(filepath=str(tmp_path / "under_way.json")),
        }
    )
    for name in names[:-1]:
        found.save(name, "of the first run")
    return found


def begin(catalog: DataCatalog, pipeline: Pipeline = PIPELINE) -> OutdatedResultsHook:
    hook = OutdatedResultsHook()
    hook.before_pipeline_run({}, pipeline, catalog)
    return hook


def outdated(catalog: DataCatalog) -> list[str]:
    found = catalog.load("outdated_results") if catalog.exists("outdated_results") else ""
    return str(found).split()


def test_what_a_worker_saved_unheard_makes_what_rests_on_it_outdated(
    catalog: DataCatalog,
) -> None:
    begin(catalog).send(["first"])
    catalog.save("first", "by a worker whose run was killed")
    begin(catalog)
    assert outdated(catalog) == ["second", "third"]
    assert catalog.load("saves_under_way") == {}


def test_of_what_was_under_way_but_not_saved_nothing_is_outdated(catalog: DataCatalog) -> None:
    begin(catalog).send(["first"])
    begin(catalog)
    assert outdated(catalog) == []
    catalog.save("first", "by a worker that was slower than the next run began")
    begin(catalog)
    assert outdated(catalog) == ["second", "third"]


def test_a_run_that_makes_all_anew_leaves_nothing_to_catch_up_with(catalog: DataCatalog) -> None:
    begin(catalog).send(["first"])
    later = begin(catalog)
    for name in ("first", "second", "third"):
        catalog.save(name, "of the second run")
        later.after_dataset_saved(name)
    assert outdated(catalog) == []
    begin(catalog)
    assert outdated(catalog) == []
