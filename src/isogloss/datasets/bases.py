"""What dataset types share: a place in a store, and that some are never written by a run."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from kedro.io import AbstractDataset

from isogloss.datasets.storage import Storage
from isogloss.errors import Refusal

Saved = TypeVar("Saved")
Loaded = TypeVar("Loaded")


class StoredDataset(AbstractDataset[Saved, Loaded]):
    """A file or folder, on a local disk or in a store.

    Args:
        filepath: where it lies; local path or URL.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    def __init__(
        self,
        *,
        filepath: str,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        self._storage = Storage(filepath, credentials)
        self.metadata = metadata

    @property
    def place(self) -> str:
        """Where it lies."""
        return str(self._storage.path)

    @property
    def is_local(self) -> bool:
        """Whether it lies on a disk of this machine."""
        return self._storage.is_local

    def _exists(self) -> bool:
        return self._storage.exists(self._storage.path)

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._storage.path}


class ReadOnlyDataset(AbstractDataset[None, Loaded]):
    """Something that no node saves; its description begins with its place or name."""

    why_read_only: ClassVar[str] = "raw data are never written"

    def save(self, data: None) -> None:
        """Refuse.

        Raises:
            Refusal: names the entry, why it is read only, and what to do.
        """
        place = next(iter(self._describe().values()))
        raise Refusal(
            f"Nothing is saved to {place} ({type(self).__name__}): {self.why_read_only}. "
            "Let the node save to another entry of the catalog."
        )


# Kedro gives every subclass an `__init__`: the one that takes arguments must come first.
class RawDataset(StoredDataset[None, Loaded], ReadOnlyDataset[Loaded]):
    """Raw data in a file or folder: read, never written."""
