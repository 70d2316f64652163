"""Ends long computations at their next step where nobody waits for them any more."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_UNWANTED: ContextVar[Callable[[], bool] | None] = ContextVar("unwanted", default=None)


class RunEndedError(Exception):
    """The run that asked for a computation has ended; nothing of it may be saved."""


@contextmanager
def stopping_when(unwanted: Callable[[], bool]) -> Iterator[None]:
    """Have computations in this block end when nobody waits for them.

    Args:
        unwanted: says whether that is so.
    """
    token = _UNWANTED.set(unwanted)
    try:
        yield
    finally:
        _UNWANTED.reset(token)


def stop_if_unwanted() -> None:
    """End what is computed now if nobody waits for it; long loops call this at every step.

    Raises:
        RunEndedError: if so.
    """
    unwanted = _UNWANTED.get()
    if unwanted is not None and unwanted():
        raise RunEndedError("The run that asked for this has ended: nothing more is done for it.")
