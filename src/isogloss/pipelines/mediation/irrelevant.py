"""What effects exceed: those of the same lists, asked for a category to which no word belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from isogloss.pipelines.mediation.effects import CELL
from isogloss.pipelines.mediation.pair_parameters import SOURCES

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

COUNTERPARTS: dict[str, str] = {source: kind for kind, source in SOURCES.items()}
"""Kinds of pairs and the same lists under a category to which neither word belongs."""
LESS_IRRELEVANT = "_less_irrelevant"
MEDIATED = ("noising", "denoising")


def subtract_irrelevant(effects: pd.DataFrame, counterpart: pd.DataFrame) -> pd.DataFrame:
    """Subtract from each effect that of the same lists under an irrelevant category.

    Args:
        effects: of one language, kind and outcome, aligned.
        counterpart: the same under an irrelevant category.

    Returns:
        those effects that have both.
    """
    keys = ["lists_id", *CELL]
    both = effects.merge(counterpart[[*keys, *MEDIATED]], on=keys, suffixes=("", LESS_IRRELEVANT))
    less = {name: both[name] - both[f"{name}{LESS_IRRELEVANT}"] for name in MEDIATED}
    return both.assign(**less)


def subtract_totals(
    effects: pd.DataFrame, counterpart: pd.DataFrame
) -> tuple[NDArray[np.float64], int]:
    """Subtract from total effects those of the same lists under an irrelevant category.

    Args:
        effects: of one language, kind and outcome, aligned.
        counterpart: the same under an irrelevant category.

    Returns:
        float64 [categories], mean differences; and the number of pairs that they rest on.
    """
    own, other = (
        table.drop_duplicates("pair_id").set_index("lists_id") for table in (effects, counterpart)
    )
    less = (own["total"] - other["total"]).dropna()
    means = less.groupby(own["category"].reindex(less.index)).mean()
    return means.to_numpy(np.float64), len(less)
