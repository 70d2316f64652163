"""Rows of scores with intervals: their values in words, and a horizontal axis that holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.text import Annotation
from matplotlib.ticker import MaxNLocator

from isogloss.figures.formats import format_score
from isogloss.figures.style import (
    INK,
    LABEL_SIZE,
    LEVEL_COLOUR,
    LEVEL_GID,
    LEVEL_STYLE,
    MUTED,
    span_scores,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from isogloss.figures.metrics import Metric

VALUE_GID = "value"
"""Group id of the values beside the rows, by which they can be found."""
_GAP, _ROOM = 6, 27
"""Points: from the end of a bar to its value, and to the end of the value."""
_TICK = 16
"""Points that a tick with its number takes."""


def write_value(
    ax: Axes, score: float, end: float, height: float, *, bold: bool = False, digits: int = 2
) -> None:
    """Write a score to the right of its point and its bar.

    Args:
        ax: the axes.
        score: what to write.
        end: upper bound of the interval; NaN if there is none.
        height: of the row.
        bold: whether the score is to stand out.
        digits: after the point.
    """
    ax.annotate(
        format_score(score, digits), (end if np.isfinite(end) else score, height), xytext=(_GAP, 0),
        textcoords="offset points", fontsize=LABEL_SIZE - 0.5, color=INK if bold else MUTED,
        fontweight="bold" if bold else "normal", va="center", gid=VALUE_GID,
    )  # fmt: skip


def draw_upright_level(ax: Axes, level: float) -> None:
    """Draw a dotted vertical line at the floor or at chance; nothing for NaN."""
    if np.isfinite(level):
        ax.axvline(level, color=LEVEL_COLOUR, **(LEVEL_STYLE | {"zorder": 1}))


def fit_rows(axes: Sequence[Axes], measure: Metric) -> None:
    """Set the common horizontal axis so that points, bars, levels and values lie within it.

    Values that would stand on the dotted line move to its right. Ticks end where the metric does.

    Args:
        axes: share their horizontal axis, in a figure whose layout is settled.
        measure: the metric on it.
    """
    drawn = [bound for ax in axes for bound in (ax.dataLim.x0, ax.dataLim.x1)]
    low, high = span_scores(measure.limits, drawn)
    narrowest = min(ax.bbox.width / ax.figure.dpi * 72 for ax in axes)
    margin = 0.02 * (high - low)
    left = low - margin
    ends = [float(value.xy[0]) for ax in axes for value in _values(ax)] + [left]
    farthest = max([*ends, *(level for ax in axes for level in _levels(ax))])
    right = max(high + margin, left + (farthest - left) / (1 - _ROOM / narrowest))
    axes[0].set_xlim(left, right)
    ticks_that_fit = int(np.clip(narrowest / _TICK, 2, 7))
    locator = MaxNLocator(nbins=ticks_that_fit, steps=[1, 2, 5, 10])
    ticks = np.asarray(locator.tick_values(left, right), dtype=np.float64)
    axes[0].set_xticks(ticks[(ticks >= left) & (ticks <= min(right, measure.highest + 1e-9))])
    for ax in axes:
        _clear_levels(ax)


def _values(ax: Axes) -> list[Annotation]:
    return [
        text for text in ax.texts if isinstance(text, Annotation) and text.get_gid() == VALUE_GID
    ]


def _levels(ax: Axes) -> list[float]:
    lines = [np.asarray(line.get_xdata()) for line in ax.lines if line.get_gid() == LEVEL_GID]
    places = np.unique(np.concatenate([*lines, np.empty(0)]))
    return [float(place) for place in places[np.isfinite(places)]]


def _clear_levels(ax: Axes) -> None:
    """Move the values that stand on a dotted line to its right."""
    for level in _levels(ax):
        line = float(ax.transData.transform((level, 0))[0])
        for value in _values(ax):
            box = value.get_window_extent()
            if box.x0 - _GAP < line < box.x1 + _GAP:
                value.xy = (level, value.xy[1])
