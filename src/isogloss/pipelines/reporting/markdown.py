"""Pages and tables in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


def write_page(sections: Mapping[str, Iterable[str]]) -> str:
    """Write sections below each other; those without lines are left out.

    Args:
        sections: heading -> lines; one without a heading stands under that of the page.
    """
    lines: list[str] = []
    for title, section in sections.items():
        own = list(section)
        if own:
            lines += [f"## {title}", "", *own, ""] if title else [*own, ""]
    return "\n".join(lines)


def write_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Write a table in Markdown, first column to the left, the others to the right.

    Args:
        heads: of the columns.
        rows: cells.
    """
    for cells in (heads, ["---", *(["---:"] * (len(heads) - 1))], *rows):
        yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
