"""Times that can be compared: contestants take turns, and every ratio is that of one round.

Other work on the machine slows all contestants alike, but not for the same minutes. So each round
times all of them one after the other, a ratio is taken inside a round, and what is told is the
median over rounds with the least and the greatest. The first call of each is not timed.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from benchmarks.results import Curve, Measure, Point, Spread

Works = Mapping[str, Callable[[], object]]
Times = dict[str, list[float]]
T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Call something once; give the seconds that it took and what it gave."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def measure_seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    return timed(work)[0]


def take_turns(works: Works, rounds: int, *, warm: bool = True) -> Times:
    """Time several pieces of work in turn and give the seconds of each round.

    Args:
        works: name -> work.
        rounds: how often each is timed.
        warm: whether each is called once before, unmeasured.
    """
    if warm:
        for work in works.values():
            work()
    times: Times = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            times[name].append(measure_seconds(work))
    return times


def spread(values: Sequence[float]) -> Spread:
    """Give median, least and greatest of values, one a round."""
    return Spread(median=statistics.median(values), low=min(values), high=max(values))


def quotients(dividends: Sequence[float], divisors: Sequence[float]) -> list[float]:
    """Divide round by round."""
    return [one / other for one, other in zip(dividends, divisors, strict=True)]


def ratio(
    what: str,
    peer: str,
    theirs: Sequence[float],
    ours: Sequence[float],
    *,
    aim: float | None = None,
    note: str = "",
) -> Measure:
    """Say how many times as long as this project a peer takes for the same work.

    Args:
        what: the work.
        peer: who else does it.
        theirs: seconds of the peer, one a round.
        ours: seconds of this project in the same rounds.
        aim: the least that is aimed at.
        note: what has to be known to read it.
    """
    return Measure(
        what=what,
        unit="times",
        against=peer,
        value=spread(quotients(theirs, ours)),
        rounds=len(ours),
        aim=aim,
        note=note,
    )


def measure_curve(
    curve: Curve,
    works: Mapping[float, Callable[[], object]],
    rounds: int,
    *,
    per: float = 1.0,
    whole: bool = False,
) -> Curve:
    """Time the work at each place of a curve, in turn.

    Args:
        curve: without points.
        works: place -> work.
        rounds: how often each is timed.
        per: by which seconds are divided.
        whole: fit all points; sizes that only try the program lie below the range of fit.
    """
    times = take_turns({str(x): work for x, work in works.items()}, rounds)
    points = [
        Point(x=x, rounds=[seconds / per for seconds in own])
        for x, own in zip(works, times.values(), strict=True)
    ]
    first = min(works) if whole else curve.first
    return curve.model_copy(update={"points": points, "first": first})


def exponents(curve: Curve) -> list[float]:
    """Give the growth exponent of each round: the slope of log seconds on log x by least squares.

    Only the points inside the curve's range of fit count.
    """
    fitted = curve.fitted()
    if len(fitted) < 2:
        raise ValueError(f"{curve.what}: a slope needs two points in the range of fit")
    x = np.log([point.x for point in fitted])
    centred = x - x.mean()
    y = np.log([point.rounds for point in fitted])
    return [float(slope) for slope in centred @ (y - y.mean(axis=0)) / (centred @ centred)]


def fitted_seconds(curve: Curve, x: float) -> float:
    """Give the height of the fitted line: median slope through the middle of the fitted points."""
    fitted = curve.fitted()
    middle_x = statistics.fmean(math.log(point.x) for point in fitted)
    middle_y = statistics.fmean(math.log(statistics.median(point.rounds)) for point in fitted)
    slope = statistics.median(exponents(curve))
    return math.exp(middle_y + slope * (math.log(x) - middle_x))
