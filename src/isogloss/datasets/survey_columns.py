"""Single columns of large CSV tables, read without the others."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from isogloss.errors import Refusal, suggest

if TYPE_CHECKING:
    from collections.abc import Sequence

SEPARATORS = ",;\t"
NO_ANSWER = ["", " ", ".", "NA", "NaN", "nan", "#NULL!"]
"""What statistics programs write into the cells of numbers that are missing."""
HEADER_BYTES = 1 << 20
BLOCK_BYTES = 1 << 23
COLUMNS_NAMED = 10


class SurveyFileError(Refusal):
    """A survey file cannot be read; says file, column and remedy."""


def read_header(local: str, path: str) -> tuple[str, tuple[str, ...]]:
    """Read the first line of a table.

    Args:
        local: where the file lies on this machine.
        path: what to call it in messages.

    Returns:
        what separates the cells (comma, semicolon or tab), and the names of the columns.

    Raises:
        SurveyFileError: if the line holds fewer than two names.
    """
    with Path(local).open("rb") as file:
        line = file.readline(HEADER_BYTES)
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = line.decode("latin-1")
    separator = max(SEPARATORS, key=text.count)
    # Line breaks within names count as blanks: `csv` refuses those of old Macs.
    lines = io.StringIO(text.replace("\r", " "))
    names = next(csv.reader(lines, delimiter=separator), [])
    columns = tuple(name.strip() for name in names)
    if len(columns) < 2:
        raise SurveyFileError(
            f"{path}: the first line names no columns ({text.strip()[:60]!r}). It must be a CSV "
            "file with the names of the variables in its first line."
        )
    return separator, columns


def read_columns(
    local: str,
    path: str,
    separator: str,
    columns: tuple[str, ...],
    texts: Sequence[str],
    numbers: Sequence[str],
) -> pd.DataFrame:
    """Read some columns of a table.

    Args:
        local: where the file lies on this machine.
        path: what to call it in messages.
        separator: of cells; if it is no comma, a comma may be the decimal sign.
        columns: names of all columns, in the order of the file.
        texts: those to read as text; empty cells are empty text.
        numbers: those to read as numbers; empty cells and `NO_ANSWER` are NaN.

    Returns:
        the columns under the names asked for, whose case need not be the file's.

    Raises:
        SurveyFileError: if a column is absent or there twice, a number is none, or rows differ in
            length.
    """
    places = [_place(name, columns, path) for name in (*texts, *numbers)]
    # Columns are told apart by place: two may have the same name, whatever is in the others.
    labels = [str(place) for place in range(len(columns))]
    wanted = [labels[place] for place in places]
    kinds = dict.fromkeys(wanted[: len(texts)], pa.string())
    kinds |= dict.fromkeys(wanted[len(texts) :], pa.float64())
    try:
        table = _parse(local, separator, labels, kinds)
    except pa.ArrowInvalid as error:
        raise SurveyFileError(_describe(error, local, path, separator, columns, kinds)) from error
    found = {
        name: table.column(label).to_pandas()
        for name, label in zip((*texts, *numbers), wanted, strict=True)
    }
    return pd.DataFrame({name: column.rename(name) for name, column in found.items()})


def _place(name: str, columns: tuple[str, ...], path: str) -> int:
    places = [place for place, column in enumerate(columns) if column.lower() == name.lower()]
    if not places:
        raise SurveyFileError(
            f"{path} has no column '{name}'.{suggest(name, columns)} It has "
            f"{', '.join(columns[:COLUMNS_NAMED])}{' …' * (len(columns) > COLUMNS_NAMED)}"
        )
    if len(places) > 1:
        named = " and ".join(f"'{columns[place]}'" for place in places)
        raise SurveyFileError(f"{path} has the columns {named}. Rename or remove one of them.")
    return places[0]


def _parse(local: str, separator: str, labels: list[str], kinds: dict[str, pa.DataType]) -> Any:
    """Read the columns in `kinds`; a decimal comma is tried where it cannot part cells."""
    for sign in "." if separator == "," else ".,":
        try:
            return arrow_csv.read_csv(
                local,
                arrow_csv.ReadOptions(
                    column_names=labels, skip_rows=1, block_size=BLOCK_BYTES, encoding="utf8"
                ),
                arrow_csv.ParseOptions(delimiter=separator, newlines_in_values=True),
                arrow_csv.ConvertOptions(
                    include_columns=list(kinds),
                    column_types=kinds,
                    null_values=NO_ANSWER,
                    strings_can_be_null=False,
                    decimal_point=sign,
                    check_utf8=True,
                ),
            )
        except pa.ArrowInvalid as error:
            last = error
    raise last


def _describe(
    error: pa.ArrowInvalid,
    local: str,
    path: str,
    separator: str,
    columns: tuple[str, ...],
    kinds: dict[str, pa.DataType],
) -> str:
    """Say which cell is no number, or what else is wrong with a file."""
    numbers = [label for label, kind in kinds.items() if pa.types.is_floating(kind)]
    labels = [str(place) for place in range(len(columns))]
    try:
        table = _parse(local, separator, labels, dict.fromkeys(numbers, pa.string()))
    except pa.ArrowInvalid:
        table = None
    for label in numbers if table is not None else []:
        cells = table.column(label).to_pandas()
        odd = pd.to_numeric(cells.replace(NO_ANSWER, "0").str.replace(",", "."), errors="coerce")
        if odd.isna().any():
            row = int(odd.isna().to_numpy().argmax())
            return (
                f"{path}, respondent {row + 1}: the column '{columns[int(label)]}' holds "
                f"{cells.iloc[row]!r}, which is no number. Export the survey with codes, not with "
                "the texts of the answers."
            )
    return (
        f"{path} cannot be read as a table ({str(error).splitlines()[0][:200]}). Every row needs "
        f"as many cells as the first line names columns ({len(columns)})."
    )
