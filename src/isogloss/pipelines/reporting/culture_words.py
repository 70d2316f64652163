"""Which words may be said of a number: one rule for the page, its twin and the description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.figures.culture_bias import FARTHEST
from isogloss.figures.culture_study import LEVEL, excludes_zero, widest
from isogloss.figures.formats import format_chance, format_interval, format_score

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    Row = Mapping[Hashable, Any]

SHOWN, DIFFERS, NOT_SEPARABLE = "shown", "differs", "not separable"
NOT_TESTED, OF_SYNTHETIC = "not tested", "synthetic"
WORDS = {
    DIFFERS: f"the wider interval excludes 0 and p, adjusted for the tests of its table, is below "
    f"{format_chance(LEVEL)}",
    NOT_SEPARABLE: "it was tested, and that does not hold: neither a difference nor its absence is "
    "told, and a one-sided test looks for differences on one side alone",
    NOT_TESTED: "there was too little for a test",
    SHOWN: "a number with its interval, of which nothing is claimed",
    OF_SYNTHETIC: "the survey was made up, so that nothing can be claimed",
}
"""All words, and when they are said."""


def judge(rows: pd.DataFrame, p: str = "p_adjusted") -> pd.Series[str]:
    """Give the word for every row.

    Nothing differs unless it does by both intervals, over questions and over batteries, and by a p
    that is adjusted for all tests of its table; nothing at all is claimed of a made-up survey.

    Args:
        rows: value, ci_low, ci_high and, if known, battery_ci_low, battery_ci_high, synthetic and
            the p. Without a column of p nothing was meant to be tested.
        p: name of that column.
    """
    wide = widest(rows)
    synthetic = rows.get("synthetic", pd.Series(False, index=rows.index)).astype(bool)
    told = excludes_zero(wide) & (rows[p].astype(float) < LEVEL) if p in rows else None
    unknown = rows["value"].isna() | wide["low"].isna()
    if told is not None:
        unknown |= rows[p].isna()
    words = pd.Series(SHOWN if told is None else NOT_SEPARABLE, index=rows.index, dtype=object)
    if told is not None:
        words[told] = DIFFERS
        words[unknown] = NOT_TESTED
    words[synthetic] = OF_SYNTHETIC
    return words


def write_estimate(row: Row, *, signed: bool = False) -> str:
    """Write a value with the wider of its intervals: `.12 [-.05, .29]`, `+.12 [-.05, .29]`.

    Args:
        row: value, low, high; of `widest`.
        signed: whether it is a difference.
    """
    value, low, high = (float(row[name]) for name in ("value", "low", "high"))
    text = format_score(value)
    sign = "+" if signed and np.isfinite(value) and float(f"{value:.2f}") > 0 else ""
    return f"{sign}{text} {format_interval(low, high)}".rstrip()


def note_impossible(rows: pd.DataFrame) -> str:
    """Say what intervals tell that reach where no difference can lie; nothing where none does.

    Args:
        rows: low, high of differences of two correlations.
    """
    beyond = (rows[["low", "high"]].astype(float).abs() > FARTHEST).any(axis=1)
    if not beyond.any():
        return ""
    count = f"{int(beyond.sum())} of {len(rows)} intervals"
    return (
        f"{count} reach beyond {FARTHEST:g} or -{FARTHEST:g}, where no difference of two "
        "correlations can lie: so few questions leave it open."
    )


def write_span(values: pd.Series[float]) -> str:
    """Write from where to where values reach: `.12 to .55`; `–` if there are none."""
    known = values.dropna().astype(float)
    if known.empty:
        return "–"
    low, high = format_score(float(known.min())), format_score(float(known.max()))
    return low if low == high else f"{low} to {high}"


def write_value(row: Row | None, *, signed: bool = False) -> str:
    """Write a value with its interval, bold where its word is `differs`; `–` without one.

    Args:
        row: value, low, high, word.
        signed: whether values above 0 have a sign.
    """
    if row is None:
        return "–"
    text = write_estimate(row, signed=signed)
    return f"**{text}**" if row["word"] == DIFFERS else text
