"""Answers of a chat model in an object store, where nothing can be appended to a file.

What is appended is a new object, in a folder that stands for the file. The objects are merged when
the run that wrote them ends, or by the next one. The first line of a merged object names those that
it holds, so that one which was not deleted yet is not counted twice.
"""

from __future__ import annotations

import io
import json
import logging
import time
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from isogloss.chat.json_lines import LINE_END, parse_lines
from isogloss.datasets.leases import Lease
from isogloss.datasets.stores import StoreError
from isogloss.json_texts import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from isogloss.datasets.storage import Storage

logger = logging.getLogger(__name__)

MERGED_KEY = "merged"
MERGED_MARK = b'{"merged":'
PARTS_SUFFIX = ".parts"
LARGEST_MERGE = 1 << 26
"""In bytes: an object of this size is not written anew."""
PATIENCE_SECONDS = 300.0
"""For which an answer that was paid is offered to a store that does not take it."""
FURTHER_LOOKS = 5


class Part(NamedTuple):
    """An object with lines.

    Attributes:
        path: of the object.
        lines: with their ends.
        holds: names of the objects that were merged into it and are still there.
    """

    path: str
    lines: bytes
    holds: frozenset[str]

    @property
    def name(self) -> str:
        """Its name, in the order of which objects were written."""
        return PurePosixPath(self.path).name

    @property
    def number(self) -> int:
        """Where it stands in that order."""
        return int(self.name.partition("-")[0])


class ObjectJournal:
    """Lines and records of a store of answers in a folder of an object store.

    Args:
        storage: the folder.
        lease: makes what one run at a time holds.
    """

    folder = None

    def __init__(self, storage: Storage, lease: Callable[[Storage], Lease] = Lease) -> None:
        self._storage, self._make_lease = storage, lease
        self._lease: Lease | None = None
        self._written: set[str] = set()

    @property
    def place(self) -> str:
        """Where it lies."""
        return self._storage.path

    def where(self, name: str) -> str:
        """Say where a file lies."""
        return self._storage.child(name)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold it for writing; wait while another run holds it."""
        with self._make_lease(self._storage) as lease:
            self._lease = lease
            try:
                yield
                for name in sorted(self._written):
                    self._merge(name)
            finally:
                self._lease = None
                self._written = set()

    def lines(self, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Read a file: where each line stands, and its object."""
        # Such as a store has that was begun on a local disk and copied here.
        whole = self._storage.read_many([self._storage.child(name)])
        plain = [Part(path, content, frozenset()) for path, content in whole.items()]
        for part in [*plain, *self._parts(name)]:
            for number, line in parse_lines(io.BytesIO(part.lines), part.path):
                yield f"{part.path}, line {number}", line

    def appender(self, name: str) -> ObjectAppender:
        """Open a file to append to it; what a killed run has left is merged."""
        parts = self._merge(name)
        self._written.add(name)
        number = max((part.number for part in parts), default=0)
        return ObjectAppender(self._storage, f"{name}{PARTS_SUFFIX}", number, self._require_held)

    def write_lines(self, name: str, lines: Iterable[str]) -> None:
        """Write a new file."""
        content = b"".join(line.encode() + LINE_END for line in lines)
        self._storage.write_bytes(self._storage.child(name), content)
        self._require_held()

    def open_file(self, name: str) -> IO[bytes]:
        """Open a file that is there."""
        file = io.BytesIO(self._storage.read_bytes(self._storage.child(name)))
        file.name = PurePosixPath(name).name
        return file

    def read_record(self, name: str) -> dict[str, Any]:
        """Read a JSON object; a missing one is empty.

        Raises:
            StoreError: if it is none.
        """
        path = self._storage.child(name)
        found = self._storage.read_many([path])
        try:
            record = parse_json(found[path]) if found else {}
        except ValueError as error:
            raise StoreError(
                f"{path} is not valid JSON ({error}); delete it to start anew."
            ) from None
        if not isinstance(record, dict):
            raise StoreError(f"{path} holds no JSON object; delete it to start anew.")
        return record

    def write_record(self, name: str, record: Mapping[str, Any]) -> None:
        """Write a JSON object whole or not at all."""
        text = json.dumps(record, indent=1, sort_keys=True, ensure_ascii=False)
        self._storage.write_bytes(self._storage.child(name), text.encode() + LINE_END)
        self._require_held()

    def _require_held(self) -> None:
        if self._lease is not None:
            self._lease.require_held()

    def _parts(self, name: str) -> list[Part]:
        """Read the objects of a file in order, without those that another one holds."""
        folder = self._storage.child(name + PARTS_SUFFIX)
        for _ in range(FURTHER_LOOKS):
            paths = self._storage.find(folder)
            contents = self._storage.read_many(paths)
            if len(contents) == len(paths):
                break
            # Some were merged meanwhile.
        else:
            raise StoreError(f"{folder} changes all the time. Run again when others have ended.")
        parts = [_parse(path, content) for path, content in sorted(contents.items())]
        # Names of what is gone would fill the heads: none is ever given a second time.
        there = {part.name for part in parts}
        held = frozenset[str]().union(*(part.holds for part in parts))
        return [part._replace(holds=part.holds & there) for part in parts if part.name not in held]

    def _merge(self, name: str) -> list[Part]:
        """Write the last objects of a file as one, but for large ones, and give what there is."""
        parts = self._parts(name)
        size, first = 0, len(parts)
        while first and (size := size + len(parts[first - 1].lines)) <= LARGEST_MERGE:
            first -= 1
        small = parts[first:]
        self._require_held()
        if len(small) > 1:
            folder = self._storage.child(name + PARTS_SUFFIX)
            holds = sorted({part.name for part in small}.union(*(part.holds for part in small)))
            head = json.dumps({MERGED_KEY: holds}, separators=(",", ":")).encode() + LINE_END
            path = f"{folder}/{small[-1].number:012d}-{uuid4().hex}.jsonl"
            lines = b"".join(part.lines for part in small)
            self._storage.write_bytes(path, head + lines)
            parts = [*parts[:first], Part(path, lines, frozenset(holds))]
        self._delete_held(name, parts)
        return parts

    def _delete_held(self, name: str, parts: Iterable[Part]) -> None:
        held = frozenset[str]().union(*(part.holds for part in parts))
        for path in self._storage.find(self._storage.child(name + PARTS_SUFFIX)):
            if PurePosixPath(path).name in held:
                self._storage.remove(path)


class ObjectAppender:
    """Appends lines as new objects.

    Args:
        storage: the folder of the store.
        folder: stands for the file, below it.
        number: of the last object that is there.
        check: raises where the store may be held by another run.
    """

    def __init__(
        self, storage: Storage, folder: str, number: int, check: Callable[[], None]
    ) -> None:
        self._storage, self._folder, self._number = storage, folder, number
        self._check = check

    def append(self, lines: Iterable[str]) -> None:
        """Append lines, and return when the store has them; all of them or none."""
        data = b"".join(line.encode() + LINE_END for line in lines)
        if not data:
            return
        self._number += 1
        path = self._storage.child(f"{self._folder}/{self._number:012d}-{uuid4().hex}.jsonl")
        _insist(lambda: self._storage.write_bytes(path, data))
        self._check()


def _insist(write: Callable[[], None]) -> None:
    """Write what was paid for, again and again where the store does not take it."""
    deadline, pause = time.monotonic() + PATIENCE_SECONDS, 1.0
    while True:
        try:
            write()
        except StoreError as error:
            if time.monotonic() + pause > deadline:
                raise
            logger.warning("%s Trying again in %.0f s.", error, pause)
            time.sleep(pause)
            pause = min(2 * pause, 30.0)
        else:
            return


def _parse(path: str, content: bytes) -> Part:
    head, _, rest = content.partition(LINE_END)
    if not head.startswith(MERGED_MARK):
        return Part(path, content, frozenset())
    try:
        return Part(path, rest, frozenset(parse_json(head)[MERGED_KEY]))
    except (ValueError, TypeError):
        raise StoreError(
            f"{path}, line 1 is damaged. Restore the file from a copy, or delete the line."
        ) from None
