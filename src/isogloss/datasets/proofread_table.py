"""Tables of texts that a person corrects after they were written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from isogloss.datasets.files import AtomicCSVDataset
from isogloss.errors import Refusal

if TYPE_CHECKING:
    import pandas as pd


class ProofreadCSVDataset(AtomicCSVDataset):
    """A CSV file of texts, in which no row that lies there is ever lost or changed.

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
        super().__init__(
            filepath=filepath, text_only=True, credentials=credentials, metadata=metadata
        )

    def save(self, data: pd.DataFrame) -> None:
        """Write the table, if it holds all rows of the one that is there.

        Raises:
            Refusal: if it does not.
        """
        if self._exists() and (lost := _count_lost(self.load(), data)):
            path = self._storage.path
            raise Refusal(
                f"{path} holds {lost} row{'s' * (lost > 1)} that this run would change or leave "
                "out: somebody corrected them, or they were made with other settings. To keep "
                "them and add to them, make the folder of this file the run's input too "
                "(prompt_tables). To have them made anew, delete the file."
            )
        super().save(data)


def _count_lost(there: pd.DataFrame, data: pd.DataFrame) -> int:
    """Count the rows of a table that another one does not hold, as far as columns are shared."""
    shared = [column for column in there if column in data]
    if len(shared) < len(there.columns):
        return len(there)
    kept = set(data[shared].astype(str).itertuples(index=False, name=None))
    return sum(row not in kept for row in there[shared].itertuples(index=False, name=None))
