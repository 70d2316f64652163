from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from isogloss.figures.panel_room import make_room


def draw(texts: dict[float, str]) -> Figure:
    """Write texts to the left of points below the middle, and to the right of the others."""
    figure = Figure(figsize=(4, 2))
    ax = figure.subplots()
    ax.set_xlim(-1, 1)
    for x, text in texts.items():
        side = -1 if x < 0.5 else 1
        ax.annotate(
            text, (x, 0.5), xytext=(5 * side, 0), textcoords="offset points",
            ha="right" if side < 0 else "left",
        )  # fmt: skip
    return figure


@pytest.mark.parametrize(
    "texts",
    [
        {-0.95: "a name at the left"},
        {0.95: "a name at the right"},
        {-0.95: "a name at the left", 0.95: "at the right"},
        {0.05: "a name beside the line"},
    ],
)
def test_texts_stand_within_the_panel_and_clear_of_zero(texts: dict[float, str]) -> None:
    figure = draw(texts)
    (ax,) = figure.axes
    make_room(ax)
    line = float(ax.transData.transform((0, 0))[0])
    for text in ax.texts:
        box = text.get_window_extent()
        assert ax.bbox.x0 + 6 < box.x0 < box.x1 < ax.bbox.x1 - 6
        assert not box.x0 < line < box.x1


def test_numbers_of_a_widened_axis_stay_within_the_panel() -> None:
    figure = draw({-0.95: "a name at the left", 0.95: "at the right"})
    (ax,) = figure.axes
    make_room(ax)
    figure.draw_without_rendering()
    boxes = [label.get_window_extent() for label in ax.get_xticklabels() if label.get_text()]
    assert len(boxes) > 1
    assert all(ax.bbox.x0 <= box.x0 < box.x1 <= ax.bbox.x1 for box in boxes)


def test_a_panel_with_room_stays_as_it_is() -> None:
    figure = draw({-0.2: "a", 0.6: "b"})
    make_room(figure.axes[0])
    assert figure.axes[0].get_xlim() == (-1, 1)
    assert [text.get_position() for text in figure.axes[0].texts] == [(-5, 0), (5, 0)]
