from __future__ import annotations

import pandas as pd

from isogloss.intent_schemas import IntentsReport
from isogloss.pipelines.ingestion.intent_report import ABSENT, mark_seen, report_intents
from isogloss.pipelines.ingestion.parallel_ids import compare_locales

ROWS = [
    ("de", "train", "0", "alarm_set", "weck mich"),
    ("de", "dev", "1", "alarm_set", "weck mich"),
    ("de", "test", "2", "alarm_set", "weck mich"),
    ("de", "test", "3", "alarm_remove", "wake me"),
    ("en", "train", "0", "alarm_set", "wake me"),
    ("en", "train", "9", "alarm_set", "wake me"),
    ("en", "dev", "1", "alarm_remove", "stop"),
    ("en", "test", "2", "alarm_set", "weck mich"),
]
COLUMNS = ["locale", "partition", "item_id", "intent", "text"]


def table() -> pd.DataFrame:
    found = pd.DataFrame(ROWS, columns=COLUMNS)
    return found.assign(seen_in_train=mark_seen(found))


def test_texts_are_looked_for_in_train_of_their_own_locale() -> None:
    seen = [False, True, True, False, False, False, False, False]
    assert table()["seen_in_train"].tolist() == seen


def test_every_locale_is_counted_in_the_same_ways() -> None:
    found = table()
    report = IntentsReport.validate(report_intents(found, compare_locales(found)))
    counts = {
        locale: rows.set_index("what")[["n", "of", "detail"]].apply(tuple, axis=1).to_dict()
        for locale, rows in report.groupby("locale")
    }
    assert counts == {
        "all": {
            "intents": (2, 2, ""),
            "ids that not every locale has": (2, 5, "3 9"),
        },
        "de": {
            "rows of train": (1, 4, ""),
            "rows of dev": (1, 4, ""),
            "rows of test": (2, 4, ""),
            "test texts that stand in train": (1, 2, "2"),
            "intents": (2, 2, ""),
            "intents in train": (1, 2, "alarm_remove"),
            "intents in dev": (1, 2, "alarm_remove"),
            "intents in test": (2, 2, ""),
            "ids of other locales that are absent": (1, 5, "9"),
            "ids with another partition than elsewhere": (0, 3, ""),
            "ids with another intent than elsewhere": (0, 3, ""),
        },
        "en": {
            "rows of train": (2, 4, ""),
            "rows of dev": (1, 4, ""),
            "rows of test": (1, 4, ""),
            "test texts that stand in train": (0, 1, ""),
            "intents": (2, 2, ""),
            "intents in train": (1, 2, "alarm_remove"),
            "intents in dev": (1, 2, "alarm_set"),
            "intents in test": (1, 2, "alarm_remove"),
            "ids of other locales that are absent": (1, 5, "3"),
            "ids with another partition than elsewhere": (0, 3, ""),
            "ids with another intent than elsewhere": (1, 3, "1"),
        },
    }


def test_of_many_ids_the_first_twenty_are_named() -> None:
    ids = [str(number) for number in range(100, 130)]
    rows = [("de", "train", item, "a", item) for item in ids]
    found = pd.DataFrame([*rows, ("en", "train", "0", "a", "x")], columns=COLUMNS)
    found["seen_in_train"] = False
    report = report_intents(found, compare_locales(found))
    absent = report[(report["locale"] == "en") & (report["what"] == ABSENT)]
    assert absent[["n", "of", "detail"]].to_numpy().tolist() == [[30, 31, " ".join(ids[:20])]]
