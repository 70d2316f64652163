"""What a run says that is interrupted from the keyboard."""

from __future__ import annotations

import sys

import click
from kedro.framework.hooks import hook_impl

from isogloss.disk_errors import AGAIN
from isogloss.errors import find_refusal


class TellInterruptedHook:
    """Says that an interrupted run goes on where it stopped when its command is repeated."""

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Prepare for what the command says when it ends; a notebook has none."""
        command = click.get_current_context(silent=True)
        if command is not None:
            command.call_on_close(_tell_if_interrupted)


def _tell_if_interrupted() -> None:
    if find_refusal(sys.exc_info()[1], (KeyboardInterrupt,)) is not None:
        # A terminal has written ^C, without an end of the line.
        click.echo(f"\n{AGAIN}" if sys.stderr.isatty() else AGAIN, err=True)
