"""What is read off a figure."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Annotation, Text
from numpy.typing import NDArray

from isogloss.figures.culture_cells import TOLD_GID
from isogloss.figures.labels import GID


def x_of(line: Line2D) -> NDArray[np.float64]:
    return np.asarray(line.get_xdata(), dtype=np.float64)


def y_of(line: Line2D) -> NDArray[np.float64]:
    return np.asarray(line.get_ydata(), dtype=np.float64)


def caption(figure: Figure) -> str:
    return figure.get_supxlabel().replace("\n", " ")


def key(figure: Figure, panel: int = 0) -> list[str]:
    """The entries of the legend of a panel."""
    legend = figure.axes[panel].get_legend()
    assert legend is not None
    return [text.get_text() for text in legend.get_texts()]


def texts(ax: Axes, gid: str | None) -> list[str]:
    """The texts of a panel with a group id, in the order in which they were written."""
    return [text.get_text() for text in ax.texts if text.get_gid() == gid]


def direct_labels(figure: Figure) -> list[Annotation]:
    found = figure.findobj(lambda artist: artist.get_gid() == GID)
    return [artist for artist in found if isinstance(artist, Annotation)]


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    """Direct labels that run into each other, by their text alone: leader lines may pass."""
    figure.draw_without_rendering()
    labels = [label for label in direct_labels(figure) if label.get_text()]
    boxes = [(label.get_text(), Text.get_window_extent(label)) for label in labels]
    return [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]


def panels(figure: Figure) -> dict[str, Axes]:
    return {ax.get_title("left"): ax for ax in figure.axes if ax.get_title("left")}


def cells(ax: Axes) -> np.ma.MaskedArray:
    return np.ma.asarray(ax.images[0].get_array())


def told(ax: Axes) -> set[tuple[int, int]]:
    lines = [line for line in ax.lines if line.get_gid() == TOLD_GID]
    return {
        (int(x), int(y))
        for line in lines
        for x, y in zip(np.asarray(line.get_xdata()), np.asarray(line.get_ydata()), strict=True)
    }
