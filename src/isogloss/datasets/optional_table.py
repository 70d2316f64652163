"""Tables that another environment, another run or the user may supply."""

from __future__ import annotations

from typing import Any

import pandas as pd
from kedro.io import AbstractDataset

from isogloss.datasets.files import AtomicParquetDataset


class OptionalTableDataset(AbstractDataset[pd.DataFrame, pd.DataFrame]):
    """A parquet table that loads empty, with its columns, when nobody has supplied it.

    Args:
        filepath: where it lies, if it does.
        columns: the columns of the empty table.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    def __init__(
        self,
        *,
        filepath: str,
        columns: list[str],
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        self._table = AtomicParquetDataset(filepath=filepath, credentials=credentials)
        self._columns = columns
        self.metadata = metadata

    def load(self) -> pd.DataFrame:
        """Read the table, or give an empty one."""
        if not self._table.exists():
            return pd.DataFrame(columns=self._columns)
        table: pd.DataFrame = self._table.load()
        return table

    def save(self, data: pd.DataFrame) -> None:
        """Write the table."""
        self._table.save(data)

    def content_version(self) -> str | None:
        """Give what changes whenever the content does; None if nobody has supplied it."""
        return self._table.content_version()

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {**self._table._describe(), "columns": self._columns}
