"""Pages and tables in Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


_NUMBER = re.compile(r"\**[<+-]? ?\.?\d")
"""How a number begins, also one with a sign, without a zero or in bold."""
_GAPS = ("", "–")


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
    """Write a table in Markdown, the first column and those of text to the left, numbers right.

    Args:
        heads: of the columns.
        rows: cells.
    """
    columns = [[row[place] for row in rows] for place in range(1, len(heads))]
    sides = ["---", *("---:" if _are_numbers(column) else "---" for column in columns)]
    for cells in (heads, sides, *rows):
        yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _are_numbers(column: Iterable[str]) -> bool:
    return all(_NUMBER.match(cell) for cell in column if cell not in _GAPS)
