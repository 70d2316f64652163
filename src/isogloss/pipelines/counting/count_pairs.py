"""Whether answers heed the category: the same list, asked for two of its categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from isogloss.pipelines.counting.count_differences import Difference, subtract_outcomes
from isogloss.pipelines.counting.count_estimates import Cell
from isogloss.statistics.clustered import ItemResampling, resample_items, score_items

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters

SPOKEN = "spoken"
"""Column with the language of a list, also where all languages are scored together."""
BLIND = 0.5
"""What whoever does not heed the category gets on average for which count is larger."""


class PairScores(NamedTuple):
    """What was found for lists that are asked for two categories.

    Attributes:
        accuracy: share of lists with both counts right: 0 for one answer to both.
        order: share whose expected count is larger for the category of which there are more, ties
            one half.
        above_blind: order, less one half.
        clusters: lists; the same one in several languages is one.
    """

    accuracy: Cell
    order: Cell
    above_blind: Difference
    clusters: int


def score_pairs(own: pd.DataFrame, parameters: BenchmarkParameters) -> PairScores | None:
    """Score the lists that are asked for two categories; None if there are none.

    Lists are drawn again, not categories, since each belongs to two of these.

    Args:
        own: predictions for one way of asking; with `spoken`.
        parameters: intervals, seed.
    """
    keys = [SPOKEN, "list_id"]
    known = own[[*keys, "category", "count", "answer", "expected_count"]]
    pairs = known.merge(known, on=keys, suffixes=("", "_two"))
    pairs = pairs[pairs["category"] < pairs["category_two"]]
    if pairs.empty:
        return None
    drawn = resample_items(
        pairs["list_id"].to_numpy(str),
        rounds=parameters.rounds,
        generator=np.random.default_rng(parameters.seed),
    )
    right = [
        (pairs[f"answer{two}"] == pairs[f"count{two}"]).fillna(False).to_numpy(bool)
        for two in ("", "_two")
    ]
    order = _compare_orders(pairs)
    blind = np.full(len(order), BLIND)
    confidence = parameters.confidence
    return PairScores(
        _average((right[0] & right[1]).astype(np.float64), drawn, confidence),
        _average(order, drawn, confidence),
        subtract_outcomes(order, blind, drawn, confidence, shares=True),
        drawn.clusters,
    )


def _compare_orders(pairs: pd.DataFrame) -> NDArray[np.float64]:
    """Give 1 where expected counts stand as the right ones, 0 where the reverse, else one half."""
    found, wanted = (
        np.sign((pairs[name] - pairs[f"{name}_two"]).to_numpy(np.float64))
        for name in ("expected_count", "count")
    )
    return np.asarray((1 + np.nan_to_num(found) * wanted) / 2, np.float64)


def _average(values: NDArray[np.float64], drawn: ItemResampling, confidence: float) -> Cell:
    found = score_items(values[None], drawn, confidence)
    return Cell(float(found.score[0]), float(found.low[0]), float(found.high[0]), len(values))
