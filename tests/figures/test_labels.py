from __future__ import annotations

from unittest.mock import Mock

import numpy as np
import pytest
from matplotlib.backends import backend_agg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from isogloss.figures.inline import name_lone_lines
from isogloss.figures.labels import _list_stages, label_points, spread
from isogloss.figures.metrics import metric_of
from isogloss.figures.rows import fit_rows, write_value
from isogloss.figures.style import new_figure, settle
from tests.figures.drawn import direct_labels, overlapping


def test_positions_with_room_stay() -> None:
    np.testing.assert_array_equal(spread([3.0, 1.0, 2.0], 1.0, 0, 10), [3.0, 1.0, 2.0])


def test_equal_positions_are_spread_around_their_mean() -> None:
    np.testing.assert_allclose(spread([5.0, 5.0, 5.0], 1.0, 0, 10), [4.0, 5.0, 6.0])


def test_positions_move_as_little_as_possible() -> None:
    # Minimises (a - 1)^2 + (b - 1.5)^2 subject to b = a + 1: a = 0.75.
    np.testing.assert_allclose(spread([1.0, 1.5, 4.0], 1.0, -5, 10), [0.75, 1.75, 4.0])


def test_bounds_hold() -> None:
    np.testing.assert_allclose(spread([0.0, 0.0], 1.0, 0, 10), [0.0, 1.0])
    np.testing.assert_allclose(spread([10.0, 10.0], 1.0, 0, 10), [9.0, 10.0])


def test_spread_equals_a_general_optimiser() -> None:
    rng = np.random.default_rng(1)
    wanted = np.sort(rng.uniform(0, 1, 12))
    placed = spread(wanted, 0.07, 0, 1)
    assert (np.diff(placed) >= 0.07 - 1e-12).all()
    for _ in range(300):  # no feasible neighbour is better
        moved = np.clip(placed + rng.normal(0, 0.01, 12), 0, 1)
        if (np.diff(moved) >= 0.07).all():
            assert ((moved - wanted) ** 2).sum() >= ((placed - wanted) ** 2).sum() - 1e-12


@pytest.mark.parametrize("count", [1, 17, 60])
def test_point_labels_do_not_overlap(count: int) -> None:
    rng = np.random.default_rng(0)
    figure = Figure(figsize=(6, 4), layout="constrained")
    ax = figure.subplots()
    points = [
        (float(x), float(y), f"p{place}", "black")
        for place, (x, y) in enumerate(rng.random((count, 2)))
    ]
    ax.plot([x for x, *_ in points], [y for _, y, *_ in points], "o")
    settle(figure)
    omitted = label_points(ax, points)
    found = [label for label in direct_labels(figure) if label.get_text()]
    assert len(found) == count - omitted
    assert omitted == 0 if count <= 30 else omitted <= count // 4
    assert overlapping(figure) == []


def test_point_labels_keep_off_error_bars() -> None:
    figure = Figure(figsize=(6, 4), layout="constrained")
    ax = figure.subplots()
    ax.plot([0.5], [0.5], "o")
    ax.set(xlim=(0, 1), ylim=(0, 1))
    settle(figure)
    bar = Bbox.from_extents(0.4, 0.5, 0.8, 0.5)
    assert label_points(ax, [(0.5, 0.5, "name", "black")], [bar]) == 0
    [label] = direct_labels(figure)
    box = Text.get_window_extent(label)
    assert not box.overlaps(ax.transData.transform_bbox(bar))
    across, up = label.get_position()
    assert (across, up) == (5.5, 5.5), "the nearest place off the bar"


def test_point_labels_stand_on_no_level_though_error_bars_are_everywhere() -> None:
    figure = Figure(figsize=(6, 4), layout="constrained")
    ax = figure.subplots()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    settle(figure)
    everywhere = Bbox.from_extents(0, 0, 1, 1)
    assert label_points(ax, [(0.5, 0.5, "name", "black")], [everywhere], [0.5]) == 0
    [label] = direct_labels(figure)
    level = ax.transData.transform((0, 0.5))[1]
    box = Text.get_window_extent(label)
    assert not box.y0 < level < box.y1
    assert label.get_position() == (5.5, 5.5), "beside the level, on a bar"


def test_no_leader_runs_straight_where_an_error_bar_would_hide_it() -> None:
    bar = Bbox.from_extents(0, 0, 0, 1)
    for stage, straight in ((_list_stages([], [bar], few=True), False),
                            (_list_stages([], [], few=True), True)):  # fmt: skip
        farthest, _ = stage[-1]
        assert any(across == 0 for across, _ in farthest) is straight


def test_a_point_in_the_open_is_labelled_to_its_right() -> None:
    figure = Figure(figsize=(6, 4), layout="constrained")
    ax = figure.subplots()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    settle(figure)
    assert label_points(ax, [(0.5, 0.5, "name", "black")]) == 0
    assert direct_labels(figure)[0].get_position() == (5.5, 0.0)


def drawn(ends: list[list[float]]) -> tuple[Figure, list[tuple[Line2D, str, str]]]:
    figure = Figure(figsize=(6, 4), layout="constrained")
    ax = figure.subplots()
    lines = [
        (ax.plot(range(len(own)), own)[0], f"line {place}", "black")
        for place, own in enumerate(ends)
    ]
    ax.set_ylim(0, 1)
    settle(figure)
    return figure, lines


def test_a_line_is_named_where_it_runs_alone() -> None:
    figure, lines = drawn([[0.1, 0.1, 0.8, 0.8, 0.8], [0.1, 0.1, 0.1, 0.1, 0.1]])
    ax = figure.axes[0]
    assert name_lone_lines(ax, lines) == ["line 0", "line 1"]
    first, second = (Text.get_window_extent(label) for label in direct_labels(figure))
    high, low = (ax.transData.transform((3, y))[1] for y in (0.8, 0.1))
    assert min(abs(first.y0 - high), abs(first.y1 - high)) < 6
    assert first.x0 > ax.transData.transform((1.5, 0))[0]
    assert min(abs(second.y0 - low), abs(second.y1 - low)) < 6
    assert not first.overlaps(second)


def test_lines_that_run_together_have_no_name() -> None:
    figure, lines = drawn([[0.5, 0.5], [0.505, 0.505], [0.51, 0.51], [0.515, 0.515]])
    named = name_lone_lines(figure.axes[0], lines)
    assert named == [], "beside the outermost it would not be clear which of them is meant"
    figure, lines = drawn([[0.5, 0.5]])
    other = figure.axes[0].plot([0, 1], [0.5, 0.5])
    assert name_lone_lines(figure.axes[0], lines, other) == []
    assert direct_labels(figure) == []


def test_single_points_are_not_named() -> None:
    figure, lines = drawn([[0.5], [0.2]])
    assert name_lone_lines(figure.axes[0], lines) == []


def test_a_figure_is_measured_by_one_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A renderer holds a bitmap of the whole figure: one a label takes gigabytes."""
    made = Mock(wraps=backend_agg.RendererAgg)
    monkeypatch.setattr(backend_agg, "RendererAgg", made)
    figure, axes = new_figure(4.0, 1, 3)
    rng = np.random.default_rng(0)
    points = [(float(x), float(y), "name", "black") for x, y in rng.random((40, 2))]
    lines = [axes[0, 1].plot([0, 1], [place, place])[0] for place in range(3)]
    axes[0, 2].axvline(0.5, gid="level")
    for row in range(8):
        write_value(axes[0, 2], 0.4, 0.5, row)
    settle(figure)
    label_points(axes[0, 0], points)
    name_lone_lines(axes[0, 1], [(line, "name", "black") for line in lines])
    fit_rows([axes[0, 2]], metric_of("mexa"))
    assert len(direct_labels(figure)) > 20
    assert made.call_count == 1
