from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from isogloss.datasets.item_folder import ItemFolderDataset
from isogloss.intent_schemas import Intents, IntentsReport
from isogloss.pipelines.ingestion.intent_nodes import read_intents
from isogloss.pipelines.ingestion.lines import CorpusError
from isogloss.pipelines.ingestion.parameters import IntentParameters
from tests.pipelines.ingestion.utterances import english, german, raw

ROOT = Path(__file__).parents[3]
LOCALES = pd.read_csv(ROOT / "data/01_raw/reference/locales.csv", dtype=str, keep_default_na=False)


def read(folder: Path, **settings: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    source = ItemFolderDataset(
        filepath=str(folder), pattern="{locale}.jsonl", format="jsonl"
    ).load()
    table, report = read_intents(source, LOCALES, IntentParameters.model_validate(settings))
    return Intents.validate(table), IntentsReport.validate(report)


def counts(report: pd.DataFrame, what: str) -> dict[str, tuple[int, int]]:
    rows = report[report["what"] == what]
    numbers = zip(rows["n"], rows["of"], strict=True)
    return dict(zip(rows["locale"], numbers, strict=True))


def test_rows_are_sorted_and_what_differs_is_kept_and_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    parts = {number: ("test", "dev", "train")[number % 3] for number in range(12)}
    rows = {
        "en-US": [english(number, parts[number]) for number in parts],
        "de-DE": [german(number, parts[number]) for number in parts if number != 8],
    }
    rows["de-DE"][2] |= {"intent": "alarm_remove"}
    rows["en-US"][9] |= {"utt": "wake me up at 2 this week "}
    with caplog.at_level("INFO"):
        table, report = read_intents(raw(rows), LOCALES, IntentParameters())
    assert table.columns.tolist() == [
        *"locale partition item_id scenario intent text".split(),
        "seen_in_train",
    ]
    keys = table[["locale", "partition", "item_id"]]
    assert keys.apply(tuple, axis=1).tolist() == sorted(keys.apply(tuple, axis=1))
    assert keys.iloc[12:14, 2].tolist() == ["10", "4"], "ids are texts"
    assert table.index.tolist() == list(range(23))
    seen = table[table["seen_in_train"]]
    assert seen[["locale", "item_id"]].to_numpy().tolist() == [["en-US", "9"]]
    # The locale that comes first decides between the two.
    assert counts(report, "ids with another intent than elsewhere") == {
        "de-DE": (0, 11),
        "en-US": (1, 11),
    }
    assert "23 utterances of 2 intents in 2 locales." in caplog.messages
    for warning in (
        "Ids with another intent than elsewhere: en-US 1 of 11 (see intents_report).",
        "Ids of other locales that are absent: de-DE 1 of 12 (see intents_report).",
        "Test texts that stand in train: en-US 1 of 4 (see intents_report).",
        "Not all intents in test: de-DE 1 of 2, en-US 1 of 2 (see intents_report).",
    ):
        assert warning in caplog.messages


def test_of_many_locales_a_warning_names_some(caplog: pytest.LogCaptureFixture) -> None:
    rows = [english(number, part) for number, part in enumerate(("train", "dev", "test"))]
    for row in rows:
        row |= {"utt": "stop"}
        del row["locale"]
    chosen = LOCALES["locale"].tolist()[:7]
    read_intents(raw(dict.fromkeys(chosen, rows)), LOCALES, IntentParameters())
    assert (
        "Test texts that stand in train: af-ZA 1 of 1, am-ET 1 of 1, ar-SA 1 of 1, az-AZ 1 of 1, "
        "bar-IT 1 of 1 and 2 more locales (see intents_report)."
    ) in caplog.messages


def test_the_shipped_utterances_are_parallel_balanced_and_unlike_each_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    table, report = read(ROOT / "data/01_raw/sample/intents")
    assert [record for record in caplog.records if record.levelname == "WARNING"] == []
    locales = ["de-DE", "en-US", "es-ES", "fr-FR", "pl-PL", "ru-RU", "sw-KE", "tr-TR"]
    assert table.groupby("locale").size().to_dict() == dict.fromkeys(locales, 208)
    shape = ["item_id", "partition", "scenario", "intent"]
    assert (table.groupby(shape).size() == 8).all(), "the same items in every locale"
    sizes = table.groupby(["locale", "intent", "partition"]).size().unstack()
    assert len(sizes) == 8 * 8
    assert sizes.drop_duplicates().to_dict("records") == [{"dev": 4, "test": 7, "train": 15}]
    assert not table.duplicated(["locale", "text"]).any()
    assert not table["seen_in_train"].any()
    assert all(
        scenario == intent.partition("_")[0]
        for scenario, intent in zip(table["scenario"], table["intent"], strict=True)
    )
    named = report["what"].str.startswith(("ids", "test texts"))
    assert (report.loc[named, "n"] == 0).all()
    assert (report.loc[report["what"].str.startswith("intents"), "n"] == 8).all()


def test_xsid_is_refused_for_japanese_alone(xsid: Path) -> None:
    with pytest.raises(CorpusError) as caught:
        read(xsid)
    _, japanese, _, remedy = str(caught.value).split("\n")
    assert japanese == (
        "  ja-JP: it has no rows of dev; 150 of the 400 ids that it shares with others conflict "
        "(38 %): 150 in the partition (250 is test here, train elsewhere) and 141 in "
        "the intent (250 is weather_find here, ratebook elsewhere)."
    )
    assert remedy == '  --params "intents.exclude=ja-JP"'


def test_xsid_in_fifteen_locales(xsid: Path) -> None:
    table, report = read(xsid, exclude="ja-JP")
    assert len(table) == 12_000
    assert table.groupby("partition").size().to_dict() == {
        "dev": 1500,
        "test": 4500,
        "train": 6000,
    }
    conflicts = counts(report, "ids with another intent than elsewhere")
    assert {locale: n for locale, (n, _) in conflicts.items() if n} == {"ar-SA": 26}
    assert set(counts(report, "ids with another partition than elsewhere").values()) == {(0, 800)}
    assert counts(report, "ids that not every locale has") == {"all": (0, 800)}
    for partition, number in {"train": 15, "dev": 7, "test": 15}.items():
        assert counts(report, f"intents in {partition}")["en-US"] == (number, 16)
    seen = counts(report, "test texts that stand in train")
    assert seen["en-US"] == (40, 300)
    assert min(seen.values()) == (40, 300)
    assert max(seen.values()) == (59, 300)


def test_massive_with_a_locale_that_is_there_in_part(massive: Path) -> None:
    table, report = read(massive)
    assert table.groupby("locale").size().to_dict() == {"de-DE": 4957, "en-US": 16_521}
    assert counts(report, "intents") == {"all": (60, 60), "de-DE": (53, 60), "en-US": (60, 60)}
    assert counts(report, "ids that not every locale has") == {"all": (11_564, 16_521)}
    assert counts(report, "ids of other locales that are absent")["de-DE"] == (11_564, 16_521)
    assert counts(report, "rows of test") == {"de-DE": (907, 4957), "en-US": (2974, 16_521)}
    tested = report[(report["locale"] == "en-US") & (report["what"] == "intents in test")]
    assert tested[["n", "detail"]].to_numpy().tolist() == [[59, "cooking_query"]]
    assert counts(report, "test texts that stand in train") == {
        "de-DE": (20, 907),
        "en-US": (21, 2974),
    }
    assert set(counts(report, "ids with another intent than elsewhere").values()) == {(0, 4957)}
