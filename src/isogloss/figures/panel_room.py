"""Room for the texts of a panel: none runs over its edge or over the line of 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.text import Annotation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GAP, _EDGE = 3.5, 7.0
"""Pixels between a text and the line of 0, and between it and the edge of the panel."""
_NUMBER = 18
"""Pixels that half a number of the axis takes."""
_TRIES, _SPARE = 12, 1.2
"""How often a panel may be widened, and by how many times what is missing."""


def make_room(ax: Axes) -> None:
    """Widen a panel until its annotations stand within it and clear of the line of 0.

    Call it when the layout is settled: texts keep their size, and what is drawn draws together.
    """
    before = ax.get_xlim()
    texts = [text for text in ax.texts if isinstance(text, Annotation)]
    places = [text.get_position() for text in texts]
    for _ in range(_TRIES):
        for text, place in zip(texts, places, strict=True):
            text.set_position(place)
            _clear_zero(ax, text)
        boxes = [text.get_window_extent() for text in texts]
        left = max([ax.bbox.x0 + _EDGE - box.x0 for box in boxes], default=0.0)
        right = max([box.x1 + _EDGE - ax.bbox.x1 for box in boxes], default=0.0)
        if max(left, right) <= 0:
            break
        low, high = ax.get_xlim()
        # More than is missing, as points move away from the edge by less than it is moved.
        pixel = _SPARE * (high - low) / ax.bbox.width
        ax.set_xlim(low - pixel * max(left, 0.0), high + pixel * max(right, 0.0))
    if ax.get_xlim() != before:
        _leave_out_ends(ax)


def _leave_out_ends(ax: Axes) -> None:
    """Leave out numbers at the ends of the axis: a settled layout has no room for them."""
    low, high = ax.get_xlim()
    edge = _NUMBER * (high - low) / ax.bbox.width
    ax.set_xticks([tick for tick in ax.get_xticks() if low + edge <= tick <= high - edge])


def _clear_zero(ax: Axes, text: Annotation) -> None:
    """Move a text that stands on the line of 0 aside, a text beside a point away from it."""
    line = float(ax.transData.transform((0, 0))[0])
    box = text.get_window_extent()
    if not box.x0 - _GAP < line < box.x1 + _GAP:
        return
    side = {"left": 1.0, "right": -1.0}.get(text.get_horizontalalignment())
    if side is None:
        side = 1.0 if float(text.xy[0]) >= 0 else -1.0
    moved = line + _GAP - box.x0 if side > 0 else line - _GAP - box.x1
    across, up = text.get_position()
    text.set_position((across + moved * 72 / ax.figure.dpi, up))
