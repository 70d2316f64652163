from __future__ import annotations

from pathlib import Path

import pytest

from isogloss.config import ConfigurationError
from tests.configurations import conf, forget_the_session, load, write
from tests.sessions import session

__all__ = ["conf", "forget_the_session"]


@pytest.fixture
def rooms(conf: Path) -> Path:
    folder = conf / "base" / "parameters"
    folder.mkdir()
    write(folder / "hall.yml", {"hall": {"mode": "a", "lamp": {"colour": "white", "watts": 5}}})
    write(folder / "rest.yml", {"attic": {"mode": "a"}})
    return conf


@pytest.mark.parametrize(
    ("path", "given", "place"),
    [
        (("hall", "mode"), {}, "Set in {0}/other/parameters.yml; declared in {1}."),
        (("hall", "mode"), {"hall": {"mode": "b"}}, "Set by --params; declared in {1}."),
        (("hall", "lamp", "watts"), {}, "Set in {1}."),
        (("hall", "lamp", "colour"), {}, "Set in {0}/other/parameters_more.yml; declared in {1}."),
        # A group is made of what all places say of it.
        (
            ("hall",),
            {"hall": {"mode": "b"}},
            "Set by --params and in {0}/other/parameters.yml and in "
            "{0}/other/parameters_more.yml; declared in {1}.",
        ),
        # What is missing, or unknown, belongs to its group.
        (("attic", "width"), {}, "Set in {0}/base/parameters/rest.yml."),
        (
            ("attic", "wdth"),
            {"attic": {"wdth": 3}},
            "Set by --params; declared in {0}/base/parameters/rest.yml.",
        ),
        (("models",), {}, "Set in {0}/base/parameters.yml."),
    ],
)
def test_the_place_is_where_the_value_comes_from(
    rooms: Path, path: tuple[str, ...], given: dict[str, object], place: str
) -> None:
    write(rooms / "other" / "parameters.yml", {"hall": {"mode": "c"}})
    write(rooms / "other" / "parameters_more.yml", {"hall": {"lamp": {"colour": "red"}}})
    name = rooms.name
    assert load(rooms, "other", **given).describe_place(*path) == place.format(
        name, f"{name}/base/parameters/hall.yml"
    )


def test_without_an_environment_the_files_of_local_stand_first(rooms: Path) -> None:
    write(rooms / "local" / "parameters.yml", {"hall": {"mode": "c"}})
    assert (
        load(rooms)
        .describe_place("hall", "mode")
        .startswith(f"Set in {rooms.name}/local/parameters.yml; declared in ")
    )


def test_a_refused_setting_says_where_it_is_set() -> None:
    with (
        session("test", counting={"counts": "0 9"}, alignment={"mode": "x"}) as opened,
        pytest.raises(ConfigurationError) as caught,
    ):
        opened.load_context()
    first, second = sorted(str(caught.value).splitlines())
    assert first.endswith("Set by --params; declared in conf/base/parameters/alignment.yml.")
    assert second.endswith(
        "Set by --params and in conf/test/parameters.yml; declared in "
        "conf/base/parameters/counting.yml."
    )


def test_a_list_in_place_of_a_group_is_refused_with_both_places(rooms: Path) -> None:
    write(rooms / "other" / "parameters.yml", {"hall": {"lamp": ["white"]}})
    with pytest.raises(ConfigurationError) as caught:
        load(rooms, "other")["parameters"]
    name = rooms.name
    assert str(caught.value) == (
        f"hall.lamp: it is a list in {name}/other/parameters.yml, but a group of settings in "
        f"{name}/base/parameters/hall.yml. Make it the latter in both."
    )
