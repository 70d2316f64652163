"""Lists that a person can also type on the command line."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import BeforeValidator

T = TypeVar("T")


def _split_words(value: object) -> object:
    return tuple(value.split()) if isinstance(value, str) else value


# `kedro run --params` splits lists at commas, so a list may also be one text of words.
WordList = Annotated[tuple[T, ...], BeforeValidator(_split_words)]
