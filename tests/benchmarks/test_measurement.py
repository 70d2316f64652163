from __future__ import annotations

import numpy as np
import pytest

from benchmarks.measurement import (
    exponents,
    fitted_seconds,
    measure_curve,
    ratio,
    spread,
    take_turns,
)
from benchmarks.results import Curve, Point


def grown(exponent: float, factors: tuple[float, ...] = (1.0,), fixed: float = 0.0) -> Curve:
    """Plant times that grow with an exponent, each round by another factor."""
    points = [
        Point(x=x, rounds=[factor * (fixed + 0.003 * x**exponent) for factor in factors])
        for x in (10.0, 20.0, 40.0, 80.0)
    ]
    return Curve(what="w", variable="v", expected=(2, 2), why="y", points=points)


def test_exponents_are_those_that_were_planted() -> None:
    assert exponents(grown(2, (1.0, 3.0))) == pytest.approx([2, 2])
    assert exponents(grown(0)) == pytest.approx([0])


def test_exponents_differ_by_round() -> None:
    curve = grown(1, (1.0, 1.0))
    slower = [
        Point(x=p.x, rounds=[p.rounds[0], p.rounds[1] * (p.x / 10) ** 0.5]) for p in curve.points
    ]
    assert exponents(curve.model_copy(update={"points": slower})) == pytest.approx([1, 1.5])


def test_only_the_range_of_fit_counts() -> None:
    curve = grown(2, fixed=5.0)
    bent = exponents(curve)[0]
    upper = exponents(curve.model_copy(update={"first": 40.0}))[0]
    assert bent < upper < 2
    assert upper == pytest.approx(np.log2((5 + 19.2) / (5 + 4.8)))


def test_a_slope_needs_two_points() -> None:
    with pytest.raises(ValueError, match="two points"):
        exponents(grown(2).model_copy(update={"first": 80.0}))


def test_the_line_goes_through_planted_points_and_beyond() -> None:
    curve = grown(2).model_copy(update={"last": 40.0})
    assert fitted_seconds(curve, 80) == pytest.approx(0.003 * 6400)


def test_a_ratio_is_taken_inside_a_round() -> None:
    # The machine was ten times slower in the second round: the ratio is 4 in both.
    found = ratio("w", "p", [4.0, 40.0, 9.0], [1.0, 10.0, 3.0], aim=3)
    assert (found.value.median, found.value.low, found.value.high) == (4, 3, 4)
    assert found.rounds == 3


def test_contestants_take_turns_after_one_unmeasured() -> None:
    calls: list[str] = []
    times = take_turns({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 2)
    assert calls == ["a", "b", "a", "b", "a", "b"]
    assert [len(own) for own in times.values()] == [2, 2]


def test_a_curve_holds_a_point_a_place() -> None:
    bare = grown(1).model_copy(update={"points": [], "first": 50.0})
    curve = measure_curve(bare, {3: lambda: None, 7: lambda: None}, 2, whole=True)
    assert [(point.x, len(point.rounds)) for point in curve.points] == [(3, 2), (7, 2)]
    assert curve.first == 3


def test_a_spread_is_median_least_and_greatest() -> None:
    assert spread([3.0, 1.0, 2.0]).model_dump() == {"median": 2.0, "low": 1.0, "high": 3.0}
