"""What happens around a command and around a run."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import TYPE_CHECKING, Any

from kedro.framework import project
from kedro.framework.cli.hooks import cli_hook_impl
from kedro.framework.hooks import hook_impl
from kedro.framework.session import KedroSession
from kedro.pipeline import Pipeline
from kedro.validation.exceptions import DataValidationError
from rich.console import Console

from isogloss.commands import refuse_list_mistakes, run_command
from isogloss.config import SessionConfigLoader, active_study, checked_parameters
from isogloss.errors import Refusal, find_refusal, show_only_messages
from isogloss.freshness import (
    DECIDED_BY,
    changed_settings,
    deciding_settings,
    find_outdated,
    note_settings,
    pipelines_through,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kedro.framework.context import KedroContext
    from kedro.framework.startup import ProjectMetadata
    from kedro.io import DataCatalog

logger = logging.getLogger(__name__)

DESCRIPTION = "alignment_description"
ROOMS = ("ingestion", "representation", "alignment", "reporting")
# Where Kedro logs that a node failed, and what to do then.
SPEAK_OF_FAILURES = (
    "kedro.pipeline.node",
    "kedro.runner.parallel_runner",
    "kedro.runner.sequential_runner",
    "kedro.runner.thread_runner",
)
NAMES_SHOWN = 3
NOT_OF_A_SOURCE = ("type", "metadata", "credentials")
REFUSALS = (Refusal, DataValidationError)


class StaleResultsError(Refusal):
    """What lies in data_root is not what a run needs: missing, or made with other settings."""


def prepare_command(arguments: Sequence[str]) -> None:
    """Make a command end with the message of a refusal alone, and look for mistyped lists.

    Args:
        arguments: of the command line.
    """
    show_only_messages(_message_of)
    refuse_list_mistakes(arguments)


def leave_refusals_to_their_message() -> None:
    """Have Kedro neither repeat what a refusal says nor advise to repeat the command."""
    for name in SPEAK_OF_FAILURES:
        logging.getLogger(name).addFilter(_helps)


def _helps(record: logging.LogRecord) -> bool:
    """Say whether what Kedro logs is of use: nothing but its message mends a refusal."""
    if find_refusal(sys.exc_info()[1], REFUSALS) is not None:
        return False
    return not record.getMessage().startswith("Using synchronous mode")


def _message_of(error: BaseException) -> str | None:
    """Give the message of a refusal, or of a selection that Kedro does not find; else None."""
    if refusal := find_refusal(error, REFUSALS):
        return str(refusal)
    running = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    selects = Pipeline.filter.__code__ in running or running[-1:] == [KedroSession.run.__code__]
    if not (selects and isinstance(error, ValueError)):
        return None
    models = ", ".join(model.name for model in active_study().models)
    return f"{error}\nPipelines: {', '.join(project.pipelines)}. Models of this run: {models}."


class CommandHook:
    """Prepares each `kedro` command in this project."""

    @cli_hook_impl
    def before_command_run(
        self, project_metadata: ProjectMetadata | None, command_args: list[str]
    ) -> None:
        """Leave other projects of the same Python environment alone."""
        if project_metadata is not None and project_metadata.package_name == __package__:
            prepare_command(command_args)


class ShowResultsHook:
    """Shows the short description of the results in the terminal when a run has ended."""

    def __init__(self) -> None:
        self._description: str | None = None

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Forget the description of the run before."""
        self._description = None

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Keep the description of this run."""
        if dataset_name == DESCRIPTION:
            self._description = str(data)

    @hook_impl
    def after_pipeline_run(self) -> None:
        """Show the description as it stands in its file."""
        if self._description is not None:
            _show(f"\n{self._description}")


class CheckSettingsHook:
    """Refuses wrong parameters, and runs that rest on what they do not fit."""

    def __init__(self) -> None:
        self._settings: dict[str, dict[str, Any]] = {}

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Check the parameters of all rooms, in words that name what is possible."""
        loader = context.config_loader
        if not isinstance(loader, SessionConfigLoader):
            return
        parameters = {
            name: value.model_dump(mode="json") if hasattr(value, "model_dump") else value
            for name, value in checked_parameters(loader).items()
        }
        entry = loader["catalog"][f"{parameters['corpus']}_texts"]
        source = {key: value for key, value in entry.items() if key not in NOT_OF_A_SOURCE}
        self._settings = {
            table: deciding_settings(table, parameters, source) for table in DECIDED_BY
        }

    @hook_impl
    def before_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Note in the tables of ingestion what they are made with."""
        if dataset_name in self._settings:
            note_settings(data, self._settings[dataset_name])

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Refuse a run that rests on what is missing or was made with other settings.

        Raises:
            StaleResultsError: names what is missing or differs, and the command that makes it.
        """
        asked = run_params.get("pipeline_names") or []
        rooms = pipelines_through(_room_outputs(), asked) if asked else []
        _require_inputs(pipeline, catalog, rooms, run_params)
        stored = [
            table
            for table in self._settings
            if table not in pipeline.all_outputs() and catalog.exists(table)
        ]
        differences = {
            difference: None
            for table in stored
            for difference in changed_settings(catalog.load(table), self._settings[table])
        }
        if differences:
            raise StaleResultsError(
                f"The stored {' and '.join(stored)} were made with other settings than those of "
                "this run:\n  "
                + "\n  ".join(differences)
                + "\nGive the settings that they were made with (left), or make them anew:\n  "
                + run_command(rooms, run_params)
            )


def _require_inputs(
    pipeline: Pipeline, catalog: DataCatalog, rooms: Sequence[str], run_params: dict[str, Any]
) -> None:
    """Refuse a run some of whose inputs another room has yet to make."""
    made = project.pipelines["__default__"].all_outputs() & pipeline.inputs()
    missing = sorted(name for name in made if not catalog.exists(name))
    if missing:
        namespaced = all("." in name for name in missing)
        namespaces = (run_params.get("namespaces") or []) if namespaced else []
        raise StaleResultsError(
            f"This run needs what is not there, or not complete: {', '.join(missing)}. "
            "What is complete is not computed again. Make the rest:\n  "
            + run_command(rooms, run_params, namespaces)
        )


class RequireModelsHook:
    """Refuses a run whose models cannot be had, before anything is computed."""

    @hook_impl(trylast=True)
    def before_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Look for every model that the run opens.

        Raises:
            Refusal: names all that are missing, each with the command that obtains it.
        """
        missing = []
        for name in sorted(pipeline.inputs()):
            if name.endswith(".lm"):
                try:
                    catalog.load(name).require()
                except Refusal as error:
                    missing.append(str(error))
        if missing:
            raise Refusal("\n".join(missing))


class OutdatedResultsHook:
    """Warns of results that a run has left older than what they are made from."""

    def __init__(self) -> None:
        self._before: dict[str, str | None] = {}

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Remember in which state the results of the run are."""
        self._before = {name: _version(catalog, name) for name in pipeline.all_outputs()}

    @hook_impl(trylast=True)
    def after_pipeline_run(self, run_params: dict[str, Any], catalog: DataCatalog) -> None:
        """Compare, and name what lies further on."""
        changed = [name for name, state in self._before.items() if state != _version(catalog, name)]
        outdated = find_outdated(
            project.pipelines["__default__"].nodes,
            set(self._before),
            changed,
            lambda name: _version(catalog, name) is not None,
        )
        if not outdated:
            return
        rooms = [room for room, made in _room_outputs().items() if made.intersection(outdated)]
        more = len(outdated) - NAMES_SHOWN
        logger.warning(
            "%d results are now older than what they are made from: %s%s. To refresh them:",
            len(outdated),
            ", ".join(outdated[:NAMES_SHOWN]),
            f" and {more} more" if more > 0 else "",
        )
        _show(run_command(rooms, run_params))


def _show(text: str) -> None:
    """Write to the terminal as it stands, without the line breaks of a log."""
    Console(soft_wrap=True).print(text, markup=False, highlight=False)


def _room_outputs() -> Mapping[str, set[str]]:
    return {room: project.pipelines[room].all_outputs() for room in ROOMS}


def _version(catalog: DataCatalog, name: str) -> str | None:
    """Give what changes whenever a stored result does; None if there is none."""
    version = getattr(catalog.get(name), "content_version", None)
    return version() if version is not None else None


command_hook = CommandHook()
