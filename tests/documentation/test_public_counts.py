from __future__ import annotations

from pathlib import Path

import pandas as pd

from documentation.public_counts import write_counts, write_cut


def utterance(locale: str, partition: str, number: int, intent: str, text: str) -> dict[str, str]:
    place = {"locale": locale, "partition": partition, "item_id": str(number)}
    return {**place, "intent": intent, "text": text}


def write_run(folder: Path) -> None:
    utterances = [
        utterance("ar-SA", "train", 0, "weather_find", "طقس"),
        utterance("ar-SA", "test", 9, "playmusic", "Jazz"),
        utterance("ar-SA", "test", 10, "playmusic", "موسي قى"),
        utterance("en-US", "train", 9, "weather_find", "weather"),
        utterance("en-US", "train", 10, "playmusic", "music"),
        utterance("en-US", "dev", 11, "playmusic", "music"),
        utterance("en-US", "test", 12, "weather_find", "sun"),
    ]
    report = [
        ("ar-SA", "test texts that stand in train", 3, 20),
        ("en-US", "test texts that stand in train", 5, 20),
        ("ar-SA", "ids with another intent than elsewhere", 4, 80),
        ("en-US", "ids with another intent than elsewhere", 0, 80),
    ]
    overlap = [("belebele", 0.25, 2000), ("mmlu", 0.0, 2000)]
    spelling = [("en-US", 7, 0), ("ar-SA", 9, 2)]
    tables = {
        "07_model_output/encoder/locale_spelling": pd.DataFrame(
            spelling, columns=["locale", "tokens", "unknown_tokens"]
        ),
        "03_primary/intents": pd.DataFrame(utterances),
        "03_primary/intents_report": pd.DataFrame(report, columns=["locale", "what", "n", "of"]),
        "07_model_output/text_overlap": pd.DataFrame(
            overlap, columns=["task", "text_overlap", "sentences"]
        ),
    }
    for name, rows in tables.items():
        path = folder / f"{name}.parquet"
        path.parent.mkdir(exist_ok=True, parents=True)
        rows.to_parquet(path)


def test_the_cut_counts_one_locale_in_order_of_numbers(tmp_path: Path) -> None:
    write_run(tmp_path)
    assert write_cut(tmp_path, "en-US").splitlines()[2:] == [
        "| train | `<language>.test.conll`, its first 400 | 9 to 10 | 2 | 2 of 2 | 50 % |",
        "| dev | `<language>.test.conll`, its last 100 | 11 to 11 | 1 | 1 of 2 | 0 % |",
        "| test | `<language>.valid.conll`, all | 12 to 12 | 1 | 1 of 2 | 100 % |",
    ]


def test_counts_say_of_how_many(tmp_path: Path) -> None:
    write_run(tmp_path)
    assert write_counts(tmp_path, "encoder").splitlines()[2:] == [
        "| sentences of FLORES that lie in passages of Belebele, quotation marks aside | "
        "500 | 2,000 |",
        "| utterances of ar-SA with Latin letters | 1 | 3 |",
        "| test utterances of ar-SA with Latin letters | 1 | 2 |",
        "| utterances of ar-SA with another intent than elsewhere | 4 | 80 |",
        "| unknown tokens of ar-SA | 2 | 9 |",
        "| tokens of ar-SA, of as many characters without blanks | 9 | 13 |",
        "| test utterances in train too, fewest of a locale | 3 | 20 |",
        "| test utterances in train too, most of a locale | 5 | 20 |",
    ]
