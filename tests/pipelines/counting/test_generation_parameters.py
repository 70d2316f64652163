from __future__ import annotations

import pytest
from pydantic import ValidationError

from isogloss.pipelines.counting.generation_parameters import CountingParameters


def test_lists_can_be_typed_as_words() -> None:
    parameters = CountingParameters.model_validate(
        {"languages": "eng swh", "lengths": "6 7", "counts": "0 1 2", "distractor_categories": 3}
    )
    assert parameters.languages == ("eng", "swh")
    assert (parameters.lengths, parameters.counts) == ((6, 7), (0, 1, 2))
    assert parameters.distractor_categories == (3,)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"counts": [0, 11]}, "counts goes up to 11 and lengths to 10"),
        ({"model_share": 0.2}, "name who writes the lists in counting.author, and another"),
        (
            {"model_share": 0.2, "author": "a"},
            "name who writes the lists in counting.author, and another",
        ),
        (
            {"model_share": 0.2, "author": "a", "judge": "a"},
            "counting.author and counting.judge are both 'a'",
        ),
        ({"per_category": 0}, "greater than 0"),
        ({"lenghts": [6]}, "Extra inputs are not permitted"),
    ],
)
def test_impossible_settings_are_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        CountingParameters.model_validate(given)


def test_share_of_a_model_is_rounded_to_lists_of_a_category() -> None:
    settings = {"author": "a", "judge": "b", "per_category": 10}
    assert CountingParameters.model_validate({**settings, "model_share": 0.26}).written == 3
    assert CountingParameters.model_validate({**settings, "model_share": 1}).written == 10
    assert CountingParameters().written == 0
