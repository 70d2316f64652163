from __future__ import annotations

import errno

import pytest
from kedro.io import DatasetError

from isogloss.errors import Refusal
from isogloss.hooks.commands import message_of
from isogloss.language_models.libraries import refuse_unreadable
from isogloss.shortages import describe_shortage


def wrapped(error: BaseException) -> DatasetError:
    outer = DatasetError("Failed while saving data to dataset")
    outer.__cause__ = error
    return outer


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError("can't start new thread"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
    ],
)
def test_too_little_memory_is_told_with_what_to_lower(error: BaseException) -> None:
    message = message_of(wrapped(error))
    assert message is not None
    assert message.startswith("Memory ran out (")
    assert "token_budget" in message
    assert "the same command again" in message


def test_a_full_disk_is_told_where_a_library_found_it() -> None:
    message = message_of(wrapped(OSError(errno.ENOSPC, "No space left", "/tmp/x/y")))
    assert message is not None
    assert message.startswith("/tmp/x/y cannot be written: no room is left")


def test_too_many_open_files_are_told() -> None:
    message = message_of(wrapped(OSError(errno.EMFILE, "Too many open files", "/tmp/x/y")))
    assert message is not None
    assert message.startswith("Too many files are open (")
    assert "ulimit -n" in message


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EMFILE, "Too many open files"),
    ],
)
def test_what_is_short_while_a_model_is_read_is_not_blamed_on_its_files(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, refuse_unreadable("m.gguf is not a whole file"):
        raise error
    assert caught.value is error
    assert "m.gguf" not in str(message_of(caught.value))


@pytest.mark.parametrize("error", [RuntimeError("shape mismatch"), OSError(errno.EIO, "broken")])
def test_other_errors_are_no_shortage(error: BaseException) -> None:
    assert describe_shortage(wrapped(error)) is None


def test_words_that_somebody_has_found_are_kept() -> None:
    error = Refusal("lower max_length")
    error.__cause__ = MemoryError()
    assert message_of(wrapped(error)) == "lower max_length"
