from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from isogloss.hooks import TellInterruptedHook

WORDS = "What is complete is kept: the same command again goes on from here."


def command_that_ends_with(error: BaseException | None) -> click.Command:
    """Make a command in which a pipeline begins to run."""

    @click.command("run")
    def run() -> None:
        TellInterruptedHook().before_pipeline_run()
        if error is not None:
            raise error

    return run


def test_an_interrupted_run_says_that_it_goes_on() -> None:
    ended = CliRunner().invoke(command_that_ends_with(KeyboardInterrupt()))
    assert ended.stderr.splitlines() == [WORDS, "", "Aborted!"]
    assert ended.exit_code == 1


@pytest.mark.parametrize("error", [None, ValueError("x"), click.ClickException("x")])
def test_a_run_that_ends_otherwise_says_nothing_of_it(error: BaseException | None) -> None:
    assert WORDS not in CliRunner().invoke(command_that_ends_with(error)).output


def test_without_a_command_nothing_is_prepared() -> None:
    TellInterruptedHook().before_pipeline_run()
