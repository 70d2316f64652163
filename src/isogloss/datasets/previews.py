"""What `kedro viz` shows of a dataset beside the graph: its beginning, in the form it wants."""

from __future__ import annotations

import base64
import json
from itertools import islice
from typing import TYPE_CHECKING, Any, NewType

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kedro_datasets._typing import ImagePreview, JSONPreview, TablePreview

TextPreview = NewType("TextPreview", str)
"""A text as `kedro viz` shows it: it goes by the name of this type."""

ROWS = 10
CHARACTERS = 20_000


def preview_table(table: pd.DataFrame, nrows: int = ROWS) -> TablePreview:
    """Give the first rows of a table."""
    # through JSON, since a preview may hold neither NaN nor numpy numbers
    preview: TablePreview = json.loads(table.head(nrows).to_json(orient="split"))
    return preview


def preview_partitions(partitions: Mapping[str, Callable[[], Any]], nrows: int) -> TablePreview:
    """Give the first rows of the first partition, or the names of those that hold no tables.

    Args:
        partitions: name -> function that loads it.
        nrows: so many rows.
    """
    names = sorted(partitions)
    first = partitions[names[0]]() if names else None
    if not isinstance(first, pd.DataFrame):
        return preview_table(pd.DataFrame({"partition": names}), nrows)
    first.insert(0, "partition", names[0])
    return preview_table(first, nrows)


def preview_picture(picture: bytes) -> ImagePreview:
    """Give a picture."""
    preview: ImagePreview = base64.b64encode(picture).decode()
    return preview


def preview_text(text: str) -> TextPreview:
    """Give the beginning of a text."""
    return TextPreview(text if len(text) <= CHARACTERS else f"{text[:CHARACTERS]}…")


def preview_json(value: Any, nrows: int = ROWS) -> JSONPreview:
    """Give the first items of a list or group, or a single value."""
    if isinstance(value, dict):
        value = dict(islice(value.items(), nrows))
    elif isinstance(value, list):
        value = value[:nrows]
    preview: JSONPreview = json.dumps(value, ensure_ascii=False)
    return preview
