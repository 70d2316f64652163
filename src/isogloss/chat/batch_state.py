"""Which batches of requests are under way, in the store before a server hears of them."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from isogloss.chat.json_lines import encode_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import IO

    from isogloss.chat.journals import Journal

STATE_FILE, FOLDER = "batches.json", "batches"


@dataclass(frozen=True)
class Batch:
    """Requests that are handed over together.

    Attributes:
        name: by which it is found again at the server, and of its files.
        engine: that handed it over.
        requests: how many.
        id: that the server gave; None while it is not known whether the server has it.
        done: whether its answers are in the store.
    """

    name: str
    engine: str
    requests: int
    id: str | None = None
    done: bool = False


class BatchState:
    """The batches of a store. Only who holds the store may change them.

    Args:
        journal: of the store.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    @property
    def place(self) -> str:
        """Where the batches are recorded."""
        return self._journal.where(STATE_FILE)

    def under_way(self) -> list[Batch]:
        """Give the batches whose answers are not in the store yet."""
        kept = self._journal.read_record(STATE_FILE)
        batches = [Batch(name=name, **batch) for name, batch in kept.items()]
        return [batch for batch in batches if not batch.done]

    def plan(self, engine: str, lines: Sequence[Mapping[str, Any]]) -> Batch:
        """Write the input file of a batch, and then record that it is to be handed over."""
        batch = Batch(uuid.uuid4().hex, engine, len(lines))
        self._journal.write_lines(_input_name(batch), map(encode_line, lines))
        return self._record(batch)

    def submitted(self, batch: Batch, identifier: str) -> Batch:
        """Record that the server has it."""
        return self._record(replace(batch, id=identifier))

    def finish(self, batch: Batch) -> None:
        """Record that its answers are in the store."""
        self._record(replace(batch, done=True))

    def open_input(self, batch: Batch) -> IO[bytes]:
        """Open the file that holds its requests."""
        return self._journal.open_file(_input_name(batch))

    def bodies(self, batch: Batch) -> dict[str, Mapping[str, Any]]:
        """Give key -> what is sent, of all its requests."""
        return {
            line["custom_id"]: line["body"] for _, line in self._journal.lines(_input_name(batch))
        }

    def _record(self, batch: Batch) -> Batch:
        kept = asdict(batch)
        name = kept.pop("name")
        self._journal.write_record(
            STATE_FILE, {**self._journal.read_record(STATE_FILE), name: kept}
        )
        return batch


def input_file(folder: Path, batch: Batch) -> Path:
    """Give the file that holds the requests of a batch, in a store on a local disk."""
    return folder.absolute() / _input_name(batch)


def output_file(folder: Path, batch: Batch) -> Path:
    """Give the file that is to hold its answers, where a program writes them."""
    return folder.absolute() / FOLDER / f"{batch.name}.output.jsonl"


def _input_name(batch: Batch) -> str:
    return f"{FOLDER}/{batch.name}.jsonl"
