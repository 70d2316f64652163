"""CSV tables that people write, all of whose cells are text, read so that every fault has a place.

Rows are counted as a spreadsheet program shows them: the names of the columns are row 1.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from isogloss.datasets.survey_columns import HEADER_BYTES, SEPARATORS
from isogloss.errors import Refusal
from isogloss.provenance import FIRST_ROW, READ_FROM

if TYPE_CHECKING:
    from collections.abc import Iterator


class TextTableError(Refusal):
    """A table that somebody wrote cannot be read; says file, row and remedy."""


def read_text_table(local: str, path: str) -> pd.DataFrame:
    """Read a table of texts; cells are separated by commas, semicolons or tabs.

    Rows without any text are passed over: spreadsheet programs leave them at the end.

    Args:
        local: where the file lies on this machine, in UTF-8.
        path: what to call it in messages.

    Returns:
        Every column as text; empty cells are empty text. The label of a row is its number in the
        file less `FIRST_ROW`, and `attrs[READ_FROM]` is the path.

    Raises:
        TextTableError: if it is not UTF-8, a column has no name or that of another, or a row has
            more or fewer cells than there are columns.
    """
    text = _decode(Path(local).read_bytes(), path)
    separator = max(SEPARATORS, key=text[:HEADER_BYTES].partition("\n")[0].count)
    records = _records(text, separator, path)
    columns = _columns(next(records, []), path)
    cells: dict[int, list[str]] = {}
    for label, record in enumerate(records):
        row = _without_empty_end(record, len(columns))
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(columns):
            raise TextTableError(
                f"{path}, row {label + FIRST_ROW}: the number of cells is {len(row)}, that of the "
                f"columns in row 1 is {len(columns)}. Put a text that holds "
                f"'{_shown(separator)}' in double quotation marks."
            )
        cells[label] = row
    table = pd.DataFrame(list(cells.values()), columns=columns, dtype="str")
    if list(cells) != list(range(len(cells))):
        table.index = pd.Index(list(cells))
    table.attrs[READ_FROM] = path
    return table


def _decode(content: bytes, path: str) -> str:
    try:
        # Whatever system wrote it: line breaks inside cells count too.
        return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        before = content[: error.start].rpartition(b"\n")[2]
        after = content[error.start :].partition(b"\n")[0]
        words = (before[-15:] + after[:10]).decode("latin-1").strip()
        raise TextTableError(
            f"{path}, line {line} is not UTF-8 (near {words!r}). Save the table as CSV in UTF-8."
        ) from None


def _records(text: str, separator: str, path: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        begun = reader.line_num + 1
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise TextTableError(
                f"{path}: the row that begins in line {begun} cannot be read ({error}). Put a text "
                "that holds quotation marks in double quotation marks, and write each of those "
                "inside twice."
            ) from None


def _columns(names: list[str], path: str) -> list[str]:
    columns = [name.strip() for name in _without_empty_end(names, 0)]
    if not columns or "" in columns:
        raise TextTableError(
            f"{path}, row 1 must name every column (it reads {','.join(names)[:60]!r})."
        )
    if twice := sorted({name for name in columns if columns.count(name) > 1}):
        raise TextTableError(
            f"{path}, row 1 names the column '{twice[0]}' twice. Rename or remove one of them."
        )
    return columns


def _without_empty_end(row: list[str], least: int) -> list[str]:
    """Leave out empty cells at the end of a row, as long as it has more than so many."""
    size = len(row)
    while size > least and not row[size - 1].strip():
        size -= 1
    return row[:size]


def _shown(separator: str) -> str:
    return {"\t": "TAB"}.get(separator, separator)
