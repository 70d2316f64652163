"""What a section of the report is, and how one is made from the tables and figures of a study."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

import pandas as pd

from isogloss.figures.style import CAPTION, MESSAGE
from isogloss.pictures import Picture
from isogloss.pipelines.reporting.report.vectors import find_message, shrink, split_caption
from isogloss.provenance import sources_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from isogloss.pipelines.reporting.parameters import ReportingParameters

LARGEST_VECTORS = 400_000
"""Bytes of a picture beyond which its bitmap is shown in the place of its vectors."""
_MODEL = "{model}"


class ShownFigure(TypedDict):
    """A figure as the report holds it: `svg`, or else `png` in base 64.

    `captioned` says that the picture has its caption in it.
    """

    name: str
    title: str
    caption: str
    svg: str
    png: str
    captioned: bool
    tables: list[str]
    formula: str
    leading: bool


class ShownTable(TypedDict):
    """A small table as the report shows it; cells are texts.

    With `remarks`, its last column stands as a row of its own below the others; `folded` is what
    stands in its place until it is unfolded, empty if it is shown at once.
    """

    title: str
    columns: list[str]
    rows: list[list[str]]
    source: str
    formula: str
    remarks: NotRequired[bool]
    folded: NotRequired[str]


class Section(TypedDict):
    """What the report shows of one study; it can be stored as JSON.

    `absent` says of figures that would show nothing why they are left out.
    """

    study: str
    title: str
    question: str
    formula: str
    scored: list[str]
    synthetic: bool
    figures: list[ShownFigure]
    absent: NotRequired[list[str]]
    tables: list[ShownTable]
    text: str
    widgets: dict[str, Any]
    made_from: dict[str, Any]


class Readers(TypedDict):
    """What sections need to know beside the tables of their study."""

    languages: pd.DataFrame
    pivot: str
    parameters: ReportingParameters


@dataclass(frozen=True)
class FigurePlan:
    """A figure of a section.

    Attributes:
        name: in the catalog; `{model}` stands for every model.
        tables: that it was drawn from, likewise.
        formula: page and heading of the docs that state what it shows.
        leading: shown at once; the others are folded away.
        parts: of several figures under one name, the ends of the names of those that lead.
    """

    name: str
    tables: tuple[str, ...]
    formula: str
    leading: bool = False
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class StudyPlan:
    """What a section is made of.

    Attributes:
        name: of the section, and of its entry in the catalog.
        title: heading.
        question: what the study asks, in a sentence.
        formula: page of the docs.
        scored: studies of the scoreboard and of claims that the section speaks of.
        figures: in the order in which they are shown; those that are not there are left out.
        tables: that are read beside.
        text: entry of the catalog that describes the study in words; empty: none.
        tabulate: makes small tables of what is there.
        widgets: makes the data of interactive parts, by name.
    """

    name: str
    title: str
    question: str
    formula: str
    scored: tuple[str, ...]
    figures: tuple[FigurePlan, ...]
    tables: tuple[str, ...] = ()
    text: str = ""
    tabulate: Callable[[Mapping[str, Any], Readers], Iterable[ShownTable]] | None = None
    widgets: Callable[[Mapping[str, Any], Readers], dict[str, Any]] | None = None

    def choose(self, known: Collection[str]) -> list[str]:
        """Give those of the entries of a catalog that the section is made of.

        None are given where nothing is drawn: a table alone may be one that was not made.
        """
        figures = [figure.name for figure in self.figures]
        if not any(_fits(name, plan) for name in known for plan in figures):
            return []
        wanted = [*figures, *self.tables, self.text]
        return [name for name in sorted(known) if any(_fits(name, plan) for plan in wanted)]


def make_section(plan: StudyPlan, found: Mapping[str, Any], readers: Readers) -> Section:
    """Make the section of a study from what there is of it.

    Args:
        plan: of the study.
        found: name in the catalog -> table, figure, or figures by name.
        readers: what sections need beside.
    """
    tables = {name: table for name, table in found.items() if isinstance(table, pd.DataFrame)}
    return {
        "study": plan.name,
        "title": plan.title,
        "question": plan.question,
        "formula": plan.formula,
        "scored": list(plan.scored),
        "synthetic": any(map(_is_synthetic, tables.values())),
        "figures": [shown for figure in plan.figures for shown in _show(figure, found)],
        "absent": [text for figure in plan.figures for text in _tell_absent(figure, found)],
        "tables": list(plan.tabulate(found, readers)) if plan.tabulate else [],
        "text": str(found.get(plan.text, "")),
        "widgets": plan.widgets(found, readers) if plan.widgets else {},
        "made_from": {name: sources_of(table) for name, table in tables.items()},
    }


def of_models(found: Mapping[str, Any], ending: str) -> dict[str, Any]:
    """Give what there is of every model under one name: model -> table or figure."""
    return {
        name.partition(".")[0]: value
        for name, value in found.items()
        if _fits(name, f"{_MODEL}.{ending}")
    }


def _fits(name: str, plan: str) -> bool:
    pattern = re.escape(plan).replace(re.escape(_MODEL), r"[^.]+")
    return bool(plan) and re.fullmatch(pattern, name) is not None


def _is_synthetic(table: pd.DataFrame) -> bool:
    return "synthetic" in table and bool(table["synthetic"].astype(bool).any())


def _show(plan: FigurePlan, found: Mapping[str, Any]) -> Iterator[ShownFigure]:
    for name in found:
        if not _fits(name, plan.name):
            continue
        model = name.rpartition(".")[0]
        drawn = found[name]
        for part, picture in _pictures(drawn):
            if find_message(picture.svg, MESSAGE):
                continue
            drawing, apart = split_caption(picture.svg, CAPTION)
            svg = shrink(drawing)
            vectors = svg if 0 < len(svg.encode()) <= LARGEST_VECTORS else ""
            yield {
                "name": f"{name}.{part}" if part else name,
                "title": picture.title or _in_words(part or name),
                "caption": picture.caption,
                "svg": vectors,
                "png": "" if vectors else base64.b64encode(picture.png).decode(),
                "captioned": not (vectors and apart),
                "tables": [table.replace(_MODEL, model) for table in plan.tables],
                "formula": plan.formula,
                "leading": plan.leading or bool(part and part.endswith(plan.parts)),
            }


def _tell_absent(plan: FigurePlan, found: Mapping[str, Any]) -> Iterator[str]:
    for name in found:
        if _fits(name, plan.name):
            for part, picture in _pictures(found[name]):
                if message := find_message(picture.svg, MESSAGE):
                    yield f"{picture.title or _in_words(part or name)}: {message}"


def _pictures(drawn: Any) -> Iterator[tuple[str, Picture]]:
    """Give pictures with their names; one that is alone has none."""
    if isinstance(drawn, Picture):
        yield "", drawn
        return
    for part, load in sorted(drawn.items()):
        yield part, load() if callable(load) else load


def _in_words(name: str) -> str:
    return name.removesuffix("_figure").replace("_", " ").replace(".", ": ")
