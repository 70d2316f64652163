"""What a run was, noted for the report at its start."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.framework import project
from kedro.framework.hooks import hook_impl

from isogloss import run_facts
from isogloss.config import ROOT, SessionConfigLoader
from isogloss.study import active_study

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kedro.framework.context import KedroContext
    from kedro.io import DataCatalog
    from kedro.pipeline import Pipeline

FACTS = "run_facts"
REPORT = "report"
OUTDATED = "outdated_results"
SETTING = "params:"
SITE = "site"
"""Folder of the documentation, once it is built."""
DOCS = "docs"
"""And that of its sources."""
TABLES = (".csv", ".parquet")


def describe_run(loader: SessionConfigLoader) -> dict[str, Any]:
    """Give what decides a run: date, versions, commit, models, and how it differs from base.

    Neither folders of this machine nor passwords are told: see `without_places`.

    Args:
        loader: of the session.
    """
    base, used = loader.base_parameters(), loader["parameters"]
    used = {name: value for name, value in used.items() if name in base}
    names = [model.name for model in active_study().models]
    facts: dict[str, Any] = {
        "date": run_facts.now(),
        "versions": run_facts.library_versions(),
        **run_facts.source_state(ROOT),
        "models": run_facts.describe_models(names, loader["catalog"]),
        "environment": loader.env or loader.default_run_env,
        "changed_parameters": run_facts.changed_parameters(base, used),
        "seeds": run_facts.find_seeds(used),
    }
    told: dict[str, Any] = run_facts.without_places(facts)
    return told


class RunFactsHook:
    """Saves versions, commit, models and settings of a run that writes the report."""

    def __init__(self) -> None:
        self._loader: SessionConfigLoader | None = None

    # After the check of the settings, whose words help where they are wrong.
    @hook_impl(trylast=True)
    def after_context_created(self, context: KedroContext) -> None:
        """Remember where the settings of the run stand."""
        loader = context.config_loader
        self._loader = loader if isinstance(loader, SessionConfigLoader) else None

    @hook_impl(trylast=True)
    def before_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Save what is known at the start of a run that writes the report."""
        if FACTS not in pipeline.inputs() or self._loader is None:
            return
        facts = describe_run(self._loader)
        facts |= {
            "seeds": _of_results(facts["seeds"], pipeline, catalog),
            "docs": _find_docs(catalog),
            "files": _find_files(catalog),
            "outdated": sorted(_outdated(catalog) - pipeline.all_outputs()),
        }
        catalog.save(FACTS, facts)


def _of_results(
    seeds: Mapping[str, Any], pipeline: Pipeline, catalog: DataCatalog
) -> dict[str, Any]:
    """Keep the seeds that a result rests on: of nodes that run now, or whose outputs are there."""
    made = pipeline.all_outputs()
    taken: set[str] = set()
    for node in project.pipelines["__default__"].nodes:
        settings = {name.removeprefix(SETTING) for name in node.inputs if name.startswith(SETTING)}
        seeded = {seed for seed in seeds if not settings.isdisjoint(_groups(seed))} - taken
        if seeded and any(name in made or catalog.exists(name) for name in node.outputs):
            taken |= seeded
    return {name: seed for name, seed in seeds.items() if name in taken and seed is not None}


def _groups(setting: str) -> list[str]:
    """Give a setting with the groups that it stands in: `a.b.seed`, `a.b`, `a`."""
    parts = setting.split(".")
    return [".".join(parts[:end]) for end in range(len(parts), 0, -1)]


def _outdated(catalog: DataCatalog) -> set[str]:
    return set(catalog.load(OUTDATED).split()) if catalog.exists(OUTDATED) else set()


def _find_docs(catalog: DataCatalog) -> str:
    """Give the way from the report to the documentation, or to its sources if it is not built."""
    folder = next((ROOT / name for name in (SITE, DOCS) if _is_documented(ROOT / name)), None)
    return way(_place(catalog, REPORT), str(folder)) if folder else ""


def _is_documented(folder: Path) -> bool:
    return any((folder / name).exists() for name in ("index.html", "index.md"))


def _find_files(catalog: DataCatalog) -> dict[str, str]:
    """Give the way from the report to the file of every table, as CSV where there is such a copy.

    Nothing is said of tables in another store than the report's, where no page can follow, nor of
    those outside the folder of the run, whose names are nobody else's business.
    """
    made = project.pipelines["__default__"].all_outputs()
    report = _place(catalog, REPORT)
    files: dict[str, str] = {}
    for name in made:
        place = _place(catalog, f"{name}_csv" if f"{name}_csv" in made else name)
        leads = way(report, place) if place.endswith(TABLES) else ""
        files |= {name: leads} if leads else {}
    return files


def _place(catalog: DataCatalog, name: str) -> str:
    return str(getattr(catalog.get(name), "place", ""))


def way(report: str, place: str) -> str:
    """Give the way from the report to a place; empty if it leads through foreign folders."""
    run = Path(report).parent.parent
    roots = [root for root in (run, ROOT) if Path(report).is_relative_to(root)]
    if not any(Path(place).is_relative_to(root) for root in roots):
        return ""
    return Path(os.path.relpath(place, Path(report).parent)).as_posix()
