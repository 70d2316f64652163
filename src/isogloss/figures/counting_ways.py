"""Ways of asking a model to count: which one a figure shows, and what they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from isogloss.figures.families import LanguageGuide, guide_languages
from isogloss.figures.formats import count_things, format_range
from isogloss.figures.metrics import Metric
from isogloss.figures.tables import sentence_counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

ALL = "all"
WAY = ("position", "framing", "shots", "scoring")
"""Columns that tell ways of asking apart."""
_SCORINGS = {"candidates": "likeliest number", "generated": "number that was written"}
_FRAMINGS = {"few_shot": "", "chat": ", as a conversation"}
MEASURES = {
    "accuracy": Metric("accuracy", (), "share of lists whose count is right", (0, 1)),
    "within_1": Metric("within 1", (), "share of lists off by one at most", (0, 1)),
    "mae": Metric("mean absolute error", (), "how far off, on average", (0, 1), np.inf),
    "r": Metric("r with the truth", (), "correlation of expected and true count", (0, 1)),
}


class Way(NamedTuple):
    """How was asked, in the order of `WAY`."""

    position: str
    framing: str
    shots: int
    scoring: str

    def label(self) -> str:
        """Say it in words, for a caption or a heading."""
        named = "before" if self.position == "first" else "after"
        shown = count_things(self.shots, "example") if self.shots else "no example"
        return (
            f"category named {named} the list, {shown}{_FRAMINGS.get(self.framing, '')}; "
            f"{_SCORINGS.get(self.scoring, self.scoring)}"
        )

    def rows(self, table: pd.DataFrame) -> pd.DataFrame:
        """Keep the rows that were asked for in this way."""
        kept = np.ones(len(table), np.bool_)
        for name, value in zip(WAY, self, strict=True):
            kept &= (table[name] == value).to_numpy()
        return table[kept]


def list_ways(table: pd.DataFrame) -> list[Way]:
    """List the ways of asking in a table: likelihoods and categories named first come first.

    Args:
        table: with the columns of `WAY`.
    """
    found = table[list(WAY)].drop_duplicates()
    ways = [
        Way(str(position), str(framing), int(str(shots)), str(scoring))
        for position, framing, shots, scoring in found.itertuples(index=False, name=None)
    ]
    return sorted(ways, key=lambda way: (way.scoring, way.position, way.framing, way.shots))


def order_languages(
    present: Iterable[str], languages: pd.DataFrame, pivot: str
) -> tuple[list[str], LanguageGuide]:
    """Put the pivot first, then the other languages by family; all together are no language.

    Args:
        present: codes, and `all`.
        languages: the table of languages.
        pivot: the language that others are compared with.
    """
    codes = [code for code in dict.fromkeys(present) if code != ALL]
    guide = guide_languages(languages, codes)
    return sorted(guide.order(codes), key=lambda code: code != pivot), guide


def say_other_ways(ways: Sequence[Way]) -> str:
    """Say how was asked, and how many other ways are not shown."""
    more = len(ways) - 1
    others = f"; {count_things(more, 'other way')} of asking not shown" if more else ""
    return f"Asked: {ways[0].label()}{others}"


def count_lists(rows: pd.DataFrame) -> str:
    """Write how many lists there are a language: `n = 52 lists a language`."""
    each = rows[rows["language"] != ALL]
    return f"n = {format_range(sentence_counts(each if len(each) else rows))} lists a language"
