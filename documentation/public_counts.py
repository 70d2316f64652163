"""What the data of the page on public data hold, counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from documentation.markdown import table

if TYPE_CHECKING:
    from pathlib import Path

ORIGINS = {
    "train": "`<language>.test.conll`, its first 400",
    "dev": "`<language>.test.conll`, its last 100",
    "test": "`<language>.valid.conll`, all",
}
"""Partition -> where in xSID 0.7 its utterances stand."""
ARABIC = "ar-SA"
LATIN = "[A-Za-z]"
FREQUENT = "weather_find"


def write_cut(data_root: Path, pivot: str) -> str:
    """Write a row a partition: which utterances of xSID it holds, and how they are labelled.

    Args:
        data_root: of the run.
        pivot: the locale that is counted.
    """
    intents = read_intents(data_root)
    own = intents[intents["locale"] == pivot]
    rows = []
    for partition, origin in ORIGINS.items():
        part = own[own["partition"] == partition]
        numbers = part["item_id"].astype(int)
        share = (part["intent"] == FREQUENT).mean()
        labels = f"{part['intent'].nunique()} of {own['intent'].nunique()}"
        ids = f"{numbers.min()} to {numbers.max()}"
        rows.append([partition, origin, ids, str(len(part)), labels, f"{100 * share:.0f} %"])
    heads = ["partition", "utterances of xSID", "id", "n", "intents", f"`{FREQUENT}`"]
    return table(heads, rows)


def write_counts(data_root: Path, encoder: str) -> str:
    """Write a row a count that the page speaks of.

    Args:
        data_root: of the run.
        encoder: that is merged.
    """
    intents, report = read_intents(data_root), read_report(data_root)
    overlap = pd.read_parquet(data_root / "07_model_output/text_overlap.parquet")
    reading = overlap[overlap["task"] == "belebele"].iloc[0]
    spelled = pd.read_parquet(data_root / f"07_model_output/{encoder}/locale_spelling.parquet")
    spelling = spelled[spelled["locale"] == ARABIC].iloc[0]
    seen = report[report["what"] == "test texts that stand in train"]
    other = report[report["what"] == "ids with another intent than elsewhere"].set_index("locale")
    arabic = intents[intents["locale"] == ARABIC]
    latin = arabic["text"].str.contains(LATIN)
    test = arabic["partition"] == "test"
    sentences = int(reading["sentences"])
    found = round(float(reading["text_overlap"]) * sentences)
    rows: list[tuple[str, int, int]] = [
        (
            "sentences of FLORES that lie in passages of Belebele, quotation marks aside",
            found,
            sentences,
        ),
        (f"utterances of {ARABIC} with Latin letters", latin.sum(), len(arabic)),
        (f"test utterances of {ARABIC} with Latin letters", latin[test].sum(), test.sum()),
        (
            f"utterances of {ARABIC} with another intent than elsewhere",
            *other.loc[ARABIC, ["n", "of"]],
        ),
        (f"unknown tokens of {ARABIC}", spelling["unknown_tokens"], spelling["tokens"]),
        (
            f"tokens of {ARABIC}, of as many characters without blanks",
            spelling["tokens"],
            arabic["text"].str.replace(r"\s", "", regex=True).str.len().sum(),
        ),
        ("test utterances in train too, fewest of a locale", seen["n"].min(), seen["of"].min()),
        ("test utterances in train too, most of a locale", seen["n"].max(), seen["of"].max()),
    ]
    return table(["what", "n", "of"], [[what, f"{n:,}", f"{of:,}"] for what, n, of in rows])


def read_intents(data_root: Path) -> pd.DataFrame:
    """Read the utterances of the run."""
    return pd.read_parquet(data_root / "03_primary/intents.parquet")


def read_report(data_root: Path) -> pd.DataFrame:
    """Read what was counted of the utterances."""
    return pd.read_parquet(data_root / "03_primary/intents_report.parquet")
