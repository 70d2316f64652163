"""The best and the worst aligned pairs of languages."""

from __future__ import annotations

import pandas as pd

GROUP = ["model", "metric", "pooling", "sample", "aggregation"]


def extreme_pairs(summary: pd.DataFrame, count: int) -> pd.DataFrame:
    """List the pairs with the highest and the lowest scores.

    Args:
        summary: scores of pairs; those that are NaN are left out.
        count: pairs a side; all of them where there are fewer.

    Returns:
        the rows of the summary with `rank` (1 = highest for side `top`, lowest for side `bottom`)
        and `side`. Equal scores keep the order of the languages' codes.
    """
    scored = summary.dropna(subset=["score"]).sort_values(
        [*GROUP, "language_a", "language_b"], kind="stable"
    )
    sides = []
    for side, ascending in (("top", False), ("bottom", True)):
        ordered = scored.sort_values("score", ascending=ascending, kind="stable")
        rank = ordered.groupby(GROUP, sort=False).cumcount() + 1
        sides.append(ordered.assign(rank=rank, side=side)[rank <= count])
    return pd.concat(sides).sort_values([*GROUP, "side", "rank"], ignore_index=True)
