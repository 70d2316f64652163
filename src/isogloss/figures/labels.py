"""Direct labels that do not overlap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from isogloss.figures.style import FAINT, LABEL_SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

GID = "direct-label"
"""Group id of every direct label, by which they can be found in a figure (and in an SVG)."""

_LINE_HEIGHT = 1.22
_LEADER = {"arrowstyle": "-", "color": FAINT, "lw": 0.7, "shrinkA": 1, "shrinkB": 2}
_POINTS_PER_INCH = 72
# Places to try around a point, nearest first: (horizontal, vertical) in units of the offset.
_PLACES = ((1, 0), (1, 1), (1, -1), (-1, 0), (-1, 1), (-1, -1), (0, 1.3), (0, -1.3))


@dataclass(frozen=True)
class LineLabel:
    """A label at the right end of a line.

    Attributes:
        text: of the label.
        y: height of the line's end, in data units.
        colour: of the text.
        bold: for the line that matters most; it is kept when there is no room for all.
    """

    text: str
    y: float
    colour: str
    bold: bool = False


def spread(positions: ArrayLike, gap: float, low: float, high: float) -> NDArray[np.float64]:
    """Move positions as little as possible so that neighbours are a gap apart.

    Least squares under order constraints: with z_i = y_i - i gap this is isotonic regression
    (pool adjacent violators), and clipping its solution solves the problem with bounds.

    Args:
        positions: float [k], in any order.
        gap: smallest distance of neighbours.
        low: lower bound of all positions.
        high: upper bound; ignored if there is no room for all between the bounds.

    Returns:
        float64 [k], in the order of the input.
    """
    wanted = np.asarray(positions, dtype=np.float64)
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(len(wanted))
    pooled = _isotonic(wanted[order] - steps)
    room = max(high - gap * (len(wanted) - 1), low)
    placed = np.empty_like(wanted)
    placed[order] = np.clip(pooled, low, room) + steps
    return placed


def label_line_ends(
    figure: Figure, ax: Axes, labels: Sequence[LineLabel], x: float, *, leaders: bool = True
) -> int:
    """Write labels to the right of the axes, beside the ends of their lines.

    If there is no room for all, the bold ones and the highest and lowest of the others are kept.

    Args:
        figure: complete but for these labels, since their room depends on its layout.
        ax: the axes with the lines.
        labels: what to write.
        x: where the lines end, in data units.
        leaders: whether thin lines lead from the ends to the labels.

    Returns:
        How many labels were left out.
    """
    finite = [label for label in labels if np.isfinite(label.y)]
    if not finite:
        return len(labels)
    low, high = sorted(ax.get_ylim())
    line = LABEL_SIZE * _LINE_HEIGHT / _POINTS_PER_INCH / _height(figure, ax) * (high - low)
    kept = _keep(finite, int((high - low) / line))
    heights = spread([label.y for label in kept], line, low + line / 2, high - line / 2)
    for label, height in zip(kept, heights, strict=True):
        ax.annotate(
            label.text,
            xy=(x, label.y),
            xytext=(1.03, height),
            textcoords=("axes fraction", "data"),
            fontsize=LABEL_SIZE,
            fontweight="bold" if label.bold else "normal",
            color=label.colour,
            va="center",
            ha="left",
            annotation_clip=False,
            gid=GID,
            arrowprops=_LEADER if leaders else None,
        )
    return len(labels) - len(kept)


def ends_are_apart(labels: Sequence[LineLabel], height: float) -> bool:
    """Tell whether the ends of lines are far enough apart for labels beside them.

    Args:
        labels: to be written.
        height: of the axes, in data units.

    Returns:
        False where the labels would lie a twelfth of the height from their lines on average.
    """
    ends = np.array([label.y for label in labels if np.isfinite(label.y)])
    if len(ends) < 2:
        return True
    low = min(float(ends.min()), 0.0)
    moved = spread(ends, height / 24, low, low + height) - ends
    return float(np.abs(moved).mean()) < height / 12


def label_points(
    figure: Figure, ax: Axes, points: Sequence[tuple[float, float, str, str]], offset: float = 5.5
) -> int:
    """Write a label beside each point, at the nearest place that is still free.

    Args:
        figure: complete but for these labels.
        ax: the axes with the points.
        points: (x, y, text, colour), the most important first.
        offset: distance of the label from its point, in points.

    Returns:
        How many labels found no place and were left out.
    """
    figure.draw_without_rendering()
    half = offset * 0.6 * figure.dpi / _POINTS_PER_INCH
    places = np.array([(x, y) for x, y, _, _ in points], dtype=np.float64).reshape(-1, 2)
    pixels = ax.transData.transform(places)
    taken = [Bbox.from_bounds(x - half, y - half, 2 * half, 2 * half) for x, y in pixels]
    for own, (x, y, text, colour) in enumerate(points):
        others = taken[:own] + taken[own + 1 :]
        for distance in (1.0, 2.0, 3.2):
            label = _first_free(ax, (x, y, text, colour), offset * distance, others)
            if label is not None:
                taken.append(label.get_window_extent())
                break
    return len(points) - (len(taken) - len(points))


def direct_labels(figure: Figure) -> list[Annotation]:
    """Find all direct labels of a figure."""
    found = figure.findobj(lambda artist: artist.get_gid() == GID)
    return [artist for artist in found if isinstance(artist, Annotation)]


def _isotonic(values: NDArray[np.float64]) -> NDArray[np.float64]:
    blocks: list[tuple[float, int]] = []
    for value in values:
        mean, size = float(value), 1
        while blocks and blocks[-1][0] > mean:
            previous, previous_size = blocks.pop()
            mean = (mean * size + previous * previous_size) / (size + previous_size)
            size += previous_size
        blocks.append((mean, size))
    return np.repeat([mean for mean, _ in blocks], [size for _, size in blocks])


def _height(figure: Figure, ax: Axes) -> float:
    figure.draw_without_rendering()
    return float(ax.bbox.height / figure.dpi)


def _keep(labels: Sequence[LineLabel], room: int) -> list[LineLabel]:
    if len(labels) <= room:
        return list(labels)
    bold = [label for label in labels if label.bold]
    others = sorted((label for label in labels if not label.bold), key=lambda label: label.y)
    free = max(room - len(bold), 0)
    lowest = free // 2
    return bold + others[:lowest] + others[len(others) - (free - lowest) :]


def _first_free(
    ax: Axes,
    point: tuple[float, float, str, str],
    offset: float,
    taken: Sequence[Bbox],
) -> Annotation | None:
    x, y, text, colour = point
    frame = ax.bbox
    for across, up in _PLACES:
        label = ax.annotate(
            text,
            (x, y),
            xytext=(across * offset, up * offset),
            textcoords="offset points",
            ha={1: "left", -1: "right"}.get(across, "center"),
            va="center",
            fontsize=LABEL_SIZE,
            color=colour,
            gid=GID,
            zorder=6,
        )
        box = label.get_window_extent()
        inside = (
            frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
        )
        if inside and not any(box.overlaps(other) for other in taken):
            if offset > 10:
                line = {
                    "arrowstyle": "-",
                    "color": "#bbbbbb",
                    "lw": 0.6,
                    "shrinkA": 0,
                    "shrinkB": 3,
                }
                style: dict[str, Any] = {"textcoords": "offset points", "arrowprops": line}
                ax.annotate("", (x, y), xytext=(across * offset, up * offset), **style)
            return label
        label.remove()
    return None
