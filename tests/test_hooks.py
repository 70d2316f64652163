from __future__ import annotations

import pytest

from isogloss.hooks import DESCRIPTION, ShowResultsHook


def test_the_description_is_shown_when_the_run_has_ended(
    capsys: pytest.CaptureFixture[str],
) -> None:
    hook = ShowResultsHook()
    hook.before_pipeline_run()
    hook.after_dataset_saved("another", "not shown")
    hook.after_dataset_saved(DESCRIPTION, "best [bold]Spanish[/bold] .68 [.63, .72]")
    assert capsys.readouterr().out == ""
    hook.after_pipeline_run()
    assert capsys.readouterr().out == "\nbest [bold]Spanish[/bold] .68 [.63, .72]\n"


def test_a_run_without_a_description_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    hook = ShowResultsHook()
    hook.after_dataset_saved(DESCRIPTION, "of the run before")
    hook.before_pipeline_run()
    hook.after_pipeline_run()
    assert capsys.readouterr().out == ""
