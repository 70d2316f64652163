from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field, PositiveInt, RootModel, ValidationError, field_validator

from isogloss.setting_errors import describe_problems
from isogloss.word_list import WordList


class Corner(BaseModel, extra="forbid"):
    colour: str = "white"


class Room(BaseModel, extra="forbid"):
    mode: Literal["all_pairs", "pivot"] = "all_pairs"
    poolings: WordList[Literal["mean", "last"]] = ("mean",)
    budget: PositiveInt | Literal["auto"] = "auto"
    share: Annotated[float, Field(gt=0, lt=1)] = 0.5
    strict: bool = False
    labels: dict[str, str] = Field(default_factory=dict)
    code: str = Field(default="a", pattern="^[a-z]$")
    metric: str = "auto"
    corner: Corner = Corner()

    @field_validator("metric")
    @classmethod
    def _known(cls, name: str) -> str:
        if name != "auto":
            raise ValueError("Use auto.")
        return name


class Languages(RootModel[WordList[str]]):
    pass


def problems(given: object, model: type[BaseModel] = Room, name: str = "room") -> list[str]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(given)
    return describe_problems(name, given, model, caught.value)


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            {"poling": "last"},
            "There is no setting 'room.poling' (given: 'last'). Did you mean poolings? 'room' has: "
            "mode, poolings, budget, share, strict, labels, code, metric, corner.",
        ),
        (
            {"corner": {"color": "red"}},
            "There is no setting 'room.corner.color' (given: 'red'). Did you mean colour? "
            "'room.corner' has: colour.",
        ),
        (
            {"mode": "pivo"},
            "room.mode = 'pivo': it must be 'all_pairs' or 'pivot'. Did you mean pivot?",
        ),
        ({"budget": "many"}, "room.budget = 'many': it must be a whole number or 'auto'."),
        ({"budget": 0}, "room.budget = 0: it must be greater than 0 or 'auto'."),
        ({"share": 2}, "room.share = 2: it must be less than 1."),
        ({"strict": "maybe"}, "room.strict = 'maybe': it must be true or false."),
        ({"labels": {"gemma": 3}}, "room.labels.gemma = 3: it must be a text."),
        ({"code": "AB"}, "room.code = 'AB': it must be of the form ^[a-z]$."),
        ({"metric": "foo"}, "room.metric = 'foo': Use auto."),
        (
            {"poolings": "lst mean"},
            "room.poolings = 'lst mean': it must be a list, each item of it 'mean' or 'last'. "
            "Did you mean last?",
        ),
        (3, "room = 3: it must be a group of settings."),
    ],
)
def test_a_setting_that_does_not_fit(given: object, text: str) -> None:
    assert problems(given) == [text]


def test_every_setting_is_named() -> None:
    assert [text.split(" ")[0] for text in problems({"share": 2, "mode": "x"})] == [
        "room.mode",
        "room.share",
    ]


def test_a_list_in_brackets_says_how_it_is_written() -> None:
    (text,) = problems(["eng deu"], Languages, "languages")
    assert text == (
        "languages = ['eng deu']: write a list on the command line as words without brackets, "
        "languages='eng deu'; in a file as [eng, deu]."
    )
    assert Languages.model_validate("eng deu").root == ("eng", "deu")
    assert Languages.model_validate(["eng", "deu"]).root == ("eng", "deu")


def test_a_single_value_is_a_list_of_one() -> None:
    class Sizes(RootModel[WordList[int]]):
        pass

    assert Sizes.model_validate(3).root == (3,)
    assert Room.model_validate({"poolings": "last"}).poolings == ("last",)
    assert problems({"poolings": 3})[0].startswith(
        "room.poolings = 3: it must be a list, each item of it 'mean' or 'last'."
    )


def test_groups_that_have_names_of_their_own() -> None:
    class Flat(BaseModel, extra="forbid"):
        corners: dict[str, Corner] = {}

    (text,) = problems({"corners": {"north": {"color": "red"}}}, Flat, "flat")
    assert text == (
        "There is no setting 'flat.corners.north.color' (given: 'red'). Did you mean colour? "
        "'flat.corners.north' has: colour."
    )


def test_of_a_group_that_need_not_be_there_the_outer_one_is_named() -> None:
    class Hall(BaseModel, extra="forbid"):
        corner: Corner | None = None

    (text,) = problems({"corner": {"color": "red"}}, Hall, "hall")
    assert text == (
        "There is no setting 'hall.corner.color' (given: 'red'). Did you mean corner? "
        "'hall' has: corner."
    )


def test_groups_by_name_that_are_a_whole_file() -> None:
    class Flats(RootModel[dict[str, Corner]]):
        pass

    (text,) = problems({"north": {"color": "red"}}, Flats, "flats")
    assert text == (
        "There is no setting 'flats.north.color' (given: 'red'). Did you mean colour? "
        "'flats.north' has: colour."
    )


def test_a_name_that_a_group_cannot_have() -> None:
    class Flat(BaseModel, extra="forbid"):
        corners: dict[Literal["north", "south"], int] = {}

    (text,) = problems({"corners": {"nort": 1}}, Flat, "flat")
    assert text == "flat.corners.nort = 1: it must be 'north' or 'south'. Did you mean north?"
