"""What a table was made from, kept in `DataFrame.attrs` and so in the parquet file's metadata."""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
from typing import TYPE_CHECKING, Any, ParamSpec, Self

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

P = ParamSpec("P")
MADE_FROM = "made_from"
READ_FROM = "read_from"
"""The file that a table was read from; not stored with what is made of it."""
FIRST_ROW = 2
"""Number of the first row below the names of the columns, as a spreadsheet program shows it."""


class Sources(dict[str, Any]):
    """Fingerprints of what a table was made from; not to be changed, as copies of a table share it.

    pandas copies `attrs` deeply for every column that is taken from a table. Of a table over
    several studies, whose note is thousands of names long, that took longer than all else.
    """

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Give the same note."""
        return self


def share_sources(table: pd.DataFrame) -> pd.DataFrame:
    """Let copies of a table that was read from a file share its note of what it was made from.

    Args:
        table: its `attrs` are changed.
    """
    if MADE_FROM in table.attrs:
        table.attrs[MADE_FROM] = Sources(table.attrs[MADE_FROM])
    return table


def record_sources(table: pd.DataFrame, **fingerprints: Mapping[str, Any]) -> pd.DataFrame:
    """Note in a table the fingerprints of what it was made from.

    Args:
        table: gets the note in `attrs["made_from"]`.
        **fingerprints: name of an input -> its fingerprint.
    """
    # through JSON, so that the note is the same before and after the table has been saved
    table.attrs[MADE_FROM] = json.loads(json.dumps(fingerprints, default=str, sort_keys=True))
    return share_sources(table)


def digest_table(table: pd.DataFrame) -> str:
    """Give a short stable digest of the rows of a table, in their order, and of its columns."""
    # Not values as they lie in memory: these may have other types once they have been saved.
    rows = pd.util.hash_pandas_object(table.astype(str), index=False).to_numpy()
    names = "\n".join(map(str, table.columns)).encode()
    return hashlib.blake2b(names + rows.tobytes(), digest_size=12).hexdigest()


def sources_of(table: pd.DataFrame) -> dict[str, Any]:
    """Give what `record_sources` noted in a table; nothing if it was made elsewhere."""
    sources: dict[str, Any] = table.attrs.get(MADE_FROM, {})
    return sources


def trace_sources(function: Callable[P, Any]) -> Callable[P, Any]:
    """Make a function note in the table that it returns what the tables it is given were made from.

    Args:
        function: of tables and settings; tables are noted by the names of its arguments.
    """
    signature = inspect.signature(function)

    @functools.wraps(function)
    def traced(*args: P.args, **kwargs: P.kwargs) -> Any:
        found = function(*args, **kwargs)
        sources: dict[str, Any] = {}
        for name, value in signature.bind(*args, **kwargs).arguments.items():
            several = isinstance(value, tuple)
            for place, table in enumerate(value if several else (value,)):
                if isinstance(table, pd.DataFrame) and (known := sources_of(table)):
                    sources[f"{name} {place}" if several else name] = known
        return record_sources(found, **sources) if isinstance(found, pd.DataFrame) else found

    return traced


def stack_tables(tables: Sequence[pd.DataFrame], key: str = "model") -> pd.DataFrame:
    """Stack tables of several models and note what each was made from, by model.

    Args:
        tables: each with a column that names its model.
        key: that column.
    """
    sources = {
        str(model): table.attrs[MADE_FROM]
        for table in tables
        for model in table[key].unique()
        if MADE_FROM in table.attrs
    }
    bare = [table.copy(deep=False) for table in tables]
    for table in bare:
        table.attrs = {}
    stacked = pd.concat(bare, ignore_index=True)
    return record_sources(stacked, **sources) if sources else stacked
