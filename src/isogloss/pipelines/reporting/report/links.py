"""Where a number comes from: the file of its table, and its formula in the docs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


SOURCES = "docs"
"""Folder of the pages as they are written, which a browser shows as text."""


class Link(NamedTuple):
    """Something to follow, or to read where there is nothing to follow.

    Attributes:
        text: shown.
        address: empty if it lies nowhere that the report knows of.
        name: for readers who hear the text alone.
    """

    text: str
    address: str
    name: str


def table_link(table: str, files: Mapping[str, str]) -> Link:
    """Point to the file of a table.

    Args:
        table: name in the catalog.
        files: name in the catalog -> file, as seen from the report.
    """
    return Link("table", files.get(table, ""), f"table {table}")


def formula_link(formula: str, docs: str) -> Link:
    """Point to the place in the docs that states a formula.

    Args:
        formula: page and heading, such as `methods/alignment.md#intervals`.
        docs: way from the report to the built docs, or to their sources, which ends in `/docs`;
            empty if neither is there.
    """
    page, _, heading = formula.partition("#")
    anchor = f"#{heading}" if heading else ""
    built = f"{page.removesuffix('.md')}/index.html" if not docs.endswith(f"/{SOURCES}") else page
    address = f"{docs}/{built}{anchor}" if docs and page else ""
    return Link("formula", address, f"formula: docs/{formula}")
