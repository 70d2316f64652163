"""Tests of a hypothesis on either side of its margin: of what it states, and of the opposite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from isogloss.pipelines.mediation.cell_tests import Assessed, assess_cells

if TYPE_CHECKING:
    from isogloss.pipelines.mediation.hypothesis_parameters import Expects
    from isogloss.pipelines.mediation.hypothesis_values import Measured
    from isogloss.pipelines.mediation.summary_parameters import SummaryParameters

Floats = NDArray[np.float64]
Side = Literal["greater", "less"]
OPPOSITE: dict[Side, Side] = {"greater": "less", "less": "greater"}


@dataclass(frozen=True)
class Tested:
    """One claim about a mean.

    Attributes:
        p: one-sided.
        holds: whether the interval lies wholly where the claim puts the mean.
    """

    p: float
    holds: bool


@dataclass(frozen=True)
class Sides:
    """A mean held against its margin.

    Attributes:
        mean: over layers and categories.
        error: standard error over categories.
        low: of the interval. It is that of the distance from the margin, drawn from the margin, so
            that it lies beyond the margin just where this is told. Of `none` it spans the
            intervals of all layers, unless their mean is told to lie beyond.
        high: likewise.
        margin: mean of share * total effect.
        margin_exceeds_zero: whether its interval does, so that there is something to share.
        n_categories: that all of it rests on.
        claim: what was stated.
        opposite: what contradicts it.
    """

    mean: float
    error: float
    low: float
    high: float
    margin: float
    margin_exceeds_zero: bool
    n_categories: int
    claim: Tested
    opposite: Tested


def compare_sides(expects: Expects, measured: Measured, parameters: SummaryParameters) -> Sides:
    """Test what was stated of the mean of some cells, and what contradicts it.

    `greater`: the mean over layers exceeds the margin; `less`: it is less than the margin. `none`:
    in each layer it lies above -margin and below +margin, two one-sided tests a layer of which the
    largest p counts (Schuirmann 1987; an intersection of claims needs no adjustment, Berger 1982);
    contradicted by the mean over layers beyond either margin (smaller p, doubled). So the same
    cells never hold both more than a share and `none` with that share: a mean that is told to
    exceed the margin has a layer whose interval does not end below it.

    Args:
        expects: what was stated.
        measured: pair by pair.
        parameters: of the summary.
    """
    categories = measured.pairs["category"]
    margin = measured.pairs["margin"].groupby(categories).mean().to_numpy(np.float64)
    layers = measured.values.groupby(categories).mean().to_numpy(np.float64).T
    mean = layers.mean(axis=0)
    plain = assess_cells(np.stack([margin, mean]), parameters)
    size = float(plain.mean[0])
    if expects == "none":
        each = np.vstack([mean, layers])
        above, below = (assess_cells(each + one, parameters) for one in (-margin, margin))
        low, high, claim, opposite = _nothing(above, below, size)
    else:
        above = assess_cells((mean - margin)[None], parameters)
        low, high = float(above.low[0]) + size, float(above.high[0]) + size
        claim, opposite = _test(above, 0, expects), _test(above, 0, OPPOSITE[expects])
    return Sides(
        float(plain.mean[1]),
        float(plain.error[1]),
        low,
        high,
        size,
        bool(plain.low[0] > 0),
        int(plain.n_categories[1]),
        claim,
        opposite,
    )


def _nothing(
    above: Assessed, below: Assessed, margin: float
) -> tuple[float, float, Tested, Tested]:
    """Give interval, claim and opposite of `none`; the first cell is the mean over layers.

    Args:
        above: values less the margin.
        below: values and the margin.
        margin: mean of the margins.
    """
    each = range(1, len(above.mean))
    inside = [_test(above, at, "less") for at in each] + [
        _test(below, at, "greater") for at in each
    ]
    claim = Tested(float(np.max([one.p for one in inside])), all(one.holds for one in inside))
    over, under = _test(above, 0, "greater"), _test(below, 0, "less")
    doubled = float(np.minimum(1, 2 * np.min([over.p, under.p])))
    opposite = Tested(doubled, over.holds or under.holds)
    if over.holds:
        low, high = above.low[0] + margin, above.high[0] + margin
    elif under.holds:
        low, high = below.low[0] - margin, below.high[0] - margin
    else:
        low, high = below.low[1:].min() - margin, above.high[1:].max() + margin
    return float(low), float(high), claim, opposite


def _test(found: Assessed, at: int, side: Side) -> Tested:
    """Test whether the mean of a cell lies on one side of 0."""
    p = take_one_side(float(found.p[at]), float(found.mean[at]), side)
    return Tested(p, bool(found.low[at] > 0 if side == "greater" else found.high[at] < 0))


def take_one_side(p: float, mean: float, side: Side) -> float:
    """Turn a two-sided p into that of one direction.

    Signs are turned in all combinations, each with its opposite, so that half of those that reach
    |t| do so on either side.

    Args:
        p: two-sided.
        mean: that was found.
        side: `greater` or `less`.
    """
    if mean == 0:
        return 1.0
    return p / 2 if (mean > 0) == (side == "greater") else 1 - p / 2
