from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandera.errors import SchemaError, SchemaErrors

from isogloss.merge_schemas import MergeRemarks, MergeWeights

KEYS = {
    "recipe": ["similarity-softmax-geo-k2-t0.05"] * 2,
    "target": ["sw-KE"] * 2,
    "seed": [0, 0],
    "method": ["linear"] * 2,
    "weighting": ["similarity"] * 2,
    "normalisation": ["softmax"] * 2,
    "features": ["geo"] * 2,
    "k": [2, 2],
    "temperature": [0.05, 0.05],
    "include_target": [False, False],
    "lambda": [np.nan, np.nan],
    "density": [np.nan, np.nan],
    "supervision": ["none"] * 2,
    "source": ["de-DE", "en-US"],
    "weight": [0.25, 0.75],
    "similarity": [0.8, 0.9],
}


def table(**changed: Any) -> pd.DataFrame:
    return pd.DataFrame({**KEYS, **changed})


def test_weights_as_they_should_be() -> None:
    MergeWeights.validate(table())
    MergeWeights.validate(
        table(
            method="ties",
            density=0.2,
            source=["sw-KE", "en-US"],
            include_target=True,
            supervision="target_train",
            **{"lambda": 1.0},
        )
    )
    MergeWeights.validate(pd.DataFrame(columns=list(KEYS)))
    MergeRemarks.validate(pd.DataFrame(columns=["what", "name", "n", "detail"]))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"weight": [0.25, 0.7]}, "do not sum to 1"),
        ({"weight": [0.0, 1.0]}, "greater_than"),
        ({"source": ["de-DE", "de-DE"]}, "not unique"),
        ({"source": ["sw-KE", "de-DE"]}, "whether the target is a source"),
        ({"include_target": True, "supervision": "target_train"}, "whether the target"),
        ({"supervision": "target_train"}, "has seen its train labels"),
        ({"method": "ties"}, "lambda or density is missing"),
        ({"method": "task_arithmetic"}, "lambda or density is missing"),
        ({"density": 0.2}, "lambda or density is missing"),
        ({"recipe": "../average"}, "str_matches"),
        ({"weighting": "sinkhorn"}, "isin"),
        ({"extra": 1}, "extra"),
    ],
)
def test_weights_as_they_must_not_be(changed: dict[str, Any], message: str) -> None:
    with pytest.raises((SchemaError, SchemaErrors), match=message):
        MergeWeights.validate(table(**changed))
