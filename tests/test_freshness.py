from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from isogloss.freshness import (
    Room,
    base_name,
    changed_settings,
    deciding_settings,
    find_outdated,
    note_settings,
    pipelines_to_run,
)
from isogloss.provenance import record_sources

PARAMETERS = {
    "corpus": "sample",
    "languages": ["eng", "deu"],
    "ingestion": {"strict": False},
    "sentence_sample": {"size": 12, "outside_reading": False},
    "reading": {"corpus": "sample", "limit": None},
    "knowledge": {"corpus": "sample", "subjects": "all", "limit": None},
    "intents": {"corpus": "sample", "locales": ["all"], "exclude": [], "conflicts": 0.1},
    "pivot": "eng",
}
SOURCES = {"corpus": {"filepath": "data"}, "reading": {"filepath": "items"}}


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


def outdated(made: set[str], changed: set[str], absent: str = "") -> list[str]:
    return find_outdated(STEPS, made, changed, lambda name: name != absent)


def test_the_settings_that_decide_a_table() -> None:
    settings = deciding_settings("sentence_samples", PARAMETERS, SOURCES)
    assert settings == {
        "corpus": "sample",
        "languages": "deu eng",
        "ingestion.strict": False,
        "sentence_sample.size": 12,
        "sentence_sample.outside_reading": False,
        "raw corpus: filepath": "data",
    }
    assert "sentence_sample.size" not in deciding_settings("parallel_sentences", PARAMETERS, {})


def test_reading_items_decide_the_samples_that_lie_outside_them() -> None:
    outside = {**PARAMETERS, "sentence_sample": {"size": 12, "outside_reading": True}}
    settings = deciding_settings("sentence_samples", outside, SOURCES)
    assert settings.keys() - deciding_settings("sentence_samples", PARAMETERS, SOURCES).keys() == {
        "reading.corpus",
        "reading.limit",
        "raw reading: filepath",
    }


def test_samples_outside_the_items_fit_where_none_are_asked_but_not_the_other_way_round() -> None:
    outside = {**PARAMETERS, "sentence_sample": {"size": 12, "outside_reading": True}}
    asked = deciding_settings("sentence_samples", outside, SOURCES)
    alone = deciding_settings("sentence_samples", outside, SOURCES, asked=False)
    assert not {name for name in alone if "reading." in name or "raw reading" in name}
    made_outside, made_alone = pd.DataFrame({"sample": [0]}), pd.DataFrame({"sample": [0]})
    note_settings(made_outside, asked)
    note_settings(made_alone, alone)
    assert changed_settings(made_outside, alone) == []
    assert "reading.corpus: None -> 'sample'" in changed_settings(made_alone, asked)


def test_a_word_and_a_list_of_it_are_the_same_setting() -> None:
    table = pd.DataFrame({"item": [0]})
    note_settings(table, {"cultural.labellers": ["all"], "tasks.include": "belebele mmlu"})
    present = {"cultural.labellers": "all", "tasks.include": ["belebele", "mmlu"]}
    assert changed_settings(table, present) == []
    assert changed_settings(table, {**present, "cultural.labellers": ["likelihood"]}) == [
        "cultural.labellers: 'all' -> 'likelihood'"
    ]


def test_the_settings_that_decide_the_intents() -> None:
    assert deciding_settings("intents", PARAMETERS, {"intents": {"filepath": "utterances"}}) == {
        "intents.corpus": "sample",
        "intents.locales": ["all"],
        "intents.exclude": [],
        "intents.conflicts": 0.1,
        "raw intents: filepath": "utterances",
    }


def test_the_settings_that_decide_the_items() -> None:
    assert deciding_settings("reading_items", PARAMETERS, SOURCES) == {
        "languages": "deu eng",
        "pivot": "eng",
        "reading.corpus": "sample",
        "reading.limit": None,
        "raw reading: filepath": "items",
    }
    knowledge = {**PARAMETERS, "knowledge": {"corpus": "mmlu", "subjects": ["law"], "limit": 5}}
    made = pd.DataFrame({"item_id": ["0"]})
    note_settings(made, deciding_settings("knowledge_items", PARAMETERS, SOURCES))
    assert changed_settings(made, deciding_settings("knowledge_items", knowledge, SOURCES)) == [
        "knowledge.corpus: 'sample' -> 'mmlu'",
        "knowledge.limit: None -> 5",
        "knowledge.subjects: 'all' -> 'law'",
    ]


def test_settings_that_differ_from_the_note_are_named() -> None:
    table = pd.DataFrame({"sample": [0]})
    present = deciding_settings("sentence_samples", PARAMETERS, {})
    note_settings(table, present)
    assert changed_settings(table, present) == []
    other = {**PARAMETERS, "languages": "all", "pivot": "deu"}
    assert changed_settings(table, deciding_settings("sentence_samples", other, {})) == [
        "languages: 'deu eng' -> 'all'"
    ]


def test_the_order_of_languages_does_not_matter() -> None:
    other = {**PARAMETERS, "languages": ["deu", "eng"]}
    assert deciding_settings("parallel_sentences", other, {}) == deciding_settings(
        "parallel_sentences", PARAMETERS, {}
    )


def test_a_table_made_elsewhere_passes() -> None:
    assert changed_settings(pd.DataFrame({"sample": [0]}), {"corpus": "sample"}) == []


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


def test_settings_without_effect_on_a_table_do_not_count() -> None:
    parameters = {"alignment": {"threads": 2, "confidence": 0.9}}
    assert deciding_settings("alignment_summary", parameters, SOURCES) == {
        "alignment.confidence": 0.9
    }


def test_settings_are_noted_beside_what_else_a_table_was_made_from() -> None:
    table = record_sources(pd.DataFrame({"a": [1]}), outcomes={"seed": 1})
    note_settings(table, {"alignment.confidence": 0.9})
    assert table.attrs["made_from"]["outcomes"] == {"seed": 1}
    assert changed_settings(table, {"alignment.confidence": 0.8}) == [
        "alignment.confidence: 0.9 -> 0.8"
    ]
    assert base_name("gemma.alignment_summary") == base_name("alignment_summary")


def test_data_have_a_digest_of_their_rows() -> None:
    tables = [pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1, 3]})]
    for table in tables:
        note_settings(table, {"knowledge.limit": 5}, content=True)
    digests = {table.attrs["made_from"]["content"] for table in tables}
    assert len(digests) == 2
    assert changed_settings(tables[0], {"knowledge.limit": 5}) == []
