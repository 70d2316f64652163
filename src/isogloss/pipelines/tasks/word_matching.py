"""What a reader gets right who understands nothing: the option that looks most like the passage."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.pipelines.tasks.questions import OPTION_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

SIZE = 3


def match_words(items: pd.DataFrame) -> pd.DataFrame:
    """Measure how many reading items the option right that shares most with its passage.

    Each option is scored by the share of its character trigrams (case-folded, in any script) that
    occur in the passage; the best one is chosen, and of k equal ones each counts 1/k.

    Args:
        items: `reading_items`.

    Returns:
        language, word_match (accuracy, 0..1), n.
    """
    rows = []
    for language, own in items.groupby("language", sort=True):
        columns = own[["passage", "answer", *OPTION_COLUMNS]].itertuples(index=False, name=None)
        outcomes = [_match(passage, answer, options) for passage, answer, *options in columns]
        rows.append(
            {"language": language, "word_match": float(np.mean(outcomes)), "n": len(outcomes)}
        )
    return pd.DataFrame(rows, columns=["language", "word_match", "n"])


def _match(passage: str, answer: int, options: Sequence[str]) -> float:
    known = _trigrams(passage)
    found = [_trigrams(option) for option in options]
    scores = [len(option & known) / len(option) for option in found]
    best = [place for place, score in enumerate(scores, start=1) if score == max(scores)]
    return (answer in best) / len(best)


def _trigrams(text: str) -> set[str]:
    folded = f" {' '.join(text.casefold().split())} "
    return {folded[start : start + SIZE] for start in range(len(folded) - SIZE + 1)}
