"""Files of one JSON object a line that are only ever appended to, and survive a kill."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from isogloss.chat.records import ChatError
from isogloss.disk_errors import explaining_disk, explaining_locks
from isogloss.json_texts import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

logger = logging.getLogger(__name__)

LOCK_FILE = ".lock"
LINE_END = b"\n"
SEAL = re.compile(rb',"crc32":([0-9]{1,10})}\r?\n?\Z')
"""How a line ends that has a checksum of what stands before."""


def read_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read a file line by line; a last line that is cut off is left out.

    Args:
        path: of the file; an absent one has no lines.

    Yields:
        The number of each line, from 1, and its object.

    Raises:
        ChatError: if any other line is damaged; names file and line.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        yield from parse_lines(file, str(path))


def parse_lines(lines: Iterable[bytes], place: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Read lines, as `read_lines` does.

    Args:
        lines: with their ends.
        place: where they stand, for messages.
    """
    for number, line in enumerate(lines, 1):
        parsed = _parse(line)
        if parsed is not None:
            yield number, parsed
        elif line.endswith(LINE_END):
            wrong = (
                "it does not fit its checksum (crc32)"
                if _breaks_seal(line)
                else "it is no JSON object with a custom_id"
            )
            raise ChatError(
                f"{place}, line {number} is damaged: {wrong}. Restore the file from a copy. Or "
                "delete the line: its request is then asked, and paid, once more."
            )


def seal_line(text: str) -> str:
    """Put into a line, as `encode_line` writes it, the checksum by which damage to it is told.

    Args:
        text: an object with one key at least, without its line end.
    """
    content = text.removesuffix("}")
    return f'{content},"crc32":{zlib.crc32(content.encode())}}}'


def _breaks_seal(line: bytes) -> bool:
    """Say whether a line has a checksum and does not fit it."""
    found = SEAL.search(line)
    return found is not None and zlib.crc32(line[: found.start()]) != int(found[1])


def _parse(line: bytes) -> dict[str, Any] | None:
    if _breaks_seal(line):
        return None
    try:
        parsed = parse_json(line)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) and isinstance(parsed.get("custom_id"), str) else None


def encode_line(line: Mapping[str, Any]) -> str:
    """Write an object as one line, without its end; half a surrogate pair becomes `?`."""
    text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()


class Appender:
    """Appends lines to a file; what was appended is on the disk.

    Args:
        path: of the file, made where it is not there. A last line that a killed process has cut
            off is removed, with a warning. Nobody else may be writing: see `hold_folder`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with explaining_disk(path):
            if not path.exists():
                path.touch()
                _sync_folder(path.parent)
            _repair(path)

    def append(self, lines: Iterable[str]) -> None:
        """Append lines and wait until they are on the disk; all of them or none.

        Raises:
            DiskError: if the disk is full.
        """
        data = b"".join(line.encode() + LINE_END for line in lines)
        if not data:
            return
        with explaining_disk(self._path), self._path.open("ab", buffering=0) as file:
            before = file.seek(0, os.SEEK_END)
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[file.write(rest) :]
                os.fsync(file.fileno())
            except OSError:
                # A disk that is full may have taken a part.
                file.truncate(before)
                raise


def _repair(path: Path) -> None:
    with path.open("r+b") as file:
        end = file.seek(0, os.SEEK_END)
        kept = _end_of_last_line(file, end)
        if kept == end:
            return
        file.seek(kept)
        if _parse(file.read()) is not None:
            # Only its line end is missing.
            file.write(LINE_END)
        else:
            file.truncate(kept)
            logger.warning(
                "%s: the last line was cut off, as when a run is killed. Its %d bytes are removed.",
                path,
                end - kept,
            )
        file.flush()
        os.fsync(file.fileno())


def _end_of_last_line(file: IO[bytes], end: int) -> int:
    """Give the place behind the last line end, looking from the end of the file."""
    step = 1 << 20
    for start in range(max(0, end - step), -step, -step):
        file.seek(max(0, start))
        found = file.read(step).rfind(LINE_END)
        if found >= 0:
            return max(0, start) + found + 1
    return 0


def _sync_folder(folder: Path) -> None:
    """Put the name of a new file on the disk, as its content is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def hold_folder(folder: Path) -> Iterator[None]:
    """Hold a folder for one writer; wait while another thread or process holds it.

    The kernel frees it when the process ends, however it ends.
    """
    with explaining_disk(folder / LOCK_FILE):
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / LOCK_FILE).open("a")
    with file:
        with explaining_locks(folder / LOCK_FILE):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                logger.info("Another run is asking and writes to %s; waiting for its end.", folder)
                fcntl.flock(file, fcntl.LOCK_EX)
        yield
