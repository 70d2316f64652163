"""What a reader gets right who understands nothing: the option that looks most like the passage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.pipelines.tasks.questions import OPTION_COLUMNS, TEST
from isogloss.pipelines.tasks.task_scores import HELD_OUT

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZE = 3


def match_words(items: pd.DataFrame) -> pd.DataFrame:
    """Find which reading items the option has right that shares most with its passage.

    Each option is scored by the share of its character trigrams (case-folded, in any script) that
    occur in the passage; the best one is chosen, and of k equal ones each counts 1/k.

    Args:
        items: `reading_items`.

    Returns:
        language, item_id, word_match (0..1, what the item counts), sorted by language.
    """
    ordered = items.sort_values("language", kind="stable")
    columns = ordered[["passage", "answer", *OPTION_COLUMNS]].itertuples(index=False, name=None)
    outcomes = [_match(passage, answer, options) for passage, answer, *options in columns]
    keys = ordered[["language", "item_id"]].reset_index(drop=True)
    return keys.assign(word_match=np.array(outcomes, dtype=np.float64))


def match_beside(
    rows: pd.DataFrame, item_scores: pd.DataFrame, word_matching: pd.DataFrame
) -> pd.Series[float]:
    """Give for every score what matching words gets right on the very items of its row.

    Args:
        rows: scores in the reading task, with language and subset.
        item_scores: of these scores; says which items were asked, and which are held out.
        word_matching: of `match_words`.
    """
    items = item_scores.drop_duplicates(["language", "item_id"])[["language", "item_id", "split"]]
    matched = items.merge(word_matching, on=["language", "item_id"])
    held_out = matched[matched["split"] == TEST]
    known = {
        (language, subset): float(own["word_match"].mean())
        for subset, part in (("", matched), (HELD_OUT, held_out))
        for language, own in part.groupby("language")
    }
    found = [known.get(key, np.nan) for key in zip(rows["language"], rows["subset"], strict=True)]
    return pd.Series(found, index=rows.index, dtype=float)


def _match(passage: str, answer: int, options: Sequence[str]) -> float:
    known = _trigrams(passage)
    found = [_trigrams(option) for option in options]
    scores = [len(option & known) / len(option) for option in found]
    best = [place for place, score in enumerate(scores, start=1) if score == max(scores)]
    return (answer in best) / len(best)


def _trigrams(text: str) -> set[str]:
    folded = f" {' '.join(text.casefold().split())} "
    return {folded[start : start + SIZE] for start in range(len(folded) - SIZE + 1)}
