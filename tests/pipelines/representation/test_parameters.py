from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from isogloss.pipelines.representation.parameters import RepresentationParameters


def test_poolings_are_a_list_or_words_between_blanks() -> None:
    assert RepresentationParameters(poolings="mean  last").poolings == ("mean", "last")
    assert RepresentationParameters(poolings=["weighted"]).poolings == ("weighted",)
    assert RepresentationParameters().poolings == ("mean", "last", "weighted")


@pytest.mark.parametrize(
    "settings",
    [
        {"poling": "last"},
        {"poolings": "median"},
        {"poolings": []},
        {"token_budget": 0},
        {"token_budget": "large"},
        {"group_size": 0},
        {"overlong": "ignore"},
    ],
)
def test_what_is_not_known_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RepresentationParameters(**settings)
