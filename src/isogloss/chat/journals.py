"""Where a store of answers keeps its lines and records: a folder on a local disk, or elsewhere."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Any, Protocol

from isogloss.chat.json_lines import Appender, hold_folder, read_lines
from isogloss.disk_errors import explaining_disk
from isogloss.language_models.storage import read_record, write_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path


class LineAppender(Protocol):
    """Appends lines to one file."""

    def append(self, lines: Iterable[str]) -> None:
        """Append lines, and return when they are kept for good; all of them or none."""


class Journal(Protocol):
    """Files of one JSON object a line, and records, all by name. Only who holds it may write."""

    @property
    def place(self) -> str:
        """Where it lies, for people."""

    @property
    def folder(self) -> Path | None:
        """The folder, where other programs of this machine can read and write; else None."""

    def where(self, name: str) -> str:
        """Say where a file lies."""

    def hold(self) -> AbstractContextManager[None]:
        """Hold it for writing; wait while another run holds it."""

    def lines(self, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Read a file: where each line stands, and its object; an absent file has none."""

    def appender(self, name: str) -> LineAppender:
        """Open a file to append to it."""

    def write_lines(self, name: str, lines: Iterable[str]) -> None:
        """Write a new file."""

    def open_file(self, name: str) -> IO[bytes]:
        """Open a file that is there."""

    def read_record(self, name: str) -> dict[str, Any]:
        """Read a JSON object; a missing one is empty."""

    def write_record(self, name: str, record: Mapping[str, Any]) -> None:
        """Write a JSON object whole or not at all."""


class FolderJournal:
    """Files in a folder on a local disk; each is appended to and synced. Making one touches none.

    Args:
        folder: on a local disk.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.folder)

    def where(self, name: str) -> str:
        """Give the path of a file."""
        return str(self.folder / name)

    def hold(self) -> AbstractContextManager[None]:
        """Hold the folder; see `hold_folder`."""
        return hold_folder(self.folder)

    def lines(self, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Read a file; see `read_lines`."""
        path = self.folder / name
        return ((f"{path}, line {number}", line) for number, line in read_lines(path))

    def appender(self, name: str) -> Appender:
        """Open a file to append to it."""
        return Appender(self.folder / name)

    def write_lines(self, name: str, lines: Iterable[str]) -> None:
        """Write a new file, and wait until it is on the disk."""
        path = self.folder / name
        with explaining_disk(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with explaining_disk(path), path.open("x", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())

    def open_file(self, name: str) -> IO[bytes]:
        """Open a file that is there."""
        return (self.folder / name).open("rb")

    def read_record(self, name: str) -> dict[str, Any]:
        """Read a JSON object; a missing one is empty."""
        return read_record(self.folder / name)

    def write_record(self, name: str, record: Mapping[str, Any]) -> None:
        """Write a JSON object whole or not at all."""
        write_record(self.folder / name, record)
