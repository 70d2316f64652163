from __future__ import annotations

import pytest
from pydantic import ValidationError

from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters


def test_lists_can_be_typed_as_words() -> None:
    found = AnalysisParameters.model_validate(
        {"metrics": "pearson distance", "capability": {"measures": "task"}}
    )
    assert found.metrics == ("pearson", "distance")
    assert found.capability.measures == ("task",)


def test_one_set_of_countries_stands_beside_none() -> None:
    found = AnalysisParameters.model_validate({"contrast_sets": "KE NG"})
    assert found.contrast_sets == ("", "KE NG")
    listed = AnalysisParameters.model_validate({"contrast_sets": ["", "KE", "NG SG"]})
    assert listed.contrast_sets == ("", "KE", "NG SG")


@pytest.mark.parametrize(
    "given",
    [
        {"metric": ["spearman"]},
        {"metrics": ["kendall"]},
        {"confidence": 1.0},
        {"rounds": 10},
        {"least_questions": 2},
        {"capability": {"outcome": "overall"}},
    ],
)
def test_other_settings_are_refused(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AnalysisParameters.model_validate(given)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        AnalysisParameters().seed = 1  # type: ignore[misc]
