"""Lists that a person can also type on the command line."""

from __future__ import annotations

from typing import Annotated, TypeVar

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

T = TypeVar("T")

SEVERAL_WORDS = "several_words"


def joined_words(value: object) -> str | None:
    """Give the words of a list in which one item holds several, else None.

    That is what becomes of `languages=[eng deu]` on the command line.
    """
    if not isinstance(value, list | tuple):
        return None
    texts = [item for item in value if isinstance(item, str)]
    return " ".join(texts) if any(len(text.split()) > 1 for text in texts) else None


def _split_words(value: object) -> object:
    if words := joined_words(value):
        raise PydanticCustomError(SEVERAL_WORDS, "write the list as '{words}'", {"words": words})
    if isinstance(value, int | float):
        return (value,)
    return tuple(value.split()) if isinstance(value, str) else value


# `kedro run --params` splits lists at commas, so a list may also be one text of words; it reads
# a single number, `true` and `false` as what they are.
WordList = Annotated[tuple[T, ...], BeforeValidator(_split_words)]
