from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from isogloss.figures.labels import (
    LineLabel,
    direct_labels,
    ends_are_apart,
    label_line_ends,
    label_points,
    spread,
)


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    figure.draw_without_rendering()
    labels = direct_labels(figure)
    # Of the text alone: a leader line may pass other labels.
    texts = [(label.get_text(), Text.get_window_extent(label)) for label in labels]
    return [(a, b) for (a, one), (b, other) in combinations(texts, 2) if one.overlaps(other)]


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


def test_line_labels_keep_order_and_do_not_overlap() -> None:
    figure = Figure(figsize=(5, 3), layout="constrained")
    ax = figure.subplots()
    ends = [0.5 + 0.001 * place for place in range(15)]
    for end in ends:
        ax.plot([0, 1], [0, end])
    ax.set_ylim(0, 1)
    labels = [LineLabel(f"line {place}", end, "black") for place, end in enumerate(ends)]
    assert label_line_ends(figure, ax, labels, 1) == 0
    assert overlapping(figure) == []
    heights = {label.get_text(): float(label.xyann[1]) for label in direct_labels(figure)}
    assert sorted(heights, key=heights.__getitem__) == [f"line {place}" for place in range(15)]


def test_without_room_the_ends_and_the_bold_label_are_kept() -> None:
    figure = Figure(figsize=(5, 1.5), layout="constrained")
    ax = figure.subplots()
    ax.set_ylim(0, 100)
    labels = [LineLabel(str(y), y, "black", bold=y == 50) for y in range(100)]
    omitted = label_line_ends(figure, ax, labels, 1)
    kept = {label.get_text() for label in direct_labels(figure)}
    assert omitted == 100 - len(kept) > 0
    assert {"0", "99", "50"} <= kept
    assert overlapping(figure) == []


def test_missing_ends_are_left_out() -> None:
    figure = Figure(layout="constrained")
    ax = figure.subplots()
    assert label_line_ends(figure, ax, [LineLabel("none", float("nan"), "black")], 1) == 1
    assert direct_labels(figure) == []


def test_ends_that_run_together_are_noticed() -> None:
    together = [LineLabel(str(place), 0.05, "black") for place in range(16)]
    apart = [LineLabel(str(place), place / 16, "black") for place in range(16)]
    assert not ends_are_apart(together, 1.0)
    assert ends_are_apart(apart, 1.0)


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
    omitted = label_points(figure, ax, points)
    found = [label for label in direct_labels(figure) if label.get_text()]
    assert len(found) == count - omitted
    assert omitted <= count // 10
    assert overlapping(figure) == []
