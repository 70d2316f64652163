"""What a run leaves older than what it is made from, also where it is killed."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

from kedro.framework import project
from kedro.framework.hooks import hook_impl

from isogloss.commands import run_command
from isogloss.dependencies import find_outdated
from isogloss.hooks.checks import StaleResultsError
from isogloss.hooks.commands import show
from isogloss.hooks.remedies import mending_command, room_tables, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedro.io import DataCatalog
    from kedro.pipeline import Pipeline

logger = logging.getLogger(__name__)

LIST = "outdated_results"
UNDER_WAY = "saves_under_way"
"""What workers of a cluster may have saved without telling: name -> version that it had before."""
AT_ONCE = 16


class OutdatedResultsHook:
    """Keeps a list of results that are older than what they are made from.

    The list lies beside the results and is written whenever something is saved, so that it holds
    after a kill too. What workers of a cluster were to save when a run ended is looked at when the
    next one begins.
    """

    def __init__(self) -> None:
        self._before: dict[str, str | None] = {}
        self._is_there: dict[str, bool] = {}
        self._under_way: dict[str, str | None] = {}
        self._catalog: DataCatalog | None = None

    @hook_impl(trylast=True)
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Refuse outdated inputs, and remember in which state the results of the run are.

        Raises:
            StaleResultsError: names the inputs, and the command that refreshes them.
        """
        self._catch_up(catalog)
        old = _listed(catalog)
        # What may be missing may be old: who shows it says so.
        outdated = sorted(name for name in pipeline.inputs() & old if not may_be_old(catalog, name))
        if outdated:
            command = mending_command(pipeline, run_params, set(outdated), old.intersection)
            raise StaleResultsError(
                f"This run rests on what is older than what it was made from: {shorten(outdated)}. "
                f"Refresh it:\n  {command}"
            )
        self._catalog = catalog
        self._before = _versions(catalog, sorted(pipeline.all_outputs()))
        self._is_there = {name: version is not None for name, version in self._before.items()}

    @hook_impl
    def after_dataset_saved(self, dataset_name: str) -> None:
        """Take what was saved off the list, and put on it what rests on its former content."""
        catalog = self._catalog
        if catalog is None or dataset_name not in self._before:
            return
        self._settle(catalog, dataset_name, self._before[dataset_name])

    def send(self, names: Sequence[str]) -> None:
        """Note results that a worker is about to save, who may not be heard of again."""
        if self._catalog is not None:
            self._note(
                self._catalog, self._under_way | {name: self._before[name] for name in names}
            )

    def _catch_up(self, catalog: DataCatalog) -> None:
        """Treat what workers have saved for a run that has not heard of it as if it had."""
        self._is_there = {}
        self._under_way = catalog.load(UNDER_WAY) if catalog.exists(UNDER_WAY) else {}
        for name, before in list(self._under_way.items()):
            # Half a set of partitions has no version: a later run makes it whole and hears of it.
            if _version(catalog, name) not in (None, before):
                logger.info("%s was saved for a run that had ended before.", name)
                self._settle(catalog, name, before)

    def _settle(self, catalog: DataCatalog, name: str, before: str | None) -> None:
        """Bring the list up to date with a result that was saved."""
        listed = _listed(catalog)
        self._is_there[name] = True
        further = find_outdated(
            project.pipelines["__default__"].nodes,
            {name},
            [name] if before != _version(catalog, name) else [],
            partial(self._exists, catalog),
            partial(may_be_missing, catalog),
        )
        present = (listed | set(further)) - {name}
        if present != listed:
            catalog.save(LIST, "\n".join(sorted(present)))
        if name in self._under_way:
            left = {one: version for one, version in self._under_way.items() if one != name}
            self._note(catalog, left)

    def _note(self, catalog: DataCatalog, under_way: dict[str, str | None]) -> None:
        self._under_way = under_way
        catalog.save(UNDER_WAY, under_way)

    def _exists(self, catalog: DataCatalog, name: str) -> bool:
        """Say whether a result is there; asked after each node, it asks the store but once."""
        if name not in self._is_there:
            self._is_there[name] = _version(catalog, name) is not None
        return self._is_there[name]

    @hook_impl(trylast=True)
    def after_pipeline_run(self, run_params: dict[str, Any], catalog: DataCatalog) -> None:
        """Name what lies further on."""
        outdated = sorted(_listed(catalog))
        if not outdated:
            return
        rooms = [name for name, room in room_tables().items() if room.makes & set(outdated)]
        logger.warning(
            "%d results are now older than what they are made from: %s. To refresh them:",
            len(outdated),
            shorten(outdated),
        )
        show(run_command(rooms, run_params))


def may_be_missing(catalog: DataCatalog, name: str) -> bool:
    """Say whether those who read a result do without it where it is not there."""
    return bool(getattr(catalog.get(name), "may_be_missing", False))


def may_be_old(catalog: DataCatalog, name: str) -> bool:
    """Say whether those who read a result show that it is older than what it is made from."""
    return bool(getattr(catalog.get(name), "may_be_old", False))


def _listed(catalog: DataCatalog) -> set[str]:
    return set(catalog.load(LIST).split()) if catalog.exists(LIST) else set()


def _versions(catalog: DataCatalog, names: Sequence[str]) -> dict[str, str | None]:
    """Give the versions of results, many at a time: a store takes its time for each."""
    asked = [getattr(catalog.get(name), "content_version", None) for name in names]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda version: version() if version is not None else None, asked)
    return dict(zip(names, found, strict=True))


def _version(catalog: DataCatalog, name: str) -> str | None:
    """Give what changes whenever a stored result does; None if there is none."""
    version = getattr(catalog.get(name), "content_version", None)
    return version() if version is not None else None
