"""Sentences outside the passages of reading items, so that two measures share no text."""

from __future__ import annotations

import pandas as pd

from isogloss.pipelines.ingestion.lines import CorpusError
from isogloss.text_overlap import overlapping_ids

WITHIN = "lies in a passage of reading_items, so not drawn"
REPORT_COLUMNS = ("language", "issue", "count", "sentence_ids")
FEWEST = 2


def report_overlap(sentences: pd.DataFrame, reading_items: pd.DataFrame | None) -> pd.DataFrame:
    """List the sentences that lie verbatim in a passage in their language.

    Args:
        sentences: parallel_sentences.
        reading_items: language, passage and others; None if sentences are drawn from all.

    Returns:
        language, issue, count, sentence_ids (blank-separated), a row a language that has any; and,
        last, a row `all` with the ids that any language has, in corpus order.
    """
    if reading_items is None:
        return pd.DataFrame(columns=list(REPORT_COLUMNS))
    passages = {
        str(language): group.unique()
        for language, group in reading_items.groupby("language")["passage"]
    }
    found = overlapping_ids(sentences, passages)
    anywhere = {identifier for ids in found.values() for identifier in ids}
    ids = dict.fromkeys(sentences["sentence_id"])
    if anywhere:
        found["all"] = [identifier for identifier in ids if identifier in anywhere]
    rows = [(language, WITHIN, len(ids), " ".join(ids)) for language, ids in found.items()]
    return pd.DataFrame(rows, columns=list(REPORT_COLUMNS))


def left_out_ids(report: pd.DataFrame) -> set[str]:
    """Give the ids that a report of `report_overlap` leaves out."""
    return set(" ".join(report.loc[report["language"] == "all", "sentence_ids"]).split())


def require_enough(left: int, size: int | None, left_out: int) -> None:
    """Refuse a sample that the sentences left are too few for.

    Args:
        left: sentences that can be drawn.
        size: of a sample; None for all.
        left_out: sentences that lie in passages.

    Raises:
        CorpusError: gives both numbers and the settings that help.
    """
    needed = size or (FEWEST if left_out else 1)
    if left >= needed:
        return
    if not left_out:
        raise CorpusError(
            f"A sample of {needed} sentences was asked for, but the corpus has {left}. "
            "Lower sentence_sample.size."
        )
    raise CorpusError(
        f"A sample of {needed} sentences was asked for, but {left} are left: of the corpus's "
        f"{left + left_out}, {left_out} lie in passages of reading_items, and alignment is to be "
        "measured on other text than reading (see sentence_sample_report). Lower "
        "sentence_sample.size, take another `corpus` or reading.corpus, or, for figures that rest "
        "on the same text, set sentence_sample.outside_reading=false."
    )
