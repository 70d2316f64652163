import pytest
from pydantic import BaseModel, Field

from documentation.parameters import list_parameters, say_allowed, split_docstring, write_parameters
from documentation.project import find_parameter_models

PAGES = dict(write_parameters())
MODELS = find_parameter_models()


class Planted(BaseModel):
    """Something to set.

    Attributes:
        size: how many; None
            takes all.
        kind: which.
    """

    size: int | None = Field(None, ge=1)
    kind: str = "a"


class Heir(Planted):
    """More of it.

    Attributes:
        kind: which one.
    """


def test_a_docstring_is_split_into_its_settings_and_those_it_inherits() -> None:
    assert split_docstring(Heir) == (
        "More of it.",
        {"size": "how many; None takes all.", "kind": "which one."},
    )


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (
            {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
            "whole number ≥ 1 or `null`",
        ),
        ({"enum": ["a", "b"], "type": "string"}, "`a`, `b`"),
        ({"type": "array", "items": {"type": "string"}}, "list of: text"),
        ({"type": "boolean"}, "`true`, `false`"),
        ({"$ref": "#/$defs/X"}, "`x`"),
    ],
)
def test_allowed_values_are_said_in_words(schema: dict[str, object], words: str) -> None:
    assert say_allowed(schema, {"$defs": {"X": {"const": "x"}}}) == words


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_setting_says_what_it_is(name: str) -> None:
    model = MODELS[name]
    _, settings = split_docstring(model)
    assert [
        field for field in model.model_fields if field != "root" and not settings.get(field)
    ] == []


def test_a_page_tells_values_of_base_and_of_other_environments() -> None:
    page = PAGES["parameters/study.md"]
    assert (
        "| `size` | whole number ≥ 2 or `null` | `null` | sentences in a sample; null takes" in page
    )
    assert "sampler: python_random" in page


def test_groups_inside_groups_have_a_table_of_their_own() -> None:
    page = PAGES["parameters/finetuning.md"]
    assert "| `recipe` | a group, below |" in page
    assert "| `epochs` | whole number &gt; 0 | `4` |" in page


def test_parameters_without_a_type_are_shown_as_they_stand() -> None:
    assert "analyses: none                # beside patching" in PAGES["parameters/mediation.md"]


def test_places_are_those_of_base() -> None:
    assert (
        "| `data_root` | `data` | everything that is computed goes below it |"
        in PAGES["parameters/places.md"]
    )


def test_every_group_is_listed() -> None:
    listed = list_parameters()
    for name in MODELS:
        assert f"[`{name}`](parameters/" in listed
