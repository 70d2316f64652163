"""The gate of all pairs of one kind: what their total effect has to exceed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from isogloss.pipelines.mediation.cell_tests import assess_cells
from isogloss.pipelines.mediation.gates import (
    NO_BETTER,
    Direction,
    Gate,
    find_direction,
    is_told,
    open_gate,
)
from isogloss.pipelines.mediation.irrelevant import COUNTERPARTS, subtract_totals
from isogloss.pipelines.mediation.nulls import NULL_NAMES, NULL_REMARK, is_compared, name_null
from isogloss.pipelines.mediation.outcomes import CONTROL

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from isogloss.pipelines.mediation.cell_means import CellMeans
    from isogloss.pipelines.mediation.summary_parameters import SummaryParameters

_IRRELEVANT = "that of the same lists under a category to which no swapped word belongs"
AS_IRRELEVANT = f"no total effect to mediate: it does not differ from {_IRRELEVANT}"
NOT_ABOVE_IRRELEVANT = f"no total effect to mediate: it does not exceed {_IRRELEVANT}"
FEW_IRRELEVANT = (
    "no total effect to mediate can be shown: fewer than {} categories have pairs that are asked "
    "for an irrelevant category too"
)
NOT_COMPARED = "not compared with an irrelevant category: add {} to mediation_pairs.kinds"


@dataclass(frozen=True)
class Family:
    """The aligned effects of one kind of pairs in one outcome, and what they are compared with.

    Attributes:
        keys: language, kind, named, separators, part, subset, outcome.
        effects: one row a pair, site and role, the sum of the roles included.
        null: those of pairs that change words but no count; None if they are compared with none.
        counterpart: those under an irrelevant category; None if no such pairs were made, empty if
            none of them is of this part.
        chosen: effect -> cells that are tested; None where all are.
        skilled: whether the model counts better than one constant answer.
    """

    keys: Mapping[str, str]
    effects: pd.DataFrame
    null: pd.DataFrame | None
    counterpart: pd.DataFrame | None
    chosen: Mapping[str, frozenset[tuple[str, int, int, str]]] | None = None
    skilled: bool = True

    @property
    def direction(self) -> Direction:
        """Which sign its total effect has if anything is carried."""
        return find_direction(self.keys["kind"], self.keys["outcome"])

    @property
    def is_unsigned(self) -> bool:
        """Whether effects compare answers, so that turning their signs tests nothing."""
        return self.direction == "unsigned"


def decide_gate(
    family: Family, own: CellMeans, null: CellMeans | None, parameters: SummaryParameters
) -> Gate:
    """Decide whether shares of the total effect of a family may be given.

    Args:
        family: of pairs.
        own: its means.
        null: those of its null.
        parameters: of the summary.
    """
    kind = family.keys["kind"]
    gate = open_gate(
        own.total,
        own.categories,
        None if null is None else (null.total, null.categories),
        is_compared(kind),
        parameters,
        called=NULL_NAMES.get(name_null(family.null), ""),
        direction=family.direction,
    )
    if kind in NULL_NAMES:
        return gate.close(NULL_REMARK.format(NULL_NAMES[kind]))
    if gate.is_open and kind != CONTROL and parameters.require_skill and not family.skilled:
        gate = gate.close(NO_BETTER)
    return _compare_with_irrelevant(gate, family, parameters)


def _compare_with_irrelevant(gate: Gate, family: Family, parameters: SummaryParameters) -> Gate:
    """Close the gate where the category that is asked for does not matter.

    A model that answers with the largest group of one kind in a list, whatever is asked, is moved
    by a count swap, and not by a null swap; but as much under any other category.
    """
    counterpart = COUNTERPARTS.get(family.keys["kind"])
    if counterpart is None or family.is_unsigned:
        return gate
    if family.counterpart is None:
        return replace(gate, remark=gate.remark or NOT_COMPARED.format(counterpart))
    means, pairs = subtract_totals(family.effects, family.counterpart)
    less = assess_cells(means[None], parameters) if pairs else None
    gate = replace(gate, less_irrelevant=less, n_irrelevant=pairs)
    if not gate.is_open:
        return gate
    least = parameters.least_categories
    if less is None or less.n_categories[0] < least:
        return gate.close(FEW_IRRELEVANT.format(least))
    if is_told(less, family.direction):
        return gate
    return gate.close(AS_IRRELEVANT if family.direction == "either" else NOT_ABOVE_IRRELEVANT)
