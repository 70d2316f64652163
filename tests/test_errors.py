from __future__ import annotations

import sys

import pytest

from isogloss.errors import (
    MissingFileError,
    Refusal,
    TooLargeError,
    find_refusal,
    join_faults,
    show_only_messages,
    suggest,
)


def test_of_many_faults_the_first_are_named_and_the_others_counted() -> None:
    assert join_faults(["a", "b"], 2, "more.") == "a\nb"
    assert join_faults(["a", "b", "{}", "d"], 2, "more lines.") == "a\nb\n2 more lines."


def wrapped(link: str) -> BaseException:
    """Make the error that a library raises around a refusal."""
    refusal, error = Refusal("deu.txt, line 3: empty. Remove it."), RuntimeError("while loading")
    if link == "cause":
        error.__cause__ = refusal
    else:
        error.__context__ = refusal
        error.__suppress_context__ = link == "suppressed"
    return error


@pytest.mark.parametrize(
    ("link", "found"), [("cause", True), ("context", True), ("suppressed", False)]
)
def test_a_refusal_is_found_behind_what_wraps_it(link: str, found: bool) -> None:
    assert (find_refusal(wrapped(link)) is not None) is found


def test_errors_that_lead_in_a_circle_end() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert find_refusal(first) is None


def test_refusals_are_also_what_python_calls_them() -> None:
    assert isinstance(MissingFileError("x does not exist"), FileNotFoundError)
    assert isinstance(TooLargeError("x"), MemoryError)
    assert str(MissingFileError("x does not exist")) == "x does not exist"


def test_a_program_ends_with_the_message_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda _kind, error, _traceback: shown.append(error))
    monkeypatch.delenv("ISOGLOSS_TRACEBACK", raising=False)
    show_only_messages(lambda error: str(find_refusal(error) or "") or None)
    refusal, bug = wrapped("cause"), KeyError("a bug")
    sys.excepthook(type(refusal), refusal, None)
    sys.excepthook(type(bug), bug, None)
    assert capsys.readouterr().err == "deu.txt, line 3: empty. Remove it.\n"
    assert shown == [bug]
    monkeypatch.setenv("ISOGLOSS_TRACEBACK", "1")
    sys.excepthook(type(refusal), refusal, None)
    assert shown == [bug, refusal]


def test_near_names_are_suggested() -> None:
    assert suggest("poling", ["pooling", "pivot"]) == " Did you mean pooling?"
    assert suggest("xyz", ["pooling"]) == ""
