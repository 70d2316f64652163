"""Tables without rows, with the columns and types that their schema asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd


def empty_table(schema: Literal["AnswerConsistency", "ItemLink", "LetterChoices"]) -> pd.DataFrame:
    """Make a table that a run has nothing to put into.

    Args:
        schema: its name in `task_schemas`.
    """
    from isogloss import task_schemas  # not at the start: it takes half a second

    table: pd.DataFrame = getattr(task_schemas, schema).empty()
    return table
