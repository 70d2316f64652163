"""Parallel texts as they lie in their sources, before anything has been checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class RawText:
    """One line-aligned text in one language.

    Attributes:
        name: what to call it in an error message, for example `devtest/deu.devtest`.
        read: gives its bytes.
    """

    name: str
    read: Callable[[], bytes] = field(repr=False)


@dataclass(frozen=True)
class RawCorpus:
    """Texts that are translations of each other, line by line.

    Attributes:
        origin: the folder or hub name, for error messages.
        naming: how a file is named, for error messages, for example `{split}/{language}.{split}`.
        first_ids: split -> number of its first line among the sentences of the whole corpus.
        texts: code as the source writes it -> split -> text.
    """

    origin: str
    naming: str
    first_ids: Mapping[str, int]
    texts: Mapping[str, Mapping[str, RawText]]
