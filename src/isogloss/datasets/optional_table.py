"""Tables that another environment, another run or the user may supply."""

from __future__ import annotations

from typing import Any

import pandas as pd

from isogloss.datasets.files import AtomicCSVDataset, AtomicParquetDataset
from isogloss.provenance import READ_FROM


class OptionalTableDataset(AtomicParquetDataset):
    """A parquet table that loads empty, with its columns, when nobody has supplied it.

    Args:
        filepath: where it lies, if it does.
        columns: the columns of the empty table.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    may_be_missing = True

    def __init__(
        self,
        *,
        filepath: str,
        columns: list[str],
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(filepath=filepath, credentials=credentials, metadata=metadata)
        self._columns = columns

    def load(self) -> pd.DataFrame:
        """Read the table, or give an empty one that knows where there is none."""
        if not super()._exists():
            empty = pd.DataFrame(columns=self._columns)
            empty.attrs[READ_FROM] = self.place
            return empty
        table: pd.DataFrame = super().load()
        return table

    def _repair(self) -> str:
        return "make it again where it was made; without it a run goes on as if there were none."

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {**super()._describe(), "columns": self._columns}


class OptionalTextTableDataset(AtomicCSVDataset):
    """A CSV file of texts that loads empty, with its columns, when nobody has written it.

    Args:
        filepath: where it lies, if it does.
        columns: the columns of the empty table.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    may_be_missing = True

    def __init__(
        self,
        *,
        filepath: str,
        columns: list[str],
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            filepath=filepath, text_only=True, credentials=credentials, metadata=metadata
        )
        self._columns = columns

    def load(self) -> pd.DataFrame:
        """Read the table, or give an empty one."""
        if not super()._exists():
            return pd.DataFrame(columns=self._columns, dtype="str")
        return super().load()

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {**super()._describe(), "columns": self._columns}
