from __future__ import annotations

from dataclasses import dataclass

from isogloss.dependencies import Room, find_outdated, pipelines_to_run


@dataclass
class Step:
    inputs: list[str]
    outputs: list[str]


STEPS = [
    Step(["texts"], ["sentences"]),
    Step(["sentences"], ["a.vectors"]),
    Step(["sentences"], ["b.vectors"]),
    Step(["a.vectors"], ["a.table"]),
    Step(["b.vectors"], ["b.table"]),
    Step(["a.table", "b.table"], ["all"]),
    Step(["all"], ["figure"]),
]


def outdated(made: set[str], changed: set[str], absent: str = "", optional: str = "") -> list[str]:
    return find_outdated(
        STEPS, made, changed, lambda name: name != absent, lambda name: name == optional
    )


def test_what_lies_further_on_is_outdated() -> None:
    assert outdated({"a.table"}, {"a.table"}) == ["all", "figure"]
    assert outdated({"a.table"}, {"a.table"}, absent="all") == ["figure"]
    assert outdated({"sentences", "a.vectors"}, {"sentences", "a.vectors"}) == [
        "b.vectors",
        "a.table",
        "b.table",
        "all",
        "figure",
    ]


def test_nothing_is_outdated_by_way_of_what_is_not_there_and_not_needed() -> None:
    assert outdated({"a.table"}, {"a.table"}, absent="all", optional="all") == []
    assert outdated({"a.table"}, {"a.table"}, optional="all") == ["all", "figure"]


def test_nothing_is_outdated_by_what_did_not_change() -> None:
    assert outdated({"a.table"}, set()) == []
    assert outdated({"a.table", "all"}, {"a.table"}) == []


def test_a_run_needs_the_rooms_that_make_what_it_lacks_and_no_others() -> None:
    rooms = {
        "ingestion": Room(set(), {"texts", "items"}),
        "representation": Room({"texts"}, {"vectors"}),
        "tasks": Room({"items"}, {"scores"}),
        "alignment": Room({"vectors"}, {"table"}),
    }

    def needed(asked: list[str], wanted: set[str], lacking: set[str]) -> list[str]:
        return pipelines_to_run(rooms, asked, wanted, lacking.intersection)

    assert needed(["alignment"], {"vectors"}, {"vectors"}) == ["representation", "alignment"]
    far = ["ingestion", "representation", "alignment"]
    assert needed(["alignment"], {"vectors"}, {"vectors", "texts"}) == far
    assert needed(["alignment"], set(), set()) == ["alignment"]
    assert needed(["tasks", "alignment"], {"vectors"}, {"vectors"}) == [
        "representation",
        "tasks",
        "alignment",
    ]
    assert needed(["status"], {"texts"}, {"texts"}) == ["ingestion", "status"]
