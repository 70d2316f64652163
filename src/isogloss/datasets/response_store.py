"""Stores of answers as catalog entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.datasets.bases import ReadOnlyDataset
from isogloss.datasets.conditional_writes import can_exclude
from isogloss.datasets.storage import Storage
from isogloss.errors import Refusal

if TYPE_CHECKING:
    from isogloss.chat import ResponseStore


class ResponseStoreDataset(ReadOnlyDataset["ResponseStore"]):
    """The folder in which the answers of a chat model are kept.

    Args:
        filepath: a folder on a local disk, where each answer is appended to a file and synced; or
            in an S3 bucket, where it is an object, merged with others at the end of the run.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.

    Raises:
        Refusal: if it lies in a store that cannot keep two runs apart.
    """

    why_read_only = "answers enter a store as they come, by isogloss.chat.answer"

    def __init__(
        self,
        *,
        filepath: str,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        from isogloss.chat import ResponseStore
        from isogloss.datasets.object_journal import ObjectJournal

        storage = Storage(filepath, credentials)
        if not (storage.is_local or can_exclude(storage)):
            raise Refusal(
                f"Answers cannot be kept in {filepath}: two runs at once could not be told apart "
                "there. Name a folder on a local disk or in an S3 bucket."
            )
        self._store = ResponseStore(storage.path if storage.is_local else ObjectJournal(storage))
        self.metadata = metadata

    @property
    def place(self) -> str:
        """Where it lies."""
        return self._store.place

    @property
    def is_local(self) -> bool:
        """Whether it lies on a disk of this machine."""
        return self._store.journal.folder is not None

    def load(self) -> ResponseStore:
        """Give the handle; nothing is read yet."""
        return self._store

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._store.place}
