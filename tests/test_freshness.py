from __future__ import annotations

import pandas as pd

from isogloss.freshness import (
    base_name,
    changed_settings,
    deciding_settings,
    note_settings,
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
