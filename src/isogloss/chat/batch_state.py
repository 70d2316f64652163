"""Which batches of requests are under way, on the disk before a server hears of them."""

from __future__ import annotations

import os
import uuid
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from isogloss.chat.json_lines import encode_line, read_lines
from isogloss.language_models.storage import read_record, write_record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

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
        folder: of the store.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / STATE_FILE
        self._folder = (folder / FOLDER).absolute()

    def under_way(self) -> list[Batch]:
        """Give the batches whose answers are not in the store yet."""
        batches = [Batch(name=name, **kept) for name, kept in read_record(self.path).items()]
        return [batch for batch in batches if not batch.done]

    def plan(self, engine: str, lines: Sequence[Mapping[str, Any]]) -> Batch:
        """Write the input file of a batch, and then record that it is to be handed over."""
        batch = Batch(uuid.uuid4().hex, engine, len(lines))
        self._folder.mkdir(parents=True, exist_ok=True)
        with self.input_file(batch).open("x", encoding="utf-8") as file:
            file.writelines(f"{encode_line(line)}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
        return self._record(batch)

    def submitted(self, batch: Batch, identifier: str) -> Batch:
        """Record that the server has it."""
        return self._record(replace(batch, id=identifier))

    def finish(self, batch: Batch) -> None:
        """Record that its answers are in the store."""
        self._record(replace(batch, done=True))

    def input_file(self, batch: Batch) -> Path:
        """Give the file that holds its requests."""
        return self._folder / f"{batch.name}.jsonl"

    def output_file(self, batch: Batch) -> Path:
        """Give the file that is to hold its answers, where a program writes them."""
        return self._folder / f"{batch.name}.output.jsonl"

    def bodies(self, batch: Batch) -> dict[str, Mapping[str, Any]]:
        """Give key -> what is sent, of all its requests."""
        return {line["custom_id"]: line["body"] for _, line in read_lines(self.input_file(batch))}

    def _record(self, batch: Batch) -> Batch:
        kept = asdict(batch)
        name = kept.pop("name")
        write_record(self.path, {**read_record(self.path), name: kept})
        return batch
