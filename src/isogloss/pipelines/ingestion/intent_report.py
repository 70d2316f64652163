"""What the utterances of each locale hold and lack, counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from isogloss.pipelines.ingestion.intents import PARTITIONS
from isogloss.pipelines.ingestion.items import IDS_SHOWN
from isogloss.pipelines.ingestion.parallel_ids import COMPARED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

ALL = "all"
INTENTS = "intents"
INTENTS_OF = {partition: f"intents in {partition}" for partition in PARTITIONS}
ROWS_OF = {partition: f"rows of {partition}" for partition in PARTITIONS}
NOT_EVERYWHERE = "ids that not every locale has"
ABSENT = "ids of other locales that are absent"
CONFLICTS_OF = {field: f"ids with another {field} than elsewhere" for field in COMPARED}
SEEN = "test texts that stand in train"


class Count(NamedTuple):
    """A number of something in a locale.

    Attributes:
        locale: where; `all` for them together.
        what: is counted.
        n: how many.
        of: among how many.
        detail: the intents that are lacking, or the first of the ids, blank-separated.
    """

    locale: str
    what: str
    n: int
    of: int
    detail: str


def mark_seen(table: pd.DataFrame) -> pd.Series[bool]:
    """Mark the utterances of dev and test whose text stands word for word in train.

    Args:
        table: locale, partition, text.

    Returns:
        True where it stands in train of the same locale; False in train itself.
    """
    in_train = table["partition"] == "train"
    trained = pd.MultiIndex.from_frame(table.loc[in_train, ["locale", "text"]])
    return ~in_train & pd.MultiIndex.from_frame(table[["locale", "text"]]).isin(trained)


def report_intents(table: pd.DataFrame, compared: pd.DataFrame) -> pd.DataFrame:
    """Count what each locale holds and lacks.

    Args:
        table: locale, partition, item_id, intent, seen_in_train.
        compared: what `compare_locales` made of it.

    Returns:
        locale, what, n, of, detail: see `Count`; the same counts for every locale, zeros too, after
        those of `all`.
    """
    union = sorted(set(table["intent"]))
    locales = table.groupby("item_id")["locale"].size()
    partial = locales.index[locales < table["locale"].nunique()]
    ids = locales.index
    counts = [
        Count(ALL, INTENTS, len(union), len(union), ""),
        Count(ALL, NOT_EVERYWHERE, len(partial), len(ids), _some(partial)),
    ]
    for locale, rows in table.groupby("locale"):
        counts += _count_rows(str(locale), rows)
        counts += _count_intents(str(locale), rows, union)
        counts += _count_ids(str(locale), rows, compared.loc[rows.index], ids)
    return pd.DataFrame(counts, columns=Count._fields)


def _count_rows(locale: str, rows: pd.DataFrame) -> Iterator[Count]:
    for partition, what in ROWS_OF.items():
        yield Count(locale, what, int((rows["partition"] == partition).sum()), len(rows), "")
    test = rows[rows["partition"] == "test"]
    seen = test.loc[test["seen_in_train"], "item_id"]
    yield Count(locale, SEEN, len(seen), len(test), _some(seen))


def _count_intents(locale: str, rows: pd.DataFrame, union: Collection[str]) -> Iterator[Count]:
    kinds = {INTENTS: rows["intent"]}
    for partition, what in INTENTS_OF.items():
        kinds[what] = rows.loc[rows["partition"] == partition, "intent"]
    for what, intents in kinds.items():
        present = set(intents)
        lacking = [intent for intent in union if intent not in present]
        yield Count(locale, what, len(present), len(union), " ".join(lacking))


def _count_ids(
    locale: str, rows: pd.DataFrame, compared: pd.DataFrame, ids: pd.Index[str]
) -> Iterator[Count]:
    absent = ids.difference(pd.Index(rows["item_id"]))
    yield Count(locale, ABSENT, len(absent), len(ids), _some(absent))
    shared = int(compared["shared"].sum())
    for field, what in CONFLICTS_OF.items():
        odd = rows.loc[compared[field], "item_id"]
        yield Count(locale, what, len(odd), shared, _some(odd))


def _some(ids: Collection[str]) -> str:
    return " ".join(list(ids)[:IDS_SHOWN])
