"""Panels of rows with intervals: a panel a language and a row a model, or a row a language."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import Formatter

from isogloss.figures.culture_study import ALL, CultureGuide, order_languages, order_models
from isogloss.figures.style import (
    FAINT,
    INK,
    LABEL_SIZE,
    TEXT_SIZE,
    draw_legend,
    new_figure,
    style_axes,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

BAR_GID, POINT_GID, STAR_GID = "bar", "point", "star"
"""Group ids of intervals, of values and of stars beside those that are told from 0."""
_ABREAST, _NAME_WIDTH = 4, 24
_LEGEND_LINE, _LEGEND_COLUMNS = 0.2, 3
_MARK, _LEAST = 0.13, 0.24
"""Inches: a mark with its interval, and the least height of a row."""


@dataclass(frozen=True)
class RowPlan:
    """Which panels there are, and which rows in each of them.

    Attributes:
        panels: languages; of a single model the model alone.
        rows: models, means over them last; of a single model its languages.
        by_language: whether panels are languages.
        study: labels and names.
    """

    panels: list[str]
    rows: list[str]
    by_language: bool
    study: CultureGuide

    def height(self, row: str) -> float:
        """Give where a row stands: the first one highest, the last one at 0."""
        return float(len(self.rows) - 1 - self.rows.index(row))

    def place(self, row: Any) -> tuple[str, str]:
        """Give the panel and the row of a row of a table."""
        code, model = str(row.language), str(row.model)
        return (code, model) if self.by_language else (self.panels[0], code)

    def panel_title(self, panel: str) -> str:
        """Name a panel: a language, or nothing where the title names the model."""
        return self.study.guide([panel]).short_name(panel) if self.by_language else ""

    def row_name(self, row: str) -> str:
        """Name a row."""
        if not self.by_language:
            return self.study.guide(self.rows).short_name(row)
        if row == ALL:
            return f"mean of {len(self.rows) - 1} models"
        return textwrap.fill(self.study.label(row), _NAME_WIDTH, break_on_hyphens=True)


def plan_rows(rows: pd.DataFrame, study: CultureGuide) -> RowPlan:
    """Plan a panel a language with a row a model, or of one model a row a language.

    Args:
        rows: with the columns model, family and language; the model `all` is a mean over models.
        study: labels and names.
    """
    models, languages = order_models(rows), order_languages(rows["language"], study)
    if len(models) <= 1:
        return RowPlan(models or [ALL], languages, by_language=False, study=study)
    mean = [ALL] if (rows["model"] == ALL).any() else []
    return RowPlan(languages, [*models, *mean], by_language=True, study=study)


def lay_out_rows(
    plan: RowPlan, keys: Sequence[Line2D], marks: int, axis: str
) -> tuple[Figure, dict[str, Axes]]:
    """Make the panels of a plan under a legend.

    Args:
        plan: of `plan_rows`.
        keys: of the legend.
        marks: above each other in every row.
        axis: what the horizontal axis is.

    Returns:
        The figure, and the axes of every panel.
    """
    deep = -(-len(plan.panels) // _ABREAST)
    columns = -(-len(plan.panels) // deep)
    lines = max(name.count("\n") + 1 for name in map(plan.row_name, plan.rows))
    high = len(plan.rows) * max(_MARK * (marks + 1), _LEAST, 0.14 * lines) + 0.2
    legend = _LEGEND_LINE * -(-len(keys) // _LEGEND_COLUMNS)
    figure, axes = new_figure(
        1.7 + legend + deep * (high + 0.6), deep + 1, columns,
        height_ratios=[legend, *[high] * deep],
    )  # fmt: skip
    draw_legend(axes[0], keys, _LEGEND_COLUMNS)
    places = list(axes[1:].flat)
    for ax in places[len(plan.panels) :]:
        ax.set_axis_off()
    drawn = dict(zip(plan.panels, places, strict=False))
    for place, (panel, ax) in enumerate(drawn.items()):
        _style(ax, plan, panel, named=place % columns == 0, axis=axis)
    return figure, drawn


def draw_interval(
    ax: Axes, row: Any, height: float, style: Mapping[str, Any], *, thick: float = 1.4
) -> None:
    """Draw a value with its interval.

    Args:
        ax: the axes.
        row: with value, low and high; NaN is not drawn.
        height: where.
        style: colour, marker, markersize and so on.
        thick: width of the interval in points.
    """
    if np.isfinite(row.low) and np.isfinite(row.high):
        ax.hlines(
            height, row.low, row.high, color=style["color"], linewidth=thick, gid=BAR_GID,
            alpha=0.75,
        )  # fmt: skip
    if np.isfinite(row.value):
        ax.plot([row.value], [height], linestyle="none", gid=POINT_GID, zorder=4, **style)


class ShortTicks(Formatter):
    """Writes the numbers beside an axis without zeros before the point, all with as many digits.

    `0 .05 .10`, `-1 0 1`: 0 itself has none.
    """

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Write one number with as many digits as it needs."""
        return self._write(x, _digits(x))

    def format_ticks(self, values: Iterable[float]) -> list[str]:
        """Write the numbers of an axis.

        Args:
            values: where its ticks are.
        """
        places = list(values)
        most = max(map(_digits, places), default=0)
        return [self._write(place, most) for place in places]

    def _write(self, value: float, digits: int) -> str:
        text = f"{value:.{digits}f}"
        if float(text) == 0:
            return "0"
        return text.replace("-0.", "-.").removeprefix("0")


def _digits(value: float) -> int:
    """Count the digits behind the point that a number needs, three at the most."""
    return next((count for count in range(3) if abs(value - round(value, count)) < 1e-6), 3)


def spread_marks(count: int) -> Iterator[float]:
    """Give the places of marks in a row, which is 1 high, from the top down."""
    return iter(np.linspace(0.3, -0.3, count) if count > 1 else np.zeros(1))


def _style(ax: Axes, plan: RowPlan, panel: str, *, named: bool, axis: str) -> None:
    style_axes(ax, grid="x")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-0.55, len(plan.rows) - 0.45)
    ax.set_yticks([])
    if named:
        names = [plan.row_name(row) for row in plan.rows]
        ax.set_yticks([plan.height(row) for row in plan.rows], names, fontsize=LABEL_SIZE)
        for text, row in zip(ax.get_yticklabels(), plan.rows, strict=True):
            text.set_fontweight("bold" if row == ALL else "normal")
    for border in range(1, len(plan.rows)):
        mean = plan.rows[-1] == ALL and border == 1
        ax.axhline(border - 0.5, color=INK if mean else FAINT, linewidth=0.7, zorder=0)
    ax.set_title(
        plan.panel_title(panel), loc="left", fontsize=TEXT_SIZE, fontweight="bold", color=INK
    )
    ax.set_xlabel(axis, fontsize=LABEL_SIZE)
