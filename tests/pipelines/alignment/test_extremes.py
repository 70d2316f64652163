from __future__ import annotations

import numpy as np
import pandas as pd

from isogloss.pipelines.alignment.extremes import extreme_pairs


def summary(scores: list[float], aggregation: str = "mean") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "model": "m",
            "metric": "mexa",
            "pooling": "mean",
            "sample": 0,
            "aggregation": aggregation,
            "language_a": list("abcdefg")[: len(scores)],
            "language_b": "z",
            "score": scores,
        }
    )


def test_both_ends_are_ranked_with_ties_in_order_of_code() -> None:
    found = extreme_pairs(summary([0.5, 0.9, 0.1, 0.9, np.nan, 0.3]), 2)
    listed = found[["side", "rank", "language_a", "score"]].values.tolist()
    assert listed == [
        ["bottom", 1, "c", 0.1],
        ["bottom", 2, "f", 0.3],
        ["top", 1, "b", 0.9],
        ["top", 2, "d", 0.9],
    ]


def test_groups_are_ranked_apart() -> None:
    both = pd.concat([summary([0.1, 0.2]), summary([0.9, 0.8], "max")])
    found = extreme_pairs(both, 1)
    top = found[found["side"] == "top"].set_index("aggregation")["language_a"]
    assert top.to_dict() == {"max": "a", "mean": "b"}


def test_fewer_pairs_than_asked_for() -> None:
    assert len(extreme_pairs(summary([0.1, 0.2, 0.3]), 10)) == 6
