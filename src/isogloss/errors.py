"""Refusals: errors whose message alone says what is wrong, where, and how to mend it."""

from __future__ import annotations

import difflib
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import TracebackType

TRACEBACK_VARIABLE = "ISOGLOSS_TRACEBACK"


class Refusal(ValueError):
    """The user can mend this; the message says what is wrong, where, and how to mend it."""


class MissingFileError(Refusal, FileNotFoundError):
    """A file or folder that is needed is not there."""


class TooLargeError(Refusal, MemoryError):
    """Something does not fit in memory, however small the batches."""


class NotFiniteError(Refusal, ArithmeticError):
    """A result is infinite or not a number."""


def suggest(name: str, candidates: Iterable[str]) -> str:
    """Give ` Did you mean …?` for the nearest candidates, or nothing."""
    close = difflib.get_close_matches(name, list(candidates), n=3, cutoff=0.5)
    return f" Did you mean {' or '.join(close)}?" if close else ""


def join_faults(faults: Sequence[str], shown: int, rest: str) -> str:
    """Join messages, one a line.

    Args:
        faults: the messages.
        shown: so many of them are given in full.
        rest: said of the others after their number.
    """
    more = len(faults) - shown
    return "\n".join([*faults[:shown], *([f"{more} {rest}"] if more > 0 else [])])


def find_refusal(
    error: BaseException | None, kinds: tuple[type[BaseException], ...] = (Refusal,)
) -> BaseException | None:
    """Find the refusal behind an error that may have been wrapped by others.

    Args:
        error: what ended the program.
        kinds: the types that count as refusals.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, kinds):
            return error
        seen.add(id(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return None


def show_only_messages(message_of: Callable[[BaseException], str | None]) -> None:
    """Have a program that a refusal ends write the message alone, without a traceback.

    Other errors keep theirs; `ISOGLOSS_TRACEBACK=1` in the environment keeps it for all.

    Args:
        message_of: gives the message of an error that counts as a refusal, else None.
    """
    otherwise = sys.excepthook

    def show(
        kind: type[BaseException], error: BaseException, traceback: TracebackType | None
    ) -> None:
        message = None if os.environ.get(TRACEBACK_VARIABLE) else message_of(error)
        if message is None:
            otherwise(kind, error, traceback)
        else:
            sys.stderr.write(f"{message}\n")

    sys.excepthook = show
