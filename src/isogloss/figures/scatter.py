"""What panels of points have in common: lines of least squares, and what is said above them."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from isogloss.figures.style import INK, LABEL_SIZE, MUTED, TEXT_SIZE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

FIT_GID = "fit"
"""Group id of the lines of least squares."""
VERDICT_GID = "verdict"
"""Group id of what is said above the panels."""


def draw_fit(ax: Axes, across: ArrayLike, up: ArrayLike) -> None:
    """Draw the line of least squares from the first to the last of some points.

    Args:
        ax: the axes.
        across: horizontal places, [points].
        up: vertical places, [points].
    """
    x, y = np.asarray(across, np.float64), np.asarray(up, np.float64)
    slope, intercept = np.polyfit(x, y, 1)
    ends = np.array([x.min(), x.max()])
    ax.plot(ends, intercept + slope * ends, color=INK, linewidth=1.2, zorder=2, gid=FIT_GID)


def head_panel(ax: Axes, title: str, verdict: str, width: int) -> None:
    """Write a title above a panel, and below it in smaller letters what the points say.

    Args:
        ax: the axes.
        title: of the panel.
        verdict: lines below it; may be empty.
        width: of the lines, in characters.
    """
    wrapped = "\n".join(textwrap.fill(line, width) for line in verdict.splitlines())
    ax.set_title(
        title, loc="left", fontsize=TEXT_SIZE, color=INK, fontweight="bold",
        pad=6 + (11 * (wrapped.count("\n") + 1) if wrapped else 0),
    )  # fmt: skip
    ax.annotate(
        wrapped, (0, 1), xycoords="axes fraction", xytext=(0, 4), textcoords="offset points",
        fontsize=LABEL_SIZE, color=MUTED, va="bottom", gid=VERDICT_GID,
    )  # fmt: skip
