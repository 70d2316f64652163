"""Stores of answers as catalog entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.datasets.bases import ReadOnlyDataset
from isogloss.datasets.storage import Storage
from isogloss.errors import Refusal

if TYPE_CHECKING:
    from isogloss.chat import ResponseStore


class ResponseStoreDataset(ReadOnlyDataset["ResponseStore"]):
    """The folder in which the answers of a chat model are kept.

    Args:
        filepath: a folder on a local disk; each answer is appended to a file there and synced.
        metadata: for plugins such as kedro-viz; unused here.

    Raises:
        Refusal: if it is not local.
    """

    why_read_only = "answers enter a store as they come, by isogloss.chat.answer"

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        from isogloss.chat import ResponseStore

        storage = Storage(filepath)
        if not storage.is_local:
            raise Refusal(
                f"Answers cannot be kept in {filepath}: nothing can be appended to a file there. "
                "Name a folder on a local disk."
            )
        self._store = ResponseStore(storage.path)
        self.metadata = metadata

    def load(self) -> ResponseStore:
        """Give the handle; nothing is read yet."""
        return self._store

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._store.folder)}
