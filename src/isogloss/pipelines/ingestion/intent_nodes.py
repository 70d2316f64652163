"""The node of ingestion that reads utterances with intents."""

from __future__ import annotations

import logging

import pandas as pd

from isogloss.corpora import RawItems
from isogloss.pipelines.ingestion.intent_report import (
    ABSENT,
    ALL,
    CONFLICTS_OF,
    INTENTS_OF,
    SEEN,
    mark_seen,
    report_intents,
)
from isogloss.pipelines.ingestion.intents import choose_locales, read_locales
from isogloss.pipelines.ingestion.parallel_ids import compare_locales, require_parallel
from isogloss.pipelines.ingestion.parameters import IntentParameters

logger = logging.getLogger(__name__)

LOCALES_SHOWN = 5
# What is kept as it is, but worth knowing.
WORTH_A_WARNING = (*CONFLICTS_OF.values(), ABSENT, SEEN)


def read_intents(
    raw: RawItems, locales: pd.DataFrame, parameters: IntentParameters
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read and check utterances with intents, parallel across locales.

    Args:
        raw: utterances by locale, in the schema of MASSIVE.
        locales: the table of known locales.
        parameters: which locales, and how many conflicts between them are let pass.

    Returns:
        intents: locale, partition (train, dev, test), item_id, scenario, intent, text,
        seen_in_train (the text of dev or test stands in train of the locale), sorted by locale,
        partition and item_id as text.
        intents_report: locale, what, n, of, detail.

    Raises:
        CorpusError: names file, line and field; or the locales that do not fit the others.
    """
    chosen = choose_locales(raw, parameters, set(locales["locale"]))
    table = read_locales(raw, chosen)
    compared = compare_locales(table)
    require_parallel(table, compared, parameters, raw.origin)
    table["seen_in_train"] = mark_seen(table)
    table = table.sort_values(["locale", "partition", "item_id"])
    report = report_intents(table, compared)
    _log_report(table, report)
    return table.reset_index(drop=True), report


def _log_report(table: pd.DataFrame, report: pd.DataFrame) -> None:
    found = report[report["locale"] != ALL]
    logger.info(
        "%d utterances of %d intents in %d locales.",
        len(table),
        table["intent"].nunique(),
        table["locale"].nunique(),
    )
    for what in WORTH_A_WARNING:
        _warn(found[(found["what"] == what) & (found["n"] > 0)], what)
    for what in INTENTS_OF.values():
        _warn(found[(found["what"] == what) & (found["n"] < found["of"])], f"Not all {what}")


def _warn(rows: pd.DataFrame, what: str) -> None:
    """Name the locales of some rows of the report, with their counts."""
    if rows.empty:
        return
    named = [f"{row.locale} {row.n} of {row.of}" for row in rows.itertuples()]
    more = len(named) - LOCALES_SHOWN
    rest = f" and {more} more locales" if more > 0 else ""
    logger.warning(
        "%s: %s%s (see intents_report).",
        what[0].upper() + what[1:],
        ", ".join(named[:LOCALES_SHOWN]),
        rest,
    )
