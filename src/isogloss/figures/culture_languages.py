"""Which rows of answers in one language and in two a figure or a page shows."""

from __future__ import annotations

import pandas as pd

from isogloss.figures.culture_study import ALL, widest

WITHIN, BETWEEN, DIFFERENCE = "within", "between", "difference"
"""Kinds of rows of `cross_effects`."""


def over_languages(known: pd.DataFrame) -> pd.DataFrame:
    """Give one row a model and kind: over all languages, or the mean of what there is.

    Args:
        known: rows of `cross_effects` of one way of asking and labeller, all with values.

    Returns:
        model, kind, value, low and high (NaN of such a mean), n_questions and so on.
    """
    whole = known["language_a"].isin((ALL, ""))
    rows = known[whole]
    lacking = known[~whole].merge(
        rows[["model", "kind"]].drop_duplicates(), on=["model", "kind"], how="left", indicator=True
    )
    lacking = lacking[lacking["_merge"] == "left_only"].drop(columns="_merge")
    ways = {"value": "mean", "n_questions": "min"}
    ways |= {"family": "first"} if "family" in lacking else {}
    means = lacking.groupby(["model", "kind"], sort=False).agg(ways).reset_index()
    return widest(pd.concat([rows, means], ignore_index=True))


def of_pairs(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep what is known of every language and of every two.

    Args:
        rows: of `cross_effects`.
    """
    own: pd.DataFrame = rows[
        rows["kind"].isin((WITHIN, BETWEEN)) & ~rows["language_a"].isin((ALL, ""))
    ]
    return own
