"""What scores are to be compared with: the floor without translations, or chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from isogloss.figures.families import shade
from isogloss.figures.formats import format_chance
from isogloss.figures.style import LEVEL_COLOUR, LEVEL_STYLE, draw_chance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

FLOOR, CHANCE_LEVEL = "floor", "chance"
MEANINGS = {
    FLOOR: "expected of the same vectors if no sentence were paired with its translation",
    CHANCE_LEVEL: "expected of vectors without structure",
}


class Level(NamedTuple):
    """A level that scores are compared with.

    Attributes:
        kind: `floor` or `chance`; empty if neither is known.
        value: mean over the rows; NaN if neither is known.
    """

    kind: str
    value: float

    def label(self) -> str:
        """Write the level for a legend: `floor .0004`."""
        return f"{self.kind} {format_chance(self.value)}"

    def caption(self) -> str:
        """Explain the dotted line in a caption; empty if there is none."""
        return f"Dotted: {self.label()}, {MEANINGS[self.kind]}" if self.kind else ""

    def caption_of_several(self) -> str:
        """Explain dotted lines that differ from model to model; empty if there are none."""
        mean = ", mean of the languages of a model" if self.kind == FLOOR else ""
        return f"Dotted: {self.kind}, {MEANINGS[self.kind]}{mean}" if self.kind else ""


def level_of(rows: pd.DataFrame) -> Level:
    """Find what the scores of some rows are to be compared with.

    Args:
        rows: of one metric, with the columns floor and chance as far as they are known.
    """
    for kind in (FLOOR, CHANCE_LEVEL):
        if len(rows) and kind in rows and rows[kind].notna().all():
            return Level(kind, float(rows[kind].mean()))
    return Level("", np.nan)


def above_levels(rows: pd.DataFrame) -> pd.Series[bool]:
    """Say which languages are above chance and above a random pairing of the sentences.

    The interval must lie above chance, and above the floor if that is higher, and the permutation
    test must tell the language from a random pairing.

    Args:
        rows: of `pivot_overview`; what a table made elsewhere lacks is not asked for.
    """
    told = rows.get("above_random_pairing", pd.Series(True, index=rows.index))
    levels = [kind for kind in (CHANCE_LEVEL, FLOOR) if kind in rows]
    above = rows["ci_low"] > rows[levels].max(axis=1) if levels else True
    return (told.eq(True) & above).astype(bool)


def draw_level(ax: Axes, rows: pd.DataFrame, colour: str = LEVEL_COLOUR, x: str = "layer") -> None:
    """Draw the floor (or chance) of scores over the layers as a dotted line.

    Args:
        ax: the axes.
        rows: of one metric; averaged where several have the same place.
        colour: of the line.
        x: column with the horizontal positions.
    """
    kind = level_of(rows).kind
    if not kind:
        return
    line = rows.groupby(x)[kind].mean()
    if len(line) == 1:
        draw_chance(ax, float(line.iloc[0]), colour)
    else:
        ax.plot(line.index, line, color=colour, **LEVEL_STYLE)


def draw_levels(
    ax: Axes, rows: pd.DataFrame, series: str, colours: Mapping[str, str], x: str = "layer"
) -> None:
    """Draw the floors (or chance) of several lines: one grey line where they are all the same.

    Otherwise each is a darker shade of its line's colour.

    Args:
        ax: the axes.
        rows: of one metric.
        series: column that tells the lines apart.
        colours: of the lines, by their value in that column.
        x: column with the horizontal positions.
    """
    kind = level_of(rows).kind
    if not kind or rows[kind].nunique() == 1:
        draw_level(ax, rows, x=x)
        return
    for name, colour in colours.items():
        # Darker than the line: where a score lies on its floor the dots are seen on the line.
        draw_level(ax, rows[rows[series] == name], shade(colour, -0.5), x)


def interval_name(rows: pd.DataFrame) -> str:
    """Name the intervals of a table: `95% interval`."""
    confidence = float(rows["confidence"].iloc[0]) if "confidence" in rows and len(rows) else 0.95
    return f"{100 * confidence:g}% interval"
