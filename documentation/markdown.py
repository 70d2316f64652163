"""Pieces of Markdown: cells that stay cells, tables, headings that can be linked to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def cell(text: object) -> str:
    """Write a text so that it stays in its cell of a table; in code, nothing needs an escape."""
    pieces = re.split(r"(`[^`]*`)", " ".join(str(text).split()))
    pieces[::2] = [piece.replace("|", "\\|").replace("<", "&lt;") for piece in pieces[::2]]
    return "".join(pieces)


def code(text: object) -> str:
    """Set a text as code, or leave it empty."""
    return f"`{' '.join(str(text).split())}`" if str(text) else ""


def codes(texts: Iterable[object]) -> str:
    """Set several texts as code, with commas between them."""
    return ", ".join(code(text) for text in texts)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def heading(level: int, text: str, anchor: str | None = None) -> str:
    """Write a heading with an anchor of its own, by default its text."""
    return f"{'#' * level} {text} {{ #{slug(anchor or text)} }}\n"


def slug(text: str) -> str:
    """Make an anchor of a name: `{model}.alignment` is `model-alignment`."""
    return re.sub(r"[^a-z0-9_]+", "-", text.lower()).strip("-")


def first_sentence(text: str | None) -> str:
    """Give the first sentence of a docstring."""
    paragraph = " ".join((text or "").strip().split("\n\n")[0].split())
    return re.split(r"(?<=[.:]) (?=[A-Z`{])", paragraph)[0].removesuffix(".")
