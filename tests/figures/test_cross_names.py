from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pytest

from isogloss.figures.cross_names import name_metric, name_outcome, name_predictor

Row = dict[Hashable, Any]


@pytest.mark.parametrize(
    ("predictor", "name"),
    [
        ("mexa_at_60", "MEXA, pool of 60"),
        ("mexa_at_100 of llama2_7b", "MEXA, pool of 100 of llama2_7b"),
        ("item_alignment", "items, one by one"),
    ],
)
def test_predictors(predictor: str, name: str) -> None:
    assert name_predictor(predictor) == name


def test_metrics_of_several_models_are_named_once() -> None:
    row: Row = {"outcome": "reading", "outcome_metric": "accuracy_label, accuracy_text"}
    assert name_metric(row) == "accuracy"
    assert name_outcome(row) == "Reading (accuracy)"
    source: Row = {"outcome": "merging", "outcome_metric": "synergy as source"}
    assert name_outcome(source) == "Merging, as source (synergy)"
