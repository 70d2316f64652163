"""A folder of partitions that nobody need have made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.datasets.partitions import ResumablePartitionsDataset

if TYPE_CHECKING:
    from isogloss.partitions import StoredPartitions


class OptionalPartitionsDataset(ResumablePartitionsDataset):
    """Partitions that load as None where they are missing or incomplete; for reading alone.

    A run that reads them is not refused where they are older than what they were made from.
    """

    may_be_missing = may_be_old = True

    def load(self) -> StoredPartitions[Any] | None:  # type: ignore[override]
        """Give the partitions of a complete folder, or None."""
        return super().load() if super()._exists() else None

    def _exists(self) -> bool:
        return True
