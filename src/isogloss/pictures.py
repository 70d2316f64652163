"""Pictures as they are stored: what a figure became, with the words that it says."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

_TITLE = re.compile(r"<title>([^<]*)</title>")
_CAPTION = re.compile(r"<dc:description>([^<]*)</dc:description>")


@dataclass(frozen=True)
class Picture:
    """A figure as it was drawn.

    Attributes:
        png: the bitmap.
        svg: the same as vectors; empty if it was not drawn so.
    """

    png: bytes
    svg: str = ""

    @property
    def title(self) -> str:
        """The title of the figure; empty if it has none."""
        return _find(_TITLE, self.svg)

    @property
    def caption(self) -> str:
        """What the figure says of n, of intervals and of how to read it."""
        return _find(_CAPTION, self.svg)

    def _repr_png_(self) -> bytes:
        return self.png


def _find(words: re.Pattern[str], svg: str) -> str:
    # Only above what is drawn.
    found = words.search(svg.partition("<defs>")[0])
    return html.unescape(found[1]) if found else ""
