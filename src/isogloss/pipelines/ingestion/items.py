"""Test items of several languages, joined so that every language answers the same questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from isogloss.pipelines.ingestion.codes import find_files
from isogloss.pipelines.ingestion.lines import CorpusError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from isogloss.corpora import RawItem, RawItems
    from isogloss.pipelines.ingestion.parameters import Languages

OPTIONS = ("option_1", "option_2", "option_3", "option_4")
ABSENT = "absent here, so dropped everywhere"
NOT_IN_PIVOT = "absent in the pivot, so dropped everywhere"
OTHER_ANSWER = "another answer than in the pivot, so dropped everywhere"
EQUAL_OPTIONS = "two equal options (kept)"
REPORT_COLUMNS = ("table", "language", "issue", "count", "item_ids")
IDS_SHOWN = 20


def read_items(
    raw: RawItems,
    languages: pd.DataFrame,
    wanted: Languages,
    pivot: str,
    parse: Callable[[Sequence[RawItem]], list[dict[str, Any]]],
) -> dict[str, pd.DataFrame]:
    """Read the items of all languages asked for that the source has.

    Args:
        raw: items by file code.
        languages: the table of known languages.
        wanted: languages of the study; those that the source lacks are left out.
        pivot: must be among them.
        parse: turns the items of a language into rows with `item_id`, `answer` and options.

    Returns:
        language -> its items, in the order of the source.

    Raises:
        CorpusError: if the pivot has no items, or an item_id occurs twice.
    """
    files = find_files(set(raw.read), None, languages, "items")
    chosen = [code for code in files if wanted.codes is None or code in wanted.codes]
    if pivot not in chosen:
        raise CorpusError(
            f"{raw.origin} has no items in the pivot language '{pivot}' (it has: "
            f"{' '.join(files)}). Choose another pivot, or another source of items."
        )
    tables = {}
    for language in chosen:
        items = raw.read[files[language]]()
        table = pd.DataFrame(parse(items))
        _refuse_repeated(table, items)
        tables[language] = table
    return tables


def _refuse_repeated(table: pd.DataFrame, items: Sequence[RawItem]) -> None:
    repeated = table["item_id"].duplicated(keep=False).to_numpy().nonzero()[0]
    if len(repeated):
        first, second = (table["place"].iloc[place] for place in repeated[:2])
        raise CorpusError(
            f"{first} and {second}: both hold the item '{table['item_id'].iloc[repeated[0]]}'. "
            "Every item needs an id of its own."
        )


def join_items(
    tables: dict[str, pd.DataFrame], pivot: str, name: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep the items that every language has, with one and the same answer.

    Args:
        tables: language -> items: item_id, answer, option_1..4 and others.
        pivot: whose order and answers hold.
        name: of the table, for the report.

    Returns:
        the items of all languages, with a column language; and the report: table, language, issue,
        count, item_ids (the first 20).

    Raises:
        CorpusError: if no item is left.
    """
    order = list(tables[pivot]["item_id"])
    answers = dict(zip(order, tables[pivot]["answer"], strict=True))
    found: list[tuple[str, str, list[str]]] = []
    for language, table in tables.items():
        own = dict(zip(table["item_id"], table["answer"], strict=True))
        found += [
            (language, ABSENT, [item for item in order if item not in own]),
            (language, NOT_IN_PIVOT, [item for item in own if item not in answers]),
            (
                language,
                OTHER_ANSWER,
                [item for item in own if item in answers and own[item] != answers[item]],
            ),
        ]
    dropped = {item for _, _, items in found for item in items}
    found += [(language, EQUAL_OPTIONS, _equal(table)) for language, table in tables.items()]
    report = [
        (name, language, issue, len(items), " ".join(items[:IDS_SHOWN]))
        for language, issue, items in found
        if items
    ]
    kept = [identifier for identifier in order if identifier not in dropped]
    if not kept:
        raise CorpusError(
            f"{name}: no item is there in all of {' '.join(tables)} with the same answer. Items "
            "are joined by their ids; leave out the languages that differ."
        )
    parts = [
        table.set_index("item_id").loc[kept].reset_index().assign(language=language)
        for language, table in tables.items()
    ]
    return (
        pd.concat(parts, ignore_index=True).drop(columns="place"),
        pd.DataFrame(report, columns=list(REPORT_COLUMNS)),
    )


def _equal(table: pd.DataFrame) -> list[str]:
    """List the items that offer the same option twice."""
    return list(table.loc[table[list(OPTIONS)].nunique(axis=1) < len(OPTIONS), "item_id"])


def text_of(item: RawItem, field: str) -> str:
    """Give a field as text without outer blanks.

    Raises:
        CorpusError: if it is absent or empty; names the place and the fields that are there.
    """
    value = item.fields.get(field)
    text = "" if value is None else str(value).strip()
    if not text:
        raise CorpusError(
            f"{item.place}: the field '{field}' is {'absent' if value is None else 'empty'} "
            f"(fields: {', '.join(map(str, item.fields))})."
        )
    return text


def choice_of(item: RawItem, value: object, known: Sequence[str]) -> int:
    """Give the number (1-4) of the right option.

    Args:
        item: for the message.
        value: as the source writes it.
        known: how the source writes the options, in order.

    Raises:
        CorpusError: if it is none of them.
    """
    text = str(value).strip()
    if text not in known:
        raise CorpusError(f"{item.place}: the answer '{text}' is none of {', '.join(known)}.")
    return known.index(text) + 1
