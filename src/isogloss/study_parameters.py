"""What settings of the study itself may be: those that decide which rooms and nodes there are."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, RootModel, StringConstraints, field_validator

from isogloss.word_list import WordList

Word = Annotated[str, StringConstraints(min_length=1, strict=True)]
# One letter before a colon would be a disk of Windows.
HALF_AN_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/(?!/)")


def _is_no_half_address(value: str) -> str:
    """Refuse `s3:/bucket`, which would be a folder called `s3:`."""
    if found := HALF_AN_ADDRESS.match(value):
        address = f"{found[1]}://{value[found.end() :]}"
        raise ValueError(
            f"an address has two slashes, {address}; for a folder of this name write ./{value}"
        )
    return value


PlaceText = Annotated[str, AfterValidator(_is_no_half_address)]


class Name(RootModel[Word], frozen=True):
    """The name of a source, or the code of a language."""


class Names(RootModel[Annotated[WordList[Word], Field(min_length=1)]], frozen=True):
    """Names of models."""


class ValueStudy(BaseModel, frozen=True, extra="forbid"):
    """Who is asked for values, and how.

    Attributes:
        respondents: models of the study that are asked: names, `all` or `none`.
        elicitation: in their own words (`open`), or among the survey's answers (`closed`).
        labellers: of `stance_labelling`: names or `all`.
        families: model -> its family, where the zoo says nothing or otherwise.
        published: whether the published scores are read too.
    """

    respondents: WordList[str] = ("all",)
    elicitation: WordList[Literal["open", "closed"]] = ("open", "closed")
    labellers: WordList[str] = ("all",)
    families: dict[str, str] = Field(default_factory=dict)
    published: bool = False


class PatchingStudy(BaseModel, frozen=True, extra="forbid"):
    """In which models activations are patched.

    Attributes:
        models: causal models of the study: names, `all` or `none`.
        analyses: what is done beside patching.
    """

    models: WordList[str] = ("all",)
    analyses: WordList[Literal["screen", "probes", "interventions", "all", "none"]] = ("none",)


class Place(RootModel[PlaceText], frozen=True, coerce_numbers_to_str=True):
    """A folder, a file or an address; a folder may be named by a number."""


class LocalPlace(RootModel[str], frozen=True, coerce_numbers_to_str=True):
    """A folder on a disk of this machine: models are mapped into memory from there."""

    @field_validator("root")
    @classmethod
    def _is_no_address(cls, value: str) -> str:
        if "://" in value or HALF_AN_ADDRESS.match(value):
            raise ValueError("must be a folder on a disk of this machine, also where data are not")
        return value


class OptionalPlace(RootModel[PlaceText | None], frozen=True, coerce_numbers_to_str=True):
    """A folder, or nothing."""


class Device(
    RootModel[
        Literal["auto", "all", "cpu", "cuda", "mps"]
        | Annotated[str, StringConstraints(pattern=r"^cuda:\d+$")]
    ],
    frozen=True,
):
    """Where models compute."""


class Precision(RootModel[Literal["auto", "float32", "bfloat16", "float16"]], frozen=True):
    """The numbers that models compute in."""
