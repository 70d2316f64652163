"""Finishing a figure of the cultural room: title, caption, and a watermark where it must be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from isogloss.figures.culture_study import SYNTHETIC
from isogloss.figures.style import draw_message, new_figure, set_caption, set_title, settle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WATERMARK_GID = "synthetic"
"""Group id of the watermarks, by which they can be found."""
_SHARE = 0.94
"""Of a panel's width that a watermark takes, at the most."""
_LARGEST, _SMALLEST = 26.0, 5.0
"""Points."""
_ABOVE_CELLS = 1.5
"""Over cells and shaded bands, below lines, points and numbers."""
_ASPECT = 0.72
"""Width of a capital or small letter on average, in its size; measured on the text itself."""
_STYLE: dict[str, Any] = {"color": "#8c8c8c", "alpha": 0.24, "fontweight": "bold"}


def finish(
    figure: Figure, title: str, caption: Sequence[str], *, synthetic: bool, rounds: int = 1
) -> Figure:
    """Write title and caption, settle the layout, and mark figures of a made-up survey.

    Args:
        figure: with everything drawn.
        title: of the figure.
        caption: sentences.
        synthetic: whether any of its data come from a survey that was made up.
        rounds: of `settle`.
    """
    set_title(figure, title)
    set_caption(figure, [SYNTHETIC if synthetic else "", *caption])
    settle(figure, rounds)
    if synthetic:
        mark_synthetic(figure)
    return figure


def mark_synthetic(figure: Figure) -> None:
    """Write the watermark over every panel, as large as it can be, without hiding what is drawn.

    Args:
        figure: whose layout is settled.
    """
    for ax in figure.axes:
        if ax.axison:
            ax.apply_aspect()
            _mark(ax)


def say_instead(title: str, message: str, *, synthetic: bool = False) -> Figure:
    """Make a low figure that says why there is nothing to draw.

    Args:
        title: of the figure.
        message: the reason.
        synthetic: whether it is about a survey that was made up.
    """
    figure, axes = new_figure(1.6 if synthetic else 1.4)
    draw_message(axes[0, 0], message, 92)
    return finish(figure, title, [], synthetic=synthetic)


def _mark(ax: Axes) -> None:
    box = ax.get_window_extent()
    points = 72 / ax.figure.dpi
    wide, high = box.width * points, box.height * points
    # Of equal sizes the one with the fewest lines.
    ways = (_fit(lines, wide, high) for lines in _break_up())
    lines, size = max(ways, key=lambda found: found[1])
    ax.text(
        0.5, 0.5, "\n".join(lines), transform=ax.transAxes, ha="center", va="center",
        fontsize=size, zorder=_ABOVE_CELLS, gid=WATERMARK_GID, linespacing=1.3, **_STYLE,
    ).set_in_layout(False)  # fmt: skip


def _fit(lines: list[str], wide: float, high: float) -> tuple[list[str], float]:
    """Give the largest size in points at which lines fit into a panel."""
    longest = max(len(line) for line in lines)
    size = min(_SHARE * wide / (_ASPECT * longest), _SHARE * high / (1.4 * len(lines)))
    return lines, float(np.clip(size, _SMALLEST, _LARGEST))


def _break_up() -> list[list[str]]:
    """Give the sentence in one line, in two and so on, as evenly broken as words allow."""
    words = SYNTHETIC.split()
    found: dict[int, list[str]] = {}
    for width in range(10, len(SYNTHETIC) + 1):
        lines: list[str] = [""]
        for word in words:
            if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
                lines.append("")
            lines[-1] = f"{lines[-1]} {word}".strip()
        found.setdefault(len(lines), lines)
    return [found[count] for count in sorted(found)]
