"""Whether there is a total effect that could be mediated at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from isogloss.pipelines.mediation.cell_tests import Assessed, assess_cells
from isogloss.pipelines.mediation.designs import MOVES
from isogloss.pipelines.mediation.nulls import NULL_NAMES
from isogloss.pipelines.mediation.outcomes import COMPARED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from isogloss.pipelines.mediation.summary_parameters import SummaryParameters

Floats = NDArray[np.float64]
Direction = Literal["positive", "either", "unsigned"]
"""Whether a total effect has to be above 0, may have either sign, or is never negative."""
OPEN, CLOSED = "open", "closed"
NOTHING = "no total effect to mediate"
REVERSED = "no total effect to mediate: it goes the other way"
AS_NULL = "no total effect to mediate: it does not differ from that of {}"
NOT_ABOVE_NULL = "no total effect to mediate: it does not exceed that of {}"
NO_BETTER = "the model counts no better than one constant answer"
NO_NULL = "no total effect to mediate can be shown: there are no null swaps to compare it with"
NEVER_NEGATIVE = (
    "no total effect to mediate can be shown: it is never negative, and is compared with nothing"
)


@dataclass(frozen=True)
class Gate:
    """The total effect of some pairs, and whether its mediation may be given as shares.

    Attributes:
        total: mean total effect; arrays of one.
        difference: from that of a null; None if it is not compared.
        is_open: whether shares of it may be given.
        remark: why not; of an open gate what it was not compared with, most often empty.
        less_irrelevant: total effect less that of the same lists under an irrelevant category; None
            if it is not compared.
        n_irrelevant: pairs that this rests on.
    """

    total: Assessed
    difference: Assessed | None
    is_open: bool
    remark: str
    less_irrelevant: Assessed | None = None
    n_irrelevant: int = 0

    def close(self, remark: str) -> Gate:
        """Give the same total effect behind a closed gate."""
        return replace(self, is_open=False, remark=remark)

    @property
    def state(self) -> str:
        """`open` or `closed`."""
        return OPEN if self.is_open else CLOSED


def find_direction(kind: str, outcome: str) -> Direction:
    """Say which sign the total effect of pairs has if anything is carried.

    Effects are aligned so that the member, or the word of a control, is positive. Where two words
    change places, and in nulls, no direction is expected; of one count less it is negative.

    Args:
        kind: of pairs.
        outcome: of which.
    """
    if outcome in COMPARED:
        return "unsigned"
    return "either" if kind in (*MOVES, *NULL_NAMES) or outcome == "down" else "positive"


def open_gate(
    total: Floats,
    categories: Sequence[str],
    null: tuple[Floats, Sequence[str]] | None,
    compared: bool,
    parameters: SummaryParameters,
    *,
    called: str = "null swaps",
    direction: Direction = "positive",
) -> Gate:
    """Decide whether shares of a total effect may be given.

    They may where the interval of the mean total effect lies above 0, and the interval of its
    difference from the mean of a null, pairs of the same categories in which words change but no
    count, does too; below 0 where either sign is possible. That of an effect which is never
    negative excludes 0 whatever happens: such an effect has to exceed that of the null.

    Args:
        total: [categories], mean total effects.
        categories: their names.
        null: the same of the null; None if there is none.
        compared: whether a null is to be compared with.
        parameters: of the summary.
        called: what the pairs of the null are called.
        direction: see `find_direction`.
    """
    own = assess_cells(total[None], parameters, np.array([direction != "unsigned"]))
    difference = None
    if compared and null is not None:
        values = dict(zip(null[1], null[0], strict=True))
        rest = np.array([values.get(name, np.nan) for name in categories])
        difference = assess_cells((total - rest)[None], parameters)
    remark = _objection(own, difference, compared, parameters, direction).format(called)
    return Gate(own, difference, not remark, remark)


def _objection(
    total: Assessed,
    difference: Assessed | None,
    compared: bool,
    parameters: SummaryParameters,
    direction: Direction,
) -> str:
    least = parameters.least_categories
    if total.n_categories[0] < least:
        return few_categories(least)
    if direction != "unsigned" and not is_told(total, direction):
        return REVERSED if total.high[0] < 0 else NOTHING
    if not compared:
        return NEVER_NEGATIVE if direction == "unsigned" else ""
    if difference is None or difference.n_categories[0] < least:
        return NO_NULL
    if is_told(difference, direction):
        return ""
    return AS_NULL if direction == "either" else NOT_ABOVE_NULL


def few_categories(least: int) -> str:
    """Say that there are fewer categories than can be tested."""
    return f"fewer than {least} categories: nothing can be tested"


def is_told(found: Assessed, direction: Direction) -> bool:
    """Say whether an interval lies above 0; or on either side of it, if that is possible.

    Args:
        found: arrays of one.
        direction: see `find_direction`.
    """
    return bool(found.low[0] > 0 or (direction == "either" and found.high[0] < 0))
