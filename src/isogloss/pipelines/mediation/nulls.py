"""Nulls: pairs in which words change but no count, with which others are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.pipelines.mediation.designs import MOVES
from isogloss.pipelines.mediation.outcomes import CONTROL
from isogloss.pipelines.mediation.pair_parameters import CATEGORY_SWAP

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

NULL_NAMES = {"null_swap": "null swaps", "reordering": "reorderings"}
"""Kinds of pairs that are nulls, and what remarks call them."""
NULL_REMARK = "{}: any total effect is chance"


def is_compared(kind: str) -> bool:
    """Say whether pairs of a kind are compared with a null.

    A control and the nulls are not; nor are category swaps, whose words are the same: which of two
    counts goes with which name is drawn by lot, so that a name by itself moves no mean.
    """
    return kind not in (*NULL_NAMES, CONTROL, CATEGORY_SWAP)


def find_null(
    kind: str, kinds: Mapping[str, Mapping[str, pd.DataFrame]], outcome: str
) -> pd.DataFrame | None:
    """Find the effects that those of a kind are compared with; None if there are none.

    Where two items change places these are reorderings if there are any: in them two items do that
    too, and others lie in between. Otherwise they are null swaps.

    Args:
        kind: of pairs.
        kinds: kind -> outcome -> effects.
        outcome: of which.
    """
    if not is_compared(kind):
        return None
    order = ("reordering", "null_swap") if kind in MOVES else ("null_swap",)
    found = (kinds.get(name, {}).get(outcome) for name in order)
    return next((own for own in found if own is not None), None)


def name_null(null: pd.DataFrame | None) -> str:
    """Give the kind of the pairs that are compared with; empty if there are none.

    Args:
        null: of `find_null`.
    """
    return "" if null is None else str(null["kind"].iloc[0])
