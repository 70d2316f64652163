from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandera.errors import SchemaError

from isogloss.alignment_schemas import AlignmentSummary, RetrievalStatistics

KEYS = {
    "model": ["m"] * 3,
    "metric": ["mexa"] * 3,
    "pooling": ["mean"] * 3,
    "sample": [0] * 3,
    "aggregation": ["mean", "mean", "max"],
    "language_a": ["deu", "deu", "deu"],
    "language_b": ["eng", "fra", "eng"],
    "score": [0.5, np.nan, 0.9],
}
MEASURED = {
    "n": [60, 60, 30],
    "n_pool": [60, 60, 60],
    "chance": [0.01, np.nan, 0.01],
    "floor": [0.002, np.nan, np.nan],
    "ci_low": [0.4, np.nan, 0.6],
    "ci_high": [0.6, np.nan, 0.95],
    "layer_first": [1, 1, 1],
    "layer_last": [5, 5, 5],
    "best_layer": [-1, -1, 3],
}


def summary(**changed: Any) -> pd.DataFrame:
    return pd.DataFrame({**KEYS, **MEASURED, **changed})


def test_a_summary_made_elsewhere_may_lack_what_it_does_not_know() -> None:
    AlignmentSummary.validate(pd.DataFrame(KEYS))
    AlignmentSummary.validate(summary())
    AlignmentSummary.validate(summary().drop(columns=["n", "ci_low"]))


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("n", [60, 0, 30]),
        ("n_pool", [60, 1, 60]),
        ("chance", [0.01, 1.5, 0.01]),
        ("layer_first", [-1, 1, 1]),
        ("best_layer", [-2, -1, 3]),
        ("ci_low", ["low", "low", "low"]),
    ],
)
def test_what_is_there_is_checked(column: str, values: list[Any]) -> None:
    with pytest.raises(SchemaError, match=column):
        AlignmentSummary.validate(summary(**{column: values}))


@pytest.mark.parametrize(
    "changed",
    [
        {"ci_low": [0.51, np.nan, 0.6]},
        {"ci_high": [0.49, np.nan, 0.95]},
        {"ci_low": [0.4, np.nan, 0.96]},
    ],
)
def test_an_interval_that_does_not_hold_its_score_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(SchemaError, match="an interval does not hold its score"):
        AlignmentSummary.validate(summary(**changed))


def test_rounding_and_the_bootstrap_of_a_maximum_are_no_error() -> None:
    AlignmentSummary.validate(summary(ci_low=[0.5 + 1e-9, np.nan, 0.92]))


def test_the_empty_table_of_the_mode_pivot_is_whole() -> None:
    names = ["same_language_share", "same_text_share", "same_language_rank", "same_text_rank"]
    columns = ["model", "pooling", "sample", "layer", *names, "n"]
    empty = RetrievalStatistics.validate(pd.DataFrame(columns=columns))
    assert empty["same_text_rank"].dtype == np.float64
    row = dict(zip(columns, ["m", "mean", 0, 1, 0.2, 0.1, 30.0, 20.0, 120], strict=True))
    RetrievalStatistics.validate(pd.DataFrame([row]))
    with pytest.raises(SchemaError, match="same_text_rank"):
        RetrievalStatistics.validate(pd.DataFrame([{**row, "same_text_rank": 0.5}]))
