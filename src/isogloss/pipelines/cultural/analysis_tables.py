"""Tables as their schemas want them: whole if there are rows, else empty with all columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from isogloss.provenance import record_sources, sources_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def table_or_empty(
    tables: Sequence[pd.DataFrame], schema: str, **inputs: pd.DataFrame
) -> pd.DataFrame:
    """Put tables together in the order of their schema's columns; without rows, an empty one.

    Args:
        tables: some of them may be empty.
        schema: its name in `cultural_schemas`, `answer_schemas` or `cultural_original_schemas`.
        **inputs: what they were made from, to note where that came from.
    """
    # not at the start: they take half a second
    from isogloss import answer_schemas, cultural_original_schemas, cultural_schemas

    places = cultural_schemas, answer_schemas, cultural_original_schemas
    empty: pd.DataFrame = next(
        getattr(place, schema).empty() for place in places if hasattr(place, schema)
    )
    filled = [table for table in tables if len(table)]
    found = pd.concat(filled, ignore_index=True) if filled else empty
    found.attrs = {}
    sources = {name: sources_of(table) for name, table in inputs.items() if sources_of(table)}
    if sources:
        record_sources(found, **sources)
    named = [name for name in empty.columns if name in found]
    return found[[*named, *(name for name in found.columns if name not in named)]]
