"""Folders with one CSV file a category: a row a concept, a column a language."""

from __future__ import annotations

import csv
import io
import unicodedata
from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.datasets.bases import RawDataset
from isogloss.datasets.item_folder import decode_text
from isogloss.datasets.survey_columns import SEPARATORS
from isogloss.errors import MissingFileError, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDING = ".csv"
CONCEPT = "concept"
COLUMNS = ["category", "concept", "language", "word", "place"]


class WordFileError(Refusal):
    """A file of words cannot be read; says file, line and remedy."""


class WordFolderDataset(RawDataset[pd.DataFrame]):
    """Words of categories, as `<category>.csv` in one folder.

    A file has the columns `concept` and one a language; cells may be empty, and are separated by
    commas, semicolons or tabs.
    """

    def load(self) -> pd.DataFrame:
        """Read all files.

        Returns:
            category, concept, language, word (empty where the cell is), place (file and line).

        Raises:
            MissingFileError: if the folder is absent or holds no such file.
            WordFileError: if a file is no such table.
        """
        root = self._storage.path.rstrip("/")
        names = sorted(self._storage.find(root)) if self._storage.exists(root) else []
        files = {
            path.removeprefix(root + "/")[: -len(ENDING)]: path
            for path in names
            if path.lower().endswith(ENDING)
        }
        if not files:
            raise MissingFileError(
                f"{root} holds no file <category>.csv. Set the folder above it with "
                "--params word_tables=FOLDER."
            )
        rows = [
            row
            for category, path in files.items()
            for row in _read_rows(category, path, self._storage.read_bytes(path))
        ]
        return pd.DataFrame(rows, columns=COLUMNS)


def _read_rows(category: str, path: str, content: bytes) -> list[tuple[str, ...]]:
    text = decode_text(path, content)
    separator = max(SEPARATORS, key=text.partition("\n")[0].count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    table = _read_cells(lines, path)
    header = [name.strip() for name in next(table, [])]
    languages = [name for name in header if name != CONCEPT]
    if CONCEPT not in header or not languages or len(set(header)) < len(header):
        raise WordFileError(
            f"{path}: the first line is {separator.join(header)!r}. It must name the column "
            "`concept` and one column a language, each once."
        )
    rows: list[tuple[str, ...]] = []
    for cells in table:
        if not any(cell.strip() for cell in cells):
            continue
        place = f"{path}, line {lines.line_num}"
        if len(cells) != len(header):
            raise WordFileError(
                f"{place}: {len(cells)} cells, but the first line names {len(header)} columns. "
                f"A text that holds {separator!r} needs quotation marks round it."
            )
        own = dict(zip(header, map(_clean, cells), strict=True))
        rows += [(category, own[CONCEPT], one, own[one], place) for one in languages]
    return rows


def _read_cells(lines: Any, path: str) -> Iterator[list[str]]:
    """Give the rows of a table; say where one cannot be read."""
    try:
        yield from lines
    except csv.Error as error:
        raise WordFileError(
            f"{path}, line {lines.line_num}: no valid CSV row ({error}). Write the file again as "
            "CSV in UTF-8."
        ) from None


def _clean(cell: str) -> str:
    """Take off the blanks around a cell, and compose its letters (NFC), so that words compare."""
    return unicodedata.normalize("NFC", cell.strip())
