"""Records that a run may or may not have made."""

from __future__ import annotations

from typing import Any

from isogloss.datasets.files import AtomicJSONDataset


class OptionalJSONDataset(AtomicJSONDataset):
    """A value in a JSON file that loads as None when nobody has saved it.

    A run that reads it is not refused where it is missing, or older than what it was made from.

    Args:
        filepath: where it lies, if it does.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    may_be_missing = may_be_old = True

    def load(self) -> Any:
        """Read the value, or give None."""
        return super().load() if super()._exists() else None

    def _exists(self) -> bool:
        return True
