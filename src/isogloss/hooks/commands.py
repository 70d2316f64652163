"""What happens around a command: its messages, and what it shows in the end."""

from __future__ import annotations

import logging
import sys
import traceback
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kedro.config import MissingConfigException
from kedro.framework.cli.hooks import cli_hook_impl
from kedro.framework.hooks import hook_impl
from kedro.framework.project import settings
from kedro.framework.session import KedroSession
from kedro.pipeline import Pipeline
from kedro.validation.exceptions import DataValidationError
from rich.console import Console

from isogloss.commands import refuse_list_mistakes
from isogloss.config import ROOT
from isogloss.errors import Refusal, find_refusal, show_only_messages
from isogloss.hooks.entries import describe_entry
from isogloss.hooks.lineage import finish_lineage_page
from isogloss.hooks.selections import describe_runner, describe_selection
from isogloss.log_lines import leave_tracebacks_whole
from isogloss.shortages import describe_shortage
from isogloss.table_errors import describe_table_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kedro.framework.startup import ProjectMetadata
    from kedro.io import DataCatalog

DESCRIPTIONS = (
    "alignment_description",
    "task_description",
    "merge_description",
    "cultural_description",
    "counting_description",
    "mediation_description",
    "cross_study_description",
    "comparison_description",
    "summary",
)
REPORT = "report"
COMPARISON = "scoreboard_comparison_csv"
# Where Kedro logs that a node failed, and what to do then.
SPEAK_OF_FAILURES = (
    "kedro.pipeline.node",
    "kedro.runner.parallel_runner",
    "kedro.runner.sequential_runner",
    "kedro.runner.thread_runner",
    "isogloss.runners.dask_runner",
)
PACKAGE = "isogloss"
REFUSALS = (Refusal, DataValidationError)


def prepare_command(arguments: Sequence[str]) -> None:
    """Make a command end with the message of a refusal alone, and look for mistyped lists.

    Args:
        arguments: of the command line.
    """
    leave_tracebacks_whole()
    show_only_messages(partial(message_of, arguments=arguments))
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


def message_of(error: BaseException, arguments: Sequence[str] = ()) -> str | None:
    """Give the message of a refusal, or of what Kedro does not find or take; else None.

    Args:
        error: that ends a command.
        arguments: of its command line.
    """
    refusal = find_refusal(error, REFUSALS)
    # Where memory ran out while a table was checked, nothing is wrong with the table.
    if not isinstance(refusal, Refusal) and (words := describe_shortage(error)):
        return words
    if refusal:
        return _in_words(refusal)
    if isinstance(error, MissingConfigException):
        folders = sorted(path.name for path in Path(ROOT, settings.CONF_SOURCE).iterdir())
        environments = ", ".join(name for name in folders if "." not in name)
        return f"{error}\nEnvironments (--env): {environments}."
    if words := describe_entry(error) or describe_runner(error, arguments):
        return words
    running = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    selects = Pipeline.filter.__code__ in running or running[-1:] == [KedroSession.run.__code__]
    if not (selects and isinstance(error, ValueError)):
        return None
    return describe_selection(arguments)


def _in_words(refusal: BaseException) -> str:
    """Give the message of a refusal; of a table that somebody wrote, not in those of its schema."""
    # Not where the program starts: it takes a while.
    from pandera.errors import SchemaErrors

    # Kedro says what failed; its cause says where.
    cause = refusal.__cause__
    words = describe_table_errors(cause) if isinstance(cause, SchemaErrors) else None
    return words or str(refusal)


class CommandHook:
    """Prepares each `kedro` command in this project, and finishes what some of them write."""

    @cli_hook_impl
    def before_command_run(
        self, project_metadata: ProjectMetadata | None, command_args: list[str]
    ) -> None:
        """Leave other projects of the same Python environment alone."""
        if project_metadata is not None and project_metadata.package_name == PACKAGE:
            prepare_command(command_args)

    @cli_hook_impl
    def after_command_run(
        self, project_metadata: ProjectMetadata | None, command_args: list[str]
    ) -> None:
        """Make the page that shows the lineage work without a network."""
        if project_metadata is not None and project_metadata.package_name == PACKAGE:
            finish_lineage_page(project_metadata.project_path, command_args)


class ShowResultsHook:
    """Shows the short descriptions of the results in the terminal when a run has ended."""

    def __init__(self) -> None:
        self._saved: set[str] = set()

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Forget what the run before has made."""
        self._saved = set()

    @hook_impl
    def after_dataset_saved(self, dataset_name: str) -> None:
        """Remember what this run has made."""
        self._saved.add(dataset_name)

    @hook_impl
    def after_pipeline_run(self, catalog: DataCatalog) -> None:
        """Show the descriptions as they stand in their files, and where report and table lie."""
        for name in DESCRIPTIONS:
            if name in self._saved:
                show(f"\n{catalog.load(name).rstrip()}")
        if COMPARISON in self._saved:
            show(f"\nThe table of all cells: {getattr(catalog.get(COMPARISON), 'place', '')}")
        if REPORT in self._saved:
            show(f"\nThe report, for a browser: {getattr(catalog.get(REPORT), 'place', '')}")


def show(text: str) -> None:
    """Write to the terminal as it stands, without the line breaks of a log."""
    Console(soft_wrap=True).print(text, markup=False, highlight=False)
