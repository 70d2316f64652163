"""Test items of several languages, joined so that every language answers the same questions."""

from __future__ import annotations

import logging
import re
import reprlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from isogloss.pipelines.ingestion.codes import find_files
from isogloss.pipelines.ingestion.lines import CorpusError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from isogloss.corpora import RawItem, RawItems
    from isogloss.pipelines.ingestion.parameters import Languages

logger = logging.getLogger(__name__)

OPTIONS = ("option_1", "option_2", "option_3", "option_4")
ABSENT = "absent here, so dropped everywhere"
NOT_IN_PIVOT = "absent in the pivot, so dropped everywhere"
OTHER_ANSWER = "another answer than in the pivot, so dropped everywhere"
EQUAL_OPTIONS = "two equal options (kept)"
SAME_ROW = "the same row again, so dropped"
SAME_QUESTION = "the same question and options under another id (kept)"
REPORT_COLUMNS = ("table", "language", "issue", "count", "item_ids")
IDS_SHOWN = 20
# JSON can write one half of a pair of surrogates, which no encoding can store.
SURROGATE = re.compile("[\ud800-\udfff]")


class Finding(NamedTuple):
    """Items of a language in which something was found."""

    language: str
    issue: str
    item_ids: list[str]


def read_items(
    raw: RawItems,
    languages: pd.DataFrame,
    wanted: Languages,
    pivot: str,
    parse: Callable[[Sequence[RawItem]], list[dict[str, Any]]],
) -> tuple[dict[str, pd.DataFrame], list[Finding]]:
    """Read the items of all languages asked for that the source has.

    Args:
        raw: items by file code.
        languages: the table of known languages.
        wanted: languages of the study; those that the source lacks are left out.
        pivot: must be among them.
        parse: turns the items of a language into rows with `item_id`, `answer` and options.

    Returns:
        language -> its items, in the order of the source; and what was found in them.

    Raises:
        CorpusError: if the pivot or a language has no items, or two rows differ under one item_id.
    """
    files = find_files(set(raw.read), None, languages, "items")
    chosen = [code for code in files if wanted.codes is None or code in wanted.codes]
    if pivot not in chosen:
        raise CorpusError(
            f"{raw.origin} has no items in the pivot language '{pivot}' (it has: "
            f"{' '.join(files)}). Choose another with --params pivot=CODE, or another source of "
            "items with reading.corpus or knowledge.corpus."
        )
    if absent := sorted(set(wanted.codes or ()) - set(chosen)):
        logger.warning("%s has no items in %s: left out.", raw.origin, " ".join(absent))
    tables, found = {}, []
    for language in chosen:
        table = pd.DataFrame(parse(raw.read[files[language]]()))
        if table.empty:
            raise CorpusError(
                f"{raw.origin}: there are no items of '{files[language]}'. Add some, or leave "
                f"'{language}' out of `languages`."
            )
        tables[language], repeated = _without_copies(table)
        found += [
            Finding(language, SAME_ROW, repeated),
            Finding(language, SAME_QUESTION, _asked_again(tables[language])),
        ]
    return tables, found


def _without_copies(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Drop rows that repeat an earlier one; refuse those that differ under the same id."""
    copies = table.drop(columns="place").duplicated()
    kept = table[~copies].reset_index(drop=True)
    repeated = kept["item_id"].duplicated(keep=False)
    if repeated.any():
        clash = kept[kept["item_id"] == kept.loc[repeated, "item_id"].iloc[0]]
        first, second = clash["place"].iloc[:2]
        raise CorpusError(
            f"{first} and {second}: both hold the item '{clash['item_id'].iloc[0]}', with other "
            "text or another answer. Every item needs an id of its own: correct or remove one."
        )
    return kept, list(table.loc[copies, "item_id"])


def _asked_again(table: pd.DataFrame) -> list[str]:
    texts = [name for name in ("passage", "question", *OPTIONS) if name in table]
    return list(table.loc[table.duplicated(texts), "item_id"])


def join_items(
    tables: dict[str, pd.DataFrame], pivot: str, name: str, found: Sequence[Finding] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep the items that every language has, with one and the same answer.

    Args:
        tables: language -> items: item_id, answer, option_1..4 and others.
        pivot: whose order and answers hold.
        name: of the table, for the report.
        found: what is known already, for the report.

    Returns:
        the items of all languages, with a column language; and the report: table, language, issue,
        count, item_ids (the first 20).

    Raises:
        CorpusError: if no item is left.
    """
    order = list(tables[pivot]["item_id"])
    answers = dict(zip(order, tables[pivot]["answer"], strict=True))
    differing: list[Finding] = []
    for language, table in tables.items():
        own = dict(zip(table["item_id"], table["answer"], strict=True))
        differing += [
            Finding(language, ABSENT, [item for item in order if item not in own]),
            Finding(language, NOT_IN_PIVOT, [item for item in own if item not in answers]),
            Finding(
                language,
                OTHER_ANSWER,
                [item for item in own if item in answers and own[item] != answers[item]],
            ),
        ]
    dropped = {item for finding in differing for item in finding.item_ids}
    equal = [Finding(language, EQUAL_OPTIONS, _equal(table)) for language, table in tables.items()]
    report = [
        (name, language, issue, len(items), " ".join(items[:IDS_SHOWN]))
        for language, issue, items in (*found, *differing, *equal)
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
        CorpusError: if it is absent, empty or no text; names the place and the fields that are
            there.
    """
    value = item.fields.get(field)
    if isinstance(value, bool | list | Mapping):
        raise CorpusError(
            f"{item.place}: the field '{field}' is {reprlib.repr(value)}. Write it as a text or a "
            "whole number."
        )
    text = "" if value is None else str(value).strip()
    if not text:
        raise CorpusError(
            f"{item.place}: the field '{field}' is {'absent' if value is None else 'empty'} "
            f"(fields: {', '.join(map(str, item.fields))}). Add it, or remove the item in every "
            "language."
        )
    if halves := SURROGATE.findall(text):
        raise CorpusError(
            f"{item.place}: the field '{field}' holds half a character (\\u{ord(halves[0]):x} "
            "without its partner). Write the character whole."
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
        raise CorpusError(
            f"{item.place}: the answer '{text}' is none of {', '.join(known)}. Correct it."
        )
    return known.index(text) + 1
