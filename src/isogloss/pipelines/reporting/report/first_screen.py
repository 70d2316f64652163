"""What was learned, as the first screen of the report shows it: one point a claim."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

# Ends of sentences and of clauses; what stands in brackets ends nothing.
_BRACKETS = re.compile(r"\([^()]*(?:\([^()]*\)[^()]*)*\)|\[[^\]]*\]")
_SENTENCE = re.compile(r"(?<=[^.\s])\. (?=[A-Z])")
_CLAUSE = re.compile(r"; ")
_BASIS = re.compile(r"((?:chance [^();]*; )?n = [^()]*(?:\([^()]*\)[^()]*)*)(?=\))")
_REASONS = re.compile(r"(?<=; )reasons: claims$")
_HIDDEN = "\x00"
_REST = re.compile(r"[,(]")


class Part(NamedTuple):
    """A piece of a sentence.

    Attributes:
        text: of the piece.
        address: where it leads; empty if nowhere.
        basis: whether it says what a number rests on, which is read second.
    """

    text: str
    address: str = ""
    basis: bool = False


class Group(NamedTuple):
    """Points that belong together.

    Attributes:
        lead: what holds of all of them; empty if nothing is said.
        points: each in pieces.
    """

    lead: str
    points: list[list[Part]]


def list_points(summary: str, labels: Sequence[str], reasons: str) -> list[Group]:
    """Take the summary apart into points, and call models by their short names.

    Args:
        summary: its paragraphs.
        labels: what models are called in it.
        reasons: where the page says why something cannot be tested; empty if it does not.
    """
    short = short_labels(labels)
    for label in sorted(labels, key=len, reverse=True):
        summary = summary.replace(label, short(label))
    names = [short(label) for label in labels]
    groups = (_group(paragraph, names) for paragraph in summary.split("\n\n") if paragraph)
    return [
        Group(lead, [list(_parts(point, reasons)) for point in points])
        for group in groups
        for lead, points in group
    ]


def short_labels(labels: Sequence[str]) -> Callable[[str], str]:
    """Give what calls a model by what stands before its first comma or bracket.

    Labels that this would make equal stay as they are.

    Args:
        labels: of the models of a page.
    """
    cut = {label: _REST.split(label)[0].strip() or label for label in labels}
    alike = list(cut.values())
    known = {label: name for label, name in cut.items() if alike.count(name) == 1}
    return lambda label: known.get(label, label)


def _group(paragraph: str, names: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Give lead and points of a paragraph; clauses of several models have a lead each."""
    clauses = _split(paragraph, _CLAUSE)
    lead, colon, first = clauses[0].partition(": ")
    model = next((name for name in names if first.startswith(f"of {name}, ")), None)
    if not colon or model is None:
        yield "", _split(paragraph, _SENTENCE)
        return
    points: list[tuple[str, list[str]]] = []
    for clause in [first, *clauses[1:]]:
        found = next((name for name in names if clause.startswith(f"of {name}, ")), None)
        if found:
            points.append((found, []))
        points[-1][1].append(clause.removeprefix(f"of {found}, ").removesuffix("."))
    yield (
        f"{lead}:",
        [
            f"{name}, {clause}" if len(points) > 1 else clause
            for name, clauses in points
            for clause in clauses
        ],
    )


def _split(text: str, end: re.Pattern[str]) -> list[str]:
    """Split a text where nothing is open."""
    hidden: list[str] = []

    def hide(found: re.Match[str]) -> str:
        hidden.append(found[0])
        return _HIDDEN

    bare = _BRACKETS.sub(hide, text)
    pieces, shown = end.split(bare), iter(hidden)
    whole = [re.sub(_HIDDEN, lambda _: next(shown), piece) for piece in pieces]
    # A sentence that another follows has lost its stop.
    stop = "." if end is _SENTENCE else ""
    return [piece + (stop if place < len(whole) - 1 else "") for place, piece in enumerate(whole)]


def _parts(point: str, reasons: str) -> Iterator[Part]:
    for place, piece in enumerate(_BASIS.split(point)):
        found = _REASONS.search(piece) if reasons else None
        if found:
            yield Part(piece[: found.start()], basis=True)
            yield Part("reasons", reasons)
        elif piece:
            yield Part(piece, basis=place % 2 == 1)
