"""Folders of test items: JSON lines or CSV files, one or several a language or locale."""

from __future__ import annotations

import csv
import io
import json
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from isogloss.corpora import RawItem, RawItems
from isogloss.datasets.bases import RawDataset
from isogloss.datasets.patterns import to_expression
from isogloss.errors import MissingFileError, Refusal, join_faults
from isogloss.json_texts import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable

# Placeholders, one of which says whose items a file holds.
KEYS = ("language", "locale")
FAULTS_SHOWN = 5


class ItemFileError(Refusal):
    """A file of test items cannot be read; says file, line and remedy."""


class ItemFolderDataset(RawDataset[RawItems]):
    """Test items in files whose names say language, subject or split.

    Args:
        filepath: the folder.
        pattern: path of a file below it with placeholders such as `{language}` or `{locale}`,
            `{subject}` and `{split}`, of which the first says whose items they are and the others
            become fields of them; or a list of such paths, one of which all files have.
        format: `jsonl` (an object a line) or `csv` (cells of a row under the field `cells`).
        language: of all items, where the pattern has neither `{language}` nor `{locale}`.
        credentials: options for the store.
        metadata: for plugins such as kedro-viz; unused here.
    """

    def __init__(
        self,
        *,
        filepath: str,
        pattern: str | list[str],
        format: Literal["jsonl", "csv"],
        language: str | None = None,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        self._patterns = [pattern] if isinstance(pattern, str) else pattern
        for one in self._patterns:
            if any(f"{{{key}}}" in one for key in KEYS) == (language is not None):
                raise Refusal(
                    f"The pattern '{one}' of test items needs the placeholder {{language}} or "
                    "{locale}, or else the entry needs `language: CODE`, not both."
                )
        super().__init__(filepath=filepath, credentials=credentials, metadata=metadata)
        self._parse = PARSERS[format]
        self._language = language

    def load(self) -> RawItems:
        """List the files that match the pattern, by language or locale.

        Raises:
            MissingFileError: if the folder is absent or no file matches.
            ItemFileError: if files match several patterns.
        """
        root = self._storage.path.rstrip("/")
        if not self._storage.exists(root):
            raise MissingFileError(
                f"The folder {root} does not exist. Set the folder that holds it with "
                "--params raw_data=FOLDER, or choose another source of items."
            )
        names = sorted(path.removeprefix(root + "/") for path in self._storage.find(root))
        matches = [_match(pattern, names) for pattern in self._patterns]
        found = [match for match in matches if match]
        if not found:
            likely = " or ".join(f"'{pattern}'" for pattern in self._patterns)
            raise MissingFileError(
                f"No file in {root} is named like {likely} "
                f"(found: {', '.join(names[:5]) or 'nothing'}). Mend the names."
            )
        if len(found) > 1:
            first, second = (next(iter(match)) for match in found[:2])
            raise ItemFileError(
                f"{root}: there are files such as {first} and such as {second}. Keep one of these "
                "sets of files, and remove the others."
            )
        files: dict[str, dict[str, dict[str, str]]] = {}
        for name, fields in found[0].items():
            code = self._language or next(fields.pop(key) for key in KEYS if key in fields)
            files.setdefault(code, {})[f"{root}/{name}"] = fields
        return RawItems(root, {code: partial(self._read, own) for code, own in files.items()})

    def _read(self, files: dict[str, dict[str, str]]) -> list[RawItem]:
        items = []
        for path, fields in files.items():
            found = self._parse(path, decode_text(path, self._storage.read_bytes(path)))
            if not found:
                raise ItemFileError(f"{path}: the file is empty. Add items, or remove the file.")
            items += [RawItem(item.place, {**fields, **item.fields}) for item in found]
        return items

    def _describe(self) -> dict[str, Any]:
        return {**super()._describe(), "pattern": self._patterns}


def _match(pattern: str, names: list[str]) -> dict[str, dict[str, str]]:
    """Give the names that fit a pattern, each with what stands in its placeholders."""
    expression = to_expression(pattern)
    return {name: match.groupdict() for name in names if (match := expression.fullmatch(name))}


def decode_text(path: str, content: bytes) -> str:
    """Read a file as UTF-8; if it is none, say where.

    Raises:
        ItemFileError: names the line.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ItemFileError(
            f"{path}, line {line}: byte 0x{content[error.start]:02X} is not UTF-8. Convert the "
            "file with iconv."
        ) from None


def _parse_json_lines(path: str, text: str) -> list[RawItem]:
    items, faults = [], []
    # not splitlines: a text may hold other characters that count as line breaks, such as U+2028
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{path}, line {number}"
        try:
            items.append(RawItem(place, _parse_object(line)))
        except ItemFileError as error:
            faults.append(f"{place}: {error}")
    if faults:
        rest = f"more lines of {path} have such faults."
        raise ItemFileError(join_faults(faults, FAULTS_SHOWN, rest))
    return items


def _parse_object(line: str) -> dict[str, Any]:
    try:
        fields = parse_json(line)
    except json.JSONDecodeError as error:
        raise ItemFileError(
            f"no valid JSON ({error.msg}). "
            'Every line needs one whole object, {"field": "text", ...}.'
        ) from None
    except ValueError:  # lists in lists in lists; a number of thousands of digits
        raise ItemFileError(
            "its numbers are too long, or its lists too deep. Every line needs one plain object, "
            '{"field": "text", ...}.'
        ) from None
    if not isinstance(fields, dict):
        raise ItemFileError(
            f'{line.strip()[:40]!r} is no object. Every line needs one, {{"field": "text", ...}}.'
        )
    return fields


def _parse_csv(path: str, text: str) -> list[RawItem]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    items: list[RawItem] = []
    start = 1
    try:
        for row in reader:
            if row:
                items.append(RawItem(f"{path}, line {start}", {"cells": row}))
            start = reader.line_num + 1
    except csv.Error as error:
        raise ItemFileError(
            f"{path}, line {start}: no valid CSV row starts here ({error}). Put cells that hold "
            "commas, quotes or line breaks in double quotes, and double the quotes inside."
        ) from None
    return items


PARSERS: dict[str, Callable[[str, str], list[RawItem]]] = {
    "jsonl": _parse_json_lines,
    "csv": _parse_csv,
}
