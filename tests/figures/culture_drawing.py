"""What the tests of figures of culture share: guides, and what is read off a figure."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from isogloss.figures import CultureGuide
from isogloss.figures.culture_marks import WATERMARK_GID
from tests.figures.conftest import language_table
from tests.figures.culture_tables import CultureStudy

DEMO_LABEL = "Gemma 3 270M, 4-bit (Q4_K_M)"


def make_guide(study: CultureStudy, **labels: str) -> CultureGuide:
    return CultureGuide(
        labels={"gemma_270m_q4": DEMO_LABEL} | labels,
        languages=language_table(),
        country_languages=study.country_languages,
        questions=study.questions,
    )


def texts(ax: Axes, gid: str) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_gid() == gid]


def points(ax: Axes, gid: str) -> list[tuple[float, float]]:
    """The places of marks with a group id, in the order in which they were drawn."""
    lines = [line for line in ax.lines if line.get_gid() == gid]
    return [
        (float(x), float(y))
        for line in lines
        for x, y in zip(np.asarray(line.get_xdata()), np.asarray(line.get_ydata()), strict=True)
    ]


def segments(ax: Axes, gid: str) -> list[list[tuple[float, float]]]:
    """The ends of lines with a group id."""
    found: list[Any] = [own for own in ax.collections if own.get_gid() == gid]
    return [[(float(x), float(y)) for x, y in one] for own in found for one in own.get_segments()]


def visible_texts(figure: Figure) -> list[Text]:
    """All texts that a reader sees, without the watermarks, which lie below them."""
    figure.draw_without_rendering()
    found: list[Text] = [own for own in figure.texts]
    children = [one for ax in figure.axes for one in ax.child_axes if isinstance(one, Axes)]
    for ax in [*figure.axes, *children]:
        legend = ax.get_legend()
        found += [*ax.texts, ax.title, ax._left_title, *(legend.get_texts() if legend else [])]  # type: ignore[attr-defined]
        if ax.axison:
            found += [ax.xaxis.label, ax.yaxis.label, *names_beside(ax)[0], *names_beside(ax)[1]]
    return [own for own in found if own.get_text().strip() and own.get_gid() != WATERMARK_GID]


def names_beside(ax: Axes) -> tuple[list[Text], list[Text]]:
    """The names that stand below and to the left of a panel, within its limits."""
    found: list[list[Text]] = []
    for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
        low, high = sorted(limits)
        side = "labelbottom" if axis is ax.xaxis else "labelleft"
        labels = axis.get_ticklabels() if axis.get_tick_params()[side] else []
        shown = zip(axis.get_ticklocs(), labels, strict=bool(labels))
        found.append([text for at, text in shown if low <= at <= high and text.get_text().strip()])
    return found[0], found[1]


def outside(figure: Figure) -> list[str]:
    """Texts that leave the figure."""
    width, height = figure.bbox.width, figure.bbox.height
    boxes = [(text.get_text(), Text.get_window_extent(text)) for text in visible_texts(figure)]
    return [
        name
        for name, box in boxes
        if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1
    ]


def overlapping_names(figure: Figure) -> list[tuple[str, str]]:
    """Names of rows and columns of a panel that run into each other."""
    figure.draw_without_rendering()
    found = []
    for ax in figure.axes:
        for labels in names_beside(ax) if ax.axison else ():
            boxes = [(one.get_text(), one.get_window_extent()) for one in labels]
            found += [
                (a, b)
                for (a, one), (b, other) in combinations(boxes, 2)
                if _shared(one, other) > 1.5
            ]
    return found


def _shared(one: Any, other: Any) -> float:
    """How many pixels two boxes share in the direction in which they share less."""
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    up = min(one.y1, other.y1) - max(one.y0, other.y0)
    return float(min(across, up))


def with_gaps(table: pd.DataFrame, columns: tuple[str, ...], seed: int = 3) -> pd.DataFrame:
    """Take a quarter of the values away."""
    gone = np.random.default_rng(seed).random(len(table)) < 0.25
    lost = {name: table[name].mask(gone) for name in columns if name in table}
    return table.assign(**lost)
