"""Names of lines, written beside them where no other line is near."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from isogloss.figures.labels import GID
from isogloss.figures.style import LABEL_SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D
    from matplotlib.text import Annotation
    from matplotlib.transforms import Bbox
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_COLUMNS = 240
_GAP = 2.0
"""Distance of a name from its own line in points."""
_CLEARANCE = 5.0
"""Distance from all others in points, at least; well above the gap, so that the name is clear."""

Place = tuple[float, float, float]
"""Clearance, then left and bottom of a name in pixels."""


def name_lone_lines(
    ax: Axes, lines: Sequence[tuple[Line2D, str, str]], others: Sequence[Line2D] = ()
) -> list[str]:
    """Write the name of every line that runs alone somewhere beside that stretch.

    The rest stay without a name: a legend has to name them all.

    Args:
        ax: the axes, in a figure whose layout is settled.
        lines: (line, name, colour of the name).
        others: lines that have no name but must not be written upon.

    Returns:
        The names that were written.
    """
    drawn = [line for line, _, _ in lines] + list(others)
    if any(len(_points(line)) < 2 for line in drawn):
        return []
    across = np.linspace(ax.bbox.x0, ax.bbox.x1, _COLUMNS)
    heights = np.stack([_heights(ax, line, across) for line in drawn])
    names = [_write(ax, name, colour) for _, name, colour in lines]
    found = []
    for own, name in enumerate(names):
        place = _loneliest(ax, name.get_window_extent(), own, across, heights)
        found.append((place[0] if place else 0.0, own))
    taken: list[Bbox] = []
    for _, own in sorted(found, reverse=True):
        name = names[own]
        place = _loneliest(ax, name.get_window_extent(), own, across, heights, taken)
        if place is None:
            name.remove()
            continue
        name.set_position(tuple(ax.transAxes.inverted().transform(place[1:])))
        taken.append(name.get_window_extent())
    return [name.get_text() for name in names if name.axes is not None]


def _heights(ax: Axes, line: Line2D, across: Floats) -> Floats:
    """Give the height of a line in pixels at each position; NaN beside its ends."""
    pixels = ax.transData.transform(_points(line))
    heights: Floats = np.interp(across, pixels[:, 0], pixels[:, 1], left=np.nan, right=np.nan)
    return heights


def _points(line: Line2D) -> Floats:
    return np.asarray(line.get_xydata(), dtype=np.float64)


def _write(ax: Axes, name: str, colour: str) -> Annotation:
    return ax.annotate(
        name, (0, 0), xytext=(0, 0), xycoords="axes fraction", textcoords="axes fraction",
        fontsize=LABEL_SIZE, color=colour, va="bottom", ha="left", gid=GID, zorder=6,
    )  # fmt: skip


def _loneliest(
    ax: Axes,
    size: Bbox,
    own: int,
    across: Floats,
    heights: Floats,
    taken: Sequence[Bbox] = (),
) -> Place | None:
    """Find where a name above or below its line is farthest from all other lines."""
    point = ax.figure.dpi / 72
    columns = int(np.ceil(size.width / (across[1] - across[0]))) + 1
    best: Place | None = None
    for first in range(0, len(across) - columns, 2):
        window = heights[:, first : first + columns]
        line = window[own]
        if np.isnan(line).any():
            continue
        middle = line[columns // 2]
        for bottom in (line.max() + _GAP * point, line.min() - _GAP * point - size.height):
            # On a steep stretch the name would hang far from its line.
            if abs(bottom + size.height / 2 - middle) > size.height / 2 + 3 * _GAP * point:
                continue
            clearance = _clearance(np.delete(window, own, axis=0), bottom, bottom + size.height)
            inside = ax.bbox.y0 < bottom and bottom + size.height < ax.bbox.y1
            if not inside or clearance < _CLEARANCE * point:
                continue
            left = float(across[first])
            free = not any(_meets(left, bottom, size, other) for other in taken)
            if free and (best is None or clearance > best[0]):
                best = (clearance, left, float(bottom))
    return best


def _clearance(others: Floats, bottom: float, top: float) -> float:
    known = others[np.isfinite(others)]
    if len(known) == 0:
        return float("inf")
    return float(np.maximum(bottom - known, known - top).min())


def _meets(left: float, bottom: float, size: Bbox, other: Bbox) -> bool:
    return bool(
        left < other.x1
        and other.x0 < left + size.width
        and bottom < other.y1
        and other.y0 < bottom + size.height
    )
