"""Records in the schema of MASSIVE, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from isogloss.corpora import RawItem, RawItems

Records = Mapping[str, Sequence[Mapping[str, Any]]]


def english(number: int, partition: str = "train", **changed: Any) -> dict[str, Any]:
    """Make a record as en-US has them in MASSIVE 1.1."""
    return {
        "id": str(number),
        "locale": "en-US",
        "partition": partition,
        "scenario": "alarm",
        "intent": "alarm_set",
        "utt": f"wake me up at {number} this week",
        "annot_utt": f"wake me up at [time : {number}] [date : this week]",
        "worker_id": "1",
        **changed,
    }


def german(number: int, partition: str = "train", **changed: Any) -> dict[str, Any]:
    """Make a record as the translated locales have them."""
    return {
        **english(number, partition),
        "locale": "de-DE",
        "utt": f"weck mich diese woche um {number} auf",
        "annot_utt": f"weck mich [date : diese woche] um [time : {number}] auf",
        "worker_id": "8",
        "slot_method": [
            {"slot": "time", "method": "translation"},
            {"slot": "date", "method": "translation"},
        ],
        "judgments": [
            {
                "worker_id": "32",
                "intent_score": 1,
                "slots_score": 0,
                "grammar_score": 4,
                "spelling_score": 2,
                "language_identification": "target",
            }
        ],
        **changed,
    }


def held_out(number: int) -> dict[str, Any]:
    """Make a record of the competition MMNLU-22, which has no labels."""
    return {"id": str(number), "locale": "en-US", "partition": "mmnlu-22", "utt": "stop"}


def raw(locales: Records) -> RawItems:
    """Give records as if they had been read from the folder `folder`."""

    def reader(locale: str, records: Sequence[Mapping[str, Any]]) -> Any:
        return lambda: [
            RawItem(f"{locale}.jsonl, line {number}", record)
            for number, record in enumerate(records, start=1)
        ]

    return RawItems("folder", {name: reader(name, rows) for name, rows in locales.items()})
