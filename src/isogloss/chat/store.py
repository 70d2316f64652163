"""Where answers are kept: each is on the disk before it is used, and none is asked for twice."""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isogloss.chat.contents import Contents, Failure, Spending
from isogloss.chat.json_lines import Appender, encode_line, hold_folder, read_lines
from isogloss.chat.records import ChatError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from isogloss.chat.scrubbing import Scrubber

logger = logging.getLogger(__name__)

ANSWERS, FAILURES = "responses.jsonl", "failures.jsonl"
NO_SUCH_LINE = (AttributeError, IndexError, KeyError, TypeError)


class ResponseStore:
    """A folder that keeps the answers of one chat model. Making one touches no file.

    Args:
        folder: on a local disk.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def __repr__(self) -> str:
        return f"ResponseStore({str(self.folder)!r})"

    def read(self) -> Contents:
        """Read everything, also while a run writes.

        Raises:
            ChatError: if a line is damaged; names file and line.
        """
        contents = Contents()
        repeated = 0
        path = self.folder / ANSWERS
        for number, line in read_lines(path):
            try:
                repeated += not contents.take_answer(line)
            except NO_SUCH_LINE:
                raise _damaged(path, number, "answer") from None
        path = self.folder / FAILURES
        for number, line in read_lines(path):
            try:
                contents.take_failure(line)
            except NO_SUCH_LINE:
                raise _damaged(path, number, "failure") from None
        if repeated:
            logger.info("%s: of %d repeated answers the first counts.", self.folder, repeated)
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
        with hold_folder(self.folder):
            yield OpenStore(self.folder, self.read(), scrubber)


def _damaged(path: Path, number: int, kind: str) -> ChatError:
    return ChatError(
        f"{path}, line {number} is damaged: it holds no {kind}. Restore the file from a copy. Or "
        "delete the line: its request is then asked, and paid, once more."
    )


class OpenStore:
    """A store that one run holds for writing; of its methods call one at a time.

    Args:
        folder: of the store.
        contents: what it holds.
        scrubber: masks the key in all that is written.
    """

    def __init__(self, folder: Path, contents: Contents, scrubber: Scrubber) -> None:
        self.folder = folder
        self.contents = contents
        self.scrubber = scrubber
        self._answers, self._failures = Appender(folder / ANSWERS), Appender(folder / FAILURES)

    def keep_answers(self, lines: Iterable[Mapping[str, Any]]) -> int:
        """Put answers on the disk, and then count them in; further ones of a request are dropped.

        Args:
            lines: of a batch output file, with `cost` and `unreported_tokens` where known.

        Returns:
            How many are new.
        """
        new: dict[str, dict[str, Any]] = {}
        for line in lines:
            if line["custom_id"] not in self.contents.responses:
                new.setdefault(line["custom_id"], {**line, "received": _now()})
        written = [self.scrubber.data(encode_line(line)) for line in new.values()]
        self._answers.append(written)
        # What is used is what was written, to the letter.
        return sum([self.contents.take_answer(json.loads(line)) for line in written])

    def keep_failures(self, failures: Iterable[Failure]) -> None:
        """Put failures on the disk, and then count them in."""
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
        self._failures.append([encode_line(line) for line in lines])
        for line in lines:
            self.contents.take_failure(line)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
