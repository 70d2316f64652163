from __future__ import annotations

import pytest
from pydantic import ValidationError

from isogloss.setting_models import PLACES
from isogloss.study_parameters import LocalPlace, OptionalPlace, Place


@pytest.mark.parametrize("name", ["data_root", "responses_root", "raw_data", "compare_with"])
def test_an_address_that_lacks_a_slash_is_refused_with_what_was_meant(name: str) -> None:
    with pytest.raises(ValidationError) as caught:
        PLACES[name].model_validate("s3:/my-bucket/run")
    assert str(caught.value.errors()[0]["ctx"]["error"]) == (
        "an address has two slashes, s3://my-bucket/run; "
        "for a folder of this name write ./s3:/my-bucket/run"
    )


@pytest.mark.parametrize("value", ["s3:/bucket", "s3://bucket"])
def test_models_lie_on_a_disk(value: str) -> None:
    with pytest.raises(ValidationError, match="must be a folder on a disk of this machine"):
        LocalPlace.model_validate(value)


@pytest.mark.parametrize(
    "value",
    ["data", "/tmp/a:/b", "C:/data", "./s3:/run", "s3://b/run", "file:///tmp/a", "run:1", "a/b:/c"],
)
def test_other_places_pass(value: str) -> None:
    assert Place.model_validate(value).root == value
    assert OptionalPlace.model_validate(value).root == value


def test_a_number_and_nothing_pass_as_before() -> None:
    assert Place.model_validate(5).root == "5"
    assert OptionalPlace.model_validate(None).root is None
