"""Whether there is a total effect that could be mediated at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from isogloss.pipelines.mediation.cell_tests import Assessed, assess_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from isogloss.pipelines.mediation.summary_parameters import SummaryParameters

Floats = NDArray[np.float64]
OPEN, CLOSED = "open", "closed"
NOTHING = "no total effect to mediate"
AS_NULL = "no total effect to mediate: it does not differ from that of {}"
NO_BETTER = "the model counts no better than one constant answer"
AS_IRRELEVANT = (
    "no total effect to mediate: it does not exceed that of the same lists under a category to "
    "which no swapped word belongs"
)
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
        remark: why not; empty if it is open.
    """

    total: Assessed
    difference: Assessed | None
    is_open: bool
    remark: str

    def close(self, remark: str) -> Gate:
        """Give the same total effect behind a closed gate."""
        return replace(self, is_open=False, remark=remark)

    def require_more_than_irrelevant(self, less: Assessed, parameters: SummaryParameters) -> Gate:
        """Close the gate where the category that is asked for does not matter.

        A model that answers with the largest group of one kind in a list, whatever is asked, is
        moved by a count swap, and not by a null swap; but as much under any other category.

        Args:
            less: the total effect less that of the same lists under an irrelevant category.
            parameters: of the summary.
        """
        enough = less.n_categories[0] >= parameters.least_categories
        if not self.is_open or not enough or _excludes_zero(less):
            return self
        return self.close(AS_IRRELEVANT)

    @property
    def state(self) -> str:
        """`open` or `closed`."""
        return OPEN if self.is_open else CLOSED


def open_gate(
    total: Floats,
    categories: Sequence[str],
    null: tuple[Floats, Sequence[str]] | None,
    compared: bool,
    parameters: SummaryParameters,
    *,
    called: str = "null swaps",
    never_negative: bool = False,
) -> Gate:
    """Decide whether shares of a total effect may be given.

    They may where the interval of the mean total effect excludes 0, and the interval of its
    difference from the mean of a null, pairs of the same categories in which words change but no
    count, does too. That of an effect which is never negative excludes 0 whatever happens: such an
    effect has to exceed that of the null.

    Args:
        total: [categories], mean total effects.
        categories: their names.
        null: the same of the null; None if there is none.
        compared: whether a null is to be compared with.
        parameters: of the summary.
        called: what the pairs of the null are called.
        never_negative: whether the outcome is 0 or more by definition.
    """
    own = assess_cells(total[None], parameters, np.array([not never_negative]))
    difference = None
    if compared and null is not None:
        values = dict(zip(null[1], null[0], strict=True))
        rest = np.array([values.get(name, np.nan) for name in categories])
        difference = assess_cells((total - rest)[None], parameters)
    remark = _objection(own, difference, compared, parameters, never_negative).format(called)
    return Gate(own, difference, not remark, remark)


def _objection(
    total: Assessed,
    difference: Assessed | None,
    compared: bool,
    parameters: SummaryParameters,
    never_negative: bool,
) -> str:
    least = parameters.least_categories
    if total.n_categories[0] < least:
        return few_categories(least)
    if not never_negative and not _excludes_zero(total):
        return NOTHING
    if not compared:
        return NEVER_NEGATIVE if never_negative else ""
    if difference is None or difference.n_categories[0] < least:
        return NO_NULL
    told = difference.low[0] > 0 if never_negative else _excludes_zero(difference)
    return "" if told else AS_NULL


def few_categories(least: int) -> str:
    """Say that there are fewer categories than can be tested."""
    return f"fewer than {least} categories: nothing can be tested"


def _excludes_zero(found: Assessed) -> bool:
    return bool(found.low[0] > 0 or found.high[0] < 0)
