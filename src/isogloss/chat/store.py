"""Where answers are kept: each is there before it is used, and none is asked for twice."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.chat.contents import Contents, Failure, Spending
from isogloss.chat.journals import FolderJournal
from isogloss.chat.json_lines import encode_line, seal_line
from isogloss.chat.records import ChatError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from isogloss.chat.journals import Journal
    from isogloss.chat.scrubbing import Scrubber

logger = logging.getLogger(__name__)

ANSWERS, FAILURES = "responses.jsonl", "failures.jsonl"
NO_SUCH_LINE = (AttributeError, IndexError, KeyError, TypeError)


class ResponseStore:
    """A folder that keeps the answers of one chat model. Making one touches no file.

    Args:
        folder: on a local disk; or what keeps lines elsewhere.
    """

    def __init__(self, folder: str | Path | Journal) -> None:
        self.journal: Journal = (
            FolderJournal(Path(folder)) if isinstance(folder, str | Path) else folder
        )

    def __repr__(self) -> str:
        return f"ResponseStore({self.place!r})"

    @property
    def place(self) -> str:
        """Where it lies, for people."""
        return self.journal.place

    @property
    def folder(self) -> Path:
        """The folder on a local disk.

        Raises:
            ChatError: if it lies elsewhere.
        """
        if self.journal.folder is None:
            raise ChatError(f"{self.place} is no folder on a local disk.")
        return self.journal.folder

    def read(self) -> Contents:
        """Read everything, also while a run writes.

        Raises:
            ChatError: if a line is damaged; names file and line.
        """
        contents = Contents()
        repeated = 0
        for where, line in self.journal.lines(ANSWERS):
            try:
                repeated += not contents.take_answer(line)
            except NO_SUCH_LINE:
                raise _damaged(where, "answer") from None
        for where, line in self.journal.lines(FAILURES):
            try:
                contents.take_failure(line)
            except NO_SUCH_LINE:
                raise _damaged(where, "failure") from None
        if repeated:
            logger.info("%s: of %d repeated answers the first counts.", self.place, repeated)
        return contents

    def spending(self) -> Spending:
        """Say what the answers have taken; `dataclasses.asdict` makes it a row of a table."""
        return self.read().spending

    @contextmanager
    def open(self, scrubber: Scrubber) -> Iterator[OpenStore]:
        """Hold the store for writing; wait while another run holds it.

        Args:
            scrubber: masks the key in all that is written.
        """
        with self.journal.hold():
            yield OpenStore(self.journal, self.read(), scrubber)


def _damaged(where: str, kind: str) -> ChatError:
    return ChatError(
        f"{where} is damaged: it holds no {kind}. Restore the file from a copy. Or "
        "delete the line: its request is then asked, and paid, once more."
    )


class OpenStore:
    """A store that one run holds for writing; of its methods call one at a time.

    Args:
        journal: of the store.
        contents: what it holds.
        scrubber: masks the key in all that is written.
    """

    def __init__(self, journal: Journal, contents: Contents, scrubber: Scrubber) -> None:
        self.journal = journal
        self.contents = contents
        self.scrubber = scrubber
        self._answers, self._failures = journal.appender(ANSWERS), journal.appender(FAILURES)

    def keep_answers(self, lines: Iterable[Mapping[str, Any]]) -> int:
        """Store answers, and then count them in; further ones of a request are dropped.

        Args:
            lines: of a batch output file, with `cost` and `unreported_tokens` where known.

        Returns:
            How many are new.
        """
        new: dict[str, dict[str, Any]] = {}
        for line in lines:
            if line["custom_id"] not in self.contents.responses:
                new.setdefault(line["custom_id"], {**line, "received": _now()})
        written = [seal_line(self.scrubber.data(encode_line(line))) for line in new.values()]
        self._answers.append(written)
        # What is used is what was written, to the letter.
        return sum([self.contents.take_answer(json.loads(line)) for line in written])

    def keep_failures(self, failures: Iterable[Failure]) -> None:
        """Store failures, and then count them in."""
        lines = [
            {
                "id": None,
                "custom_id": failure.key,
                "response": None,
                "error": {"code": "failed", "message": self.scrubber.message(failure.reason)},
                "permanent": failure.permanent,
                "sent": failure.sent,
                "cost": failure.cost,
                "unreported_tokens": failure.unreported_tokens,
                "received": _now(),
            }
            for failure in failures
        ]
        self._failures.append([seal_line(encode_line(line)) for line in lines])
        for line in lines:
            self.contents.take_failure(line)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
