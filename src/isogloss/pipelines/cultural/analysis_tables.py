"""Tables as their schemas want them: whole if there are rows, else empty with all columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence


def table_or_empty(tables: Sequence[pd.DataFrame], schema: str) -> pd.DataFrame:
    """Put tables together in the order of their schema's columns; without rows, an empty one.

    Args:
        tables: some of them may be empty.
        schema: its name in `cultural_schemas`.
    """
    from isogloss import cultural_schemas  # not at the start: it takes half a second

    empty: pd.DataFrame = getattr(cultural_schemas, schema).empty()
    filled = [table for table in tables if len(table)]
    if not filled:
        return empty
    found = pd.concat(filled, ignore_index=True)
    named = [name for name in empty.columns if name in found]
    return found[[*named, *(name for name in found.columns if name not in named)]]
