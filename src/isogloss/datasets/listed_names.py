"""Names in one table that another table lists: codes of languages, keys of questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.datasets.text_tables import TextTableError
from isogloss.errors import join_faults, suggest
from isogloss.provenance import FIRST_ROW, READ_FROM

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

FAULTS_SHOWN = 10
CALLED_ALIKE = 3
"""So many languages, say, that share a code of another list are still a suggestion."""


def require_listed(table: pd.DataFrame, listings: Mapping[str, pd.DataFrame]) -> None:
    """Refuse a table with names that others do not list.

    Args:
        table: as `read_text_table` gives it.
        listings: column of names -> table whose column of that name lists them.

    Raises:
        TextTableError: gives every name that is not listed, with its rows and the nearest one.
    """
    faults = [
        fault
        for column, listing in listings.items()
        for fault in _find_unlisted(table, column, listing)
    ]
    if faults:
        raise TextTableError(join_faults(faults, FAULTS_SHOWN, "more names are not listed."))


def _find_unlisted(table: pd.DataFrame, column: str, listing: pd.DataFrame) -> Iterator[str]:
    if column not in table:
        return
    if column not in listing:
        there = [str(name) for name in listing]
        raise TextTableError(
            f"{listing.attrs[READ_FROM]} has no column '{column}'.{suggest(column, there)} It has "
            f"{', '.join(there)}."
        )
    known = listing[column].tolist()
    used = [name for name in dict.fromkeys(table[column]) if name in set(known)]
    for name in dict.fromkeys(table[column]):
        if name in set(known):
            continue
        rows = [FIRST_ROW + label for label in table.index[table[column] == name]]
        more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
        near = _called(name, column, listing) or suggest(name, used) or suggest(name, known)
        yield (
            f"{table.attrs[READ_FROM]}, row {rows[0]}{more}, column {column}: '{name}' is not in "
            f"{listing.attrs[READ_FROM]}.{near} Correct it, remove the rows, or list it there."
        )


def _called(name: str, column: str, listing: pd.DataFrame) -> str:
    """Suggest what another column calls so: `eng` where ISO 639-1 writes `en`."""
    word = name.strip().lower()
    others = listing.drop(columns=column)
    rows = others.apply(lambda cells: cells.str.lower().str.split().map(lambda own: word in own))
    found = listing.loc[rows.any(axis=1), column].tolist() if word else []
    if not 0 < len(found) <= CALLED_ALIKE:
        return ""
    return f" Did you mean {' or '.join(found)}?"
