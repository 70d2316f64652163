from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from isogloss.corpora import RawItems
from isogloss.datasets.item_folder import ItemFolderDataset
from isogloss.errors import Refusal
from isogloss.intent_schemas import Intents
from isogloss.pipelines.ingestion.intents import choose_locales, read_locales
from isogloss.pipelines.ingestion.lines import CorpusError
from isogloss.pipelines.ingestion.parameters import IntentParameters
from tests.pipelines.ingestion.utterances import english, german, held_out, raw

KNOWN = {"de-DE", "en-US"}
BOTH = {"en-US": [english(0)], "de-DE": [german(0)]}


def test_records_of_both_kinds_become_rows() -> None:
    source = raw({"en-US": [english(0), english(3, "validation", utt=" stop \n")], "de-DE": []})
    [first, second] = read_locales(source, ["en-US"]).to_dict("records")
    assert first == {
        "locale": "en-US",
        "partition": "train",
        "item_id": "0",
        "scenario": "alarm",
        "intent": "alarm_set",
        "text": "wake me up at 0 this week",
    }
    assert (second["partition"], second["text"]) == ("dev", "stop")
    [translated] = read_locales(raw(BOTH), ["de-DE"]).to_dict("records")
    assert (translated["locale"], translated["text"]) == (
        "de-DE",
        "weck mich diese woche um 0 auf",
    )


def test_a_record_need_not_repeat_its_locale_and_may_number_its_id() -> None:
    record = {key: value for key, value in english(0, id=7).items() if key != "locale"}
    [row] = read_locales(raw({"en-US": [record]}), ["en-US"]).to_dict("records")
    assert (row["locale"], row["item_id"]) == ("en-US", "7")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([held_out(0)], "en-US.jsonl, line 1: the partition 'mmnlu-22' is none of train, dev, te"),
        (
            [{**held_out(0), "partition": "test"}],
            r"line 1: the field 'scenario' is absent \(fields: id, locale, partition, utt\)\. Add",
        ),
        ([english(0), english(1, utt=" ")], "line 2: the field 'utt' is empty"),
        ([english(0, intent=["a"])], r"line 1: the field 'intent' is \['a'\]\. Write it as a tex"),
        ([english(0, intent=None)], "line 1: the field 'intent' is absent"),
        ([english(0, locale="de-DE")], "'locale' is 'de-DE', but this is where en-US lies. Corr"),
        (
            [english(0), english(1), english(0, utt="stop")],
            "line 3: the id '0' stands in en-US.jsonl, line 1 too. Every utterance",
        ),
        (
            [english(0, utt="stop \ud83d")],
            r"line 1: the field 'utt' holds half a character \(\\ud83d without its partner\)",
        ),
        ([], "folder: there are no utterances of en-US. Add some, or leave it out with intents.e"),
    ],
)
def test_bad_rows_are_refused(rows: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read_locales(raw({"en-US": rows}), ["en-US"])


def test_the_faults_of_all_files_are_named_at_once() -> None:
    def broken() -> Any:
        raise Refusal("fr-FR.jsonl, line 9: no valid JSON.")

    source = raw({"en-US": [held_out(n) for n in range(8)], "de-DE": [german(0), german(0)]})
    with pytest.raises(CorpusError) as caught:
        read_locales(
            RawItems("folder", {**source.read, "fr-FR": broken}), ["en-US", "de-DE", "fr-FR"]
        )
    lines = str(caught.value).split("\n")
    assert [line.partition(":")[0] for line in lines] == [
        *(f"en-US.jsonl, line {number}" for number in range(1, 6)),
        "3 more rows of en-US have faults.",
        "de-DE.jsonl, line 2",
        "fr-FR.jsonl, line 9",
    ]


def test_of_very_many_files_with_faults_some_are_named() -> None:
    source = raw({f"aa-{number}": [] for number in range(12)})
    with pytest.raises(CorpusError, match=r"of aa-9.*\n2 more locales have faults\.$"):
        read_locales(source, list(source.read))


@pytest.mark.parametrize(
    ("settings", "chosen"),
    [
        ({}, ["de-DE", "en-US"]),
        ({"locales": "en-US de-DE en-US"}, ["en-US", "de-DE"]),
        ({"exclude": "de-DE"}, ["en-US"]),
        ({"locales": ["en-US", "de-DE"], "exclude": ["en-US"]}, ["de-DE"]),
    ],
)
def test_locales_are_chosen(settings: dict[str, Any], chosen: list[str]) -> None:
    parameters = IntentParameters.model_validate(settings)
    assert choose_locales(raw(BOTH), parameters, KNOWN) == chosen


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"locales": "en-US de_DE"},
            "intents.locales names de_DE, which folder does not have. Did you mean de-DE. It has",
        ),
        ({"locales": "all en-US"}, "intents.locales names all, which folder does not have"),
        ({"exclude": "ja-JP"}, "intents.exclude names ja-JP, .* It has: de-DE en-US."),
        ({"exclude": "de-DE en-US"}, "No locale is left: intents.exclude names all of de-DE en-US"),
    ],
)
def test_locales_that_are_not_there(settings: dict[str, Any], message: str) -> None:
    parameters = IntentParameters.model_validate(settings)
    with pytest.raises(CorpusError, match=message):
        choose_locales(raw(BOTH), parameters, KNOWN)


def test_a_locale_that_no_list_has_is_read_with_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    source = raw({**BOTH, "tlh-KX": [english(0)]})
    assert choose_locales(source, IntentParameters(), KNOWN) == ["de-DE", "en-US", "tlh-KX"]
    assert "No list has the locale tlh-KX: nothing is known of its language." in caplog.text


# What JSON can hold, with the fields of a record more often than others.
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=5)
    | st.sampled_from(["train", "dev", "test", "en-US", "0", "alarm_set"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=4,
)
FIELDS = ("id", "locale", "partition", "scenario", "intent", "utt")
RECORDS = st.dictionaries(st.sampled_from(FIELDS), VALUES).map(lambda some: {**english(0), **some})
LINES = (RECORDS | VALUES).map(lambda value: json.dumps(value).encode()) | st.binary(max_size=20)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(lines=st.lists(LINES, max_size=3))
def test_whatever_a_file_holds_is_read_or_refused_in_words(
    lines: list[bytes], tmp_path: Path
) -> None:
    (tmp_path / "en-US.jsonl").write_bytes(b"\n".join(lines))
    raw_items = ItemFolderDataset(
        filepath=str(tmp_path), pattern="{locale}.jsonl", format="jsonl"
    ).load()
    try:
        table = read_locales(raw_items, ["en-US"])
    except CorpusError as error:
        assert str(tmp_path) in str(error)
        return
    Intents.validate(table.assign(seen_in_train=False))
    assert not (table["text"] != table["text"].str.strip()).any()
    table.to_parquet(tmp_path / "intents.parquet")
