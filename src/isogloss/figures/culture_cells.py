"""Cells of the heat maps of the cultural room, with their values and the frames around some."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib import colormaps
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from isogloss.figures.formats import format_score
from isogloss.figures.style import CHANCE, INK, LABEL_SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
    from numpy.typing import NDArray

VALUE_GID, TOLD_GID, FRAME_GID, MISSING_GID = "cell-value", "cell-told", "native", "missing"
"""Group ids of values, of marks of those that are told from 0, of frames and of lacking cells."""
ONE_SIDED, TWO_SIDED = "YlGnBu", "RdBu"
"""Colour maps of values from 0 up, and of values below and above 0; both for any colour vision."""
BAR_HEIGHT = 0.3
"""Inches."""
_BLANK = "#f1f1f1"
_DARK = 0.45
"""Relative luminance of a cell below which its value is written in white."""
_FRAME: dict[str, Any] = {
    "color": INK, "linewidth": 1.5, "capstyle": "projecting", "gid": FRAME_GID, "zorder": 2.5,
    "clip_on": False,
}  # fmt: skip


def draw_grid(
    ax: Axes,
    values: NDArray[np.float64],
    scale: Normalize,
    colours: str,
    told: NDArray[np.bool_] | None = None,
    size: float = 7.5,
) -> AxesImage:
    """Draw cells, and in each its value if there is room for it.

    Args:
        ax: the axes.
        values: float64 [rows, columns]; NaN is blank.
        scale: of the colours.
        colours: name of the colour map.
        told: [rows, columns], whose values are bold with a bar below them; None: no such marks.
        size: of the values in points; 0 leaves them out, and what is told gets a dot.
    """
    shades = colormaps[colours].with_extremes(bad="white")
    image = ax.imshow(
        np.ma.masked_invalid(values), cmap=shades, norm=scale, interpolation="nearest",
        aspect="auto",
    )  # fmt: skip
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    ax.grid(visible=False)
    marked: dict[str, list[tuple[int, int]]] = {"white": [], INK: []}
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            bold = told is not None and bool(told[row, column])
            red, green, blue, _ = shades(float(scale(value)))
            dark = 0.2126 * red + 0.7152 * green + 0.0722 * blue < _DARK
            colour = "white" if dark else INK
            if size:
                _write(ax, (column, row), value, colour, size, bold=bold)
            if bold:
                marked[colour].append((column, row))
    for colour, places in marked.items():
        _mark(ax, places, colour, size)
    return image


def draw_missing(ax: Axes, missing: NDArray[np.bool_]) -> None:
    """Shade the cells that should have a value and have none.

    Args:
        ax: the axes, with cells.
        missing: [rows, columns].
    """
    for row, column in np.argwhere(missing):
        place = (column - 0.5, row - 0.5)
        ax.add_patch(Rectangle(place, 1, 1, facecolor=_BLANK, linewidth=0, gid=MISSING_GID))


def draw_frames(ax: Axes, framed: NDArray[np.bool_]) -> None:
    """Draw the outline of the cells that are framed, neighbours as one.

    Args:
        ax: the axes, with cells.
        framed: [rows, columns].
    """
    inside = np.pad(framed.astype(int), 1)
    across = np.argwhere(np.diff(inside, axis=0)[:, 1:-1])
    upright = np.argwhere(np.diff(inside, axis=1)[1:-1])
    lines = [[(x - 0.5, y - 0.5), (x + 0.5, y - 0.5)] for y, x in across]
    lines += [[(x - 0.5, y - 0.5), (x - 0.5, y + 0.5)] for y, x in upright]
    ax.add_collection(LineCollection(lines, **_FRAME), autolim=False)


def draw_bar(figure: Figure, place: Axes, image: AxesImage, note: str, share: float = 1.0) -> None:
    """Draw the colour scale at the left end of low axes that hold nothing else, and what it is of.

    Args:
        figure: of the axes.
        place: the axes, `BAR_HEIGHT` inches high.
        image: of `draw_grid`.
        note: what the values are.
        share: of the figure's width that these axes have.
    """
    place.set_axis_off()
    bar = place.inset_axes((0.0, 0.1, 0.26 / share, 0.4))
    figure.colorbar(image, cax=bar, orientation="horizontal")
    bar.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    bar.xaxis.set_major_formatter(lambda value, _: format_score(value))
    bar.tick_params(labelsize=LABEL_SIZE - 0.5, color=CHANCE, length=2, top=True, bottom=False)
    bar.tick_params(labeltop=True, labelbottom=False, pad=1)
    bar.spines[:].set_visible(False)
    bar.annotate(
        note, (1, 0.5), xytext=(12, 0), textcoords="offset points", xycoords="axes fraction",
        fontsize=LABEL_SIZE, color=INK, va="center",
    ).set_in_layout(False)  # fmt: skip


def name_sides(
    ax: Axes, rows: Sequence[str], columns: Sequence[str], *, turned: bool, size: float = LABEL_SIZE
) -> None:
    """Write what the rows and the columns are beside the cells.

    Args:
        ax: the axes.
        rows: from the top down.
        columns: from left to right.
        turned: whether the names of columns are read from below.
        size: of the names in points.
    """
    ax.set_yticks(range(len(rows)), rows, fontsize=size)
    ax.set_xticks(range(len(columns)), columns, fontsize=size, rotation=90 if turned else 0)


def _write(
    ax: Axes, place: tuple[int, int], value: float, colour: str, size: float, *, bold: bool
) -> None:
    text = format_score(value)
    ax.text(
        *place, text, fontsize=size if len(text) < 4 else 0.9 * size, color=colour, ha="center",
        va="center_baseline", fontweight="bold" if bold else "normal", gid=VALUE_GID,
    ).set_in_layout(False)  # fmt: skip


def _mark(ax: Axes, places: Sequence[tuple[int, int]], colour: str, size: float) -> None:
    """Draw a bar below each of the values, or a dot where there is no room for values."""
    if not places:
        return
    look: dict[str, Any] = (
        {"marker": "_", "markersize": 1.5 * size, "markeredgewidth": 1}
        if size
        else {"marker": "o", "markersize": 2.2}
    )
    below = 0.37 if size else 0.0
    ax.plot(
        [column for column, _ in places], [row + below for _, row in places], linestyle="none",
        color=colour, gid=TOLD_GID, zorder=3, **look,
    )  # fmt: skip
