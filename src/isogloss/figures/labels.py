"""Direct labels that do not overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from matplotlib.transforms import Bbox

from isogloss.figures.style import LABEL_SIZE, add_to_caption

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Annotation
    from numpy.typing import ArrayLike, NDArray

GID = "direct-label"
"""Group id of every direct label, by which they can be found in a figure (and in an SVG)."""

Point = tuple[float, float, str, str]
"""x, y, text and colour of a point that is to be labelled."""

_POINTS_PER_INCH = 72
_OFFSET = 5.5
"""Distance of a label from its point, in points."""
_LEADER = {"arrowstyle": "-", "color": "#aaaaaa", "lw": 0.6, "shrinkA": 0, "shrinkB": 3}
_LEADER_FROM = 10.0
# Places to try around a point, nearest first: (horizontal, vertical) in units of the distance.
_PLACES = (
    (1, 0), (1, 1), (1, -1), (-1, 0), (-1, 1), (-1, -1),
    (0, 1.3), (0, -1.3), (0.5, 1.3), (-0.5, 1.3),
)  # fmt: skip
_FEW = 30
_NEAR: tuple[float, ...] = (1.0, 1.5, 2.0)
_FAR: tuple[float, ...] = (2.6, 3.2, 4.0, 5.0, 6.2, 8.0, 10.0, 12.0)
_MODERATE = 4
"""So many of the far distances are better than standing on an error bar."""


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


def label_points(
    ax: Axes,
    points: Sequence[Point],
    bars: Sequence[Bbox] = (),
    levels: Sequence[float] = (),
    *,
    leaders: bool = True,
) -> int:
    """Write a label beside each point, at the nearest place that is still free.

    Up to thirty points, a label may stand farther off with a thin line to its point.

    Args:
        ax: the axes with the points, in a figure whose layout is settled.
        points: the most important first.
        bars: error bars in data units, on which no label is written if it can be helped.
        levels: heights of horizontal lines through the whole panel, on which none is written.
        leaders: whether a label may stand farther off.

    Returns:
        How many labels found no place and were left out.
    """
    half = _OFFSET * 0.6 * ax.figure.dpi / _POINTS_PER_INCH
    places = np.array([(x, y) for x, y, _, _ in points], dtype=np.float64).reshape(-1, 2)
    pixels = ax.transData.transform(places)
    taken = [Bbox.from_bounds(x - half, y - half, 2 * half, 2 * half) for x, y in pixels]
    lines = [ax.transData.transform_bbox(bar) for bar in bars]
    heights = [float(ax.transData.transform((0, level))[1]) for level in levels]
    across = [Bbox.from_extents(ax.bbox.x0, y, ax.bbox.x1, y) for y in heights]
    omitted = 0
    for own, (point, pixel) in enumerate(zip(points, pixels, strict=True)):
        label = _write(ax, point)
        others = [*taken[:own], *taken[own + 1 :], *across]
        stages = _list_stages(others, lines, few=leaders and len(points) <= _FEW)
        boxes = (_place(ax, label, pixel, *stage) for stage in stages)
        box = next((box for box in boxes if box is not None), None)
        if box is None:
            label.remove()
            omitted += 1
        else:
            taken.append(box)
    return omitted


def tell_omitted(figure: Figure, caption: Sequence[str], omitted: int, points: int) -> None:
    """Say in the caption of a settled figure how many of its points have no label, if any."""
    if omitted:
        note = f"{omitted} of {points} points are drawn without a label for want of room"
        add_to_caption(figure, caption, note)


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


def _write(ax: Axes, point: Point) -> Annotation:
    x, y, text, colour = point
    return ax.annotate(
        text, (x, y), xytext=(0, 0), textcoords="offset points", ha="left", va="center",
        fontsize=LABEL_SIZE, color=colour, gid=GID, zorder=6,
    )  # fmt: skip


def _place(
    ax: Axes,
    label: Annotation,
    pixel: NDArray[np.float64],
    places: Sequence[tuple[float, float]],
    taken: Sequence[Bbox],
) -> Bbox | None:
    """Move a label to the nearest free place, with a thin line to its point if that is far."""
    size = label.get_window_extent()
    bounds = np.array([[one.x0, one.y0, one.x1, one.y1] for one in taken]).reshape(-1, 4)
    for across, up in places:
        left, bottom = _corner(ax, size, pixel, across, up)
        box = Bbox.from_bounds(left, bottom, size.width, size.height)
        meets = (
            (bounds[:, 0] < box.x1)
            & (box.x0 < bounds[:, 2])
            & (bounds[:, 1] < box.y1)
            & (box.y0 < bounds[:, 3])
        )
        if meets.any() or not _inside(box, ax.bbox):
            continue
        label.set_position((across, up))
        label.set_horizontalalignment(_side(across))
        if np.hypot(across, up) > _LEADER_FROM:
            ax.annotate(
                "", label.xy, xytext=(across, up), textcoords="offset points", arrowprops=_LEADER
            )
        return box
    return None


def _list_stages(
    taken: Sequence[Bbox], bars: Sequence[Bbox], *, few: bool
) -> list[tuple[list[tuple[float, float]], list[Bbox]]]:
    """List what to try in turn: places for a label, and what must not stand there."""
    free, near = [*taken, *bars], list(_candidates(_NEAR))
    if not few:
        return [(near, free), (near, [*taken])]
    # An error bar would hide a leader that runs straight up or down.
    far = [place for place in _candidates(_FAR) if place[0] or not bars]
    moderate = far[: len(far) * _MODERATE // len(_FAR)]
    return [(near, free), (moderate, free), (near, [*taken]), (far, free), (far, [*taken])]


def _candidates(distances: Sequence[float]) -> Iterator[tuple[float, float]]:
    for distance in distances:
        for across, up in _PLACES:
            yield across * distance * _OFFSET, up * distance * _OFFSET


def _side(across: float) -> Literal["left", "right", "center"]:
    if across == 0:
        return "center"
    return "left" if across > 0 else "right"


def _corner(
    ax: Axes, size: Bbox, pixel: NDArray[np.float64], across: float, up: float
) -> tuple[float, float]:
    """Give the left and the bottom of a label in pixels."""
    scale = ax.figure.dpi / _POINTS_PER_INCH
    share = {"left": 0.0, "center": 0.5, "right": 1.0}[_side(across)]
    left = pixel[0] + across * scale - share * size.width
    return float(left), float(pixel[1] + up * scale - size.height / 2)


def _inside(box: Bbox, frame: Bbox) -> bool:
    return bool(
        frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
    )
