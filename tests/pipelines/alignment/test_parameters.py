from __future__ import annotations

import pytest
from pydantic import ValidationError

from isogloss.pipelines.alignment.parameters import AlignmentParameters


def test_lists_may_be_words() -> None:
    given = AlignmentParameters.model_validate(
        {"poolings": "mean last", "pool_sizes": "60 100 300", "layer_range": "3 9"}
    )
    assert given.poolings == ("mean", "last")
    assert given.pool_sizes == (60, 100, 300)
    assert given.layer_range == (3, 9)


@pytest.mark.parametrize("layers", ["inner", "all", [0, 4]])
def test_layer_ranges(layers: object) -> None:
    given = AlignmentParameters.model_validate({"layer_range": layers})
    assert given.layer_range == (tuple(layers) if isinstance(layers, list) else layers)


@pytest.mark.parametrize(
    "wrong",
    [
        {"poling": "mean"},
        {"mode": "some_pairs"},
        {"layer_range": "9 3"},
        {"layer_range": "middle"},
        {"layer_range": "3"},
        {"layer_range": "3 -1"},
        {"layer_range": [1, 2, 3]},
        {"layer_range": 3},
        {"pool_sizes": "1"},
        {"confidence": 1},
        {"threads": 0},
    ],
)
def test_wrong_values_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AlignmentParameters.model_validate(wrong)


def test_only_what_changes_outcomes_is_in_the_fingerprint() -> None:
    default = AlignmentParameters().outcome_settings()
    assert AlignmentParameters(top_n=3, threads=2, layer_range="all").outcome_settings() == default
    assert AlignmentParameters(centering="language").outcome_settings() != default


def test_possible_layer_ranges_are_named() -> None:
    with pytest.raises(ValidationError, match='it must be inner, all, or two layers such as "3 9"'):
        AlignmentParameters.model_validate({"layer_range": "middle"})
