"""What is said below the figures of tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from isogloss.figures.formats import format_chance, format_level
from isogloss.figures.levels import interval_name
from isogloss.figures.task_names import (
    HELD_OUT,
    READING,
    TRANSLATION,
    data_label,
    measure_of,
    order_tasks,
    task_label,
)
from isogloss.figures.task_panels import highest_rate
from isogloss.figures.task_tables import named_rows

if TYPE_CHECKING:
    import pandas as pd

    from isogloss.figures.families import LanguageGuide

HOLLOW = "Hollow and pale: not told from chance (one-sided exact test, adjusted over the languages)"
MATCHED = (
    "Crosses in Reading: what choosing the option that looks most like the passage gets right, "
    "which takes no understanding"
)
UNRELATED = "Crosses in Translation: the same output scored with references of other sentences"
CONSERVATIVE = ", of means those of the languages averaged (conservative)"
_RATES = (
    ("invalid_rate", "Answers that are none of the options"),
    ("wrong_language_rate", "Output in another language than asked for"),
    ("empty_rate", "Empty output"),
    ("truncated_rate", "Output cut at its budget of tokens"),
)


def describe_scores(rows: pd.DataFrame, guide: LanguageGuide, pivot: str) -> list[str]:
    """Say what points, bars and lines are, and what went wrong how often.

    Args:
        rows: of `task_tables.select_scores`.
        guide: names of the languages.
        pivot: the language that the others are compared with.
    """
    name = guide.name(pivot)
    return [
        explain_data(rows),
        explain_bars(rows),
        explain_chance(rows),
        MATCHED if rows["word_match"].notna().any() else "",
        UNRELATED if rows["floor"].notna().any() else "",
        HOLLOW if not rows["told"].all() else "",
        f"Rows: {name} first, then by score; colours and markers are families",
        explain_selection(rows, name),
        explain_held_out(rows),
        explain_measures(rows),
        _warn_of_scales(rows, name),
        *[
            f"{sentence}: {found}"
            for rate, sentence in _RATES
            if (found := _rates_by_task(rows, rate, guide))
        ],
    ]


def explain_data(rows: pd.DataFrame) -> str:
    """Say what the items and sentences of each task are; empty if the table does not."""
    known = rows[rows["data"].astype(str) != ""].drop_duplicates(["task", "data"])
    sources: dict[str, list[str]] = {}
    for task, data in named_rows(known[["task", "data"]]):
        sources.setdefault(data_label(str(data)), []).append(task_label(str(task)))
    return "; ".join(f"{', '.join(tasks)}: {source}" for source, tasks in sources.items())


def explain_bars(rows: pd.DataFrame) -> str:
    """Say what intervals are over; empty where there are none."""
    known = rows[rows["ci_low"].notna()]
    units = interval_units(rows)
    return f"Bars: {interval_name(known)} over {units}" if units else ""


def interval_units(rows: pd.DataFrame, *others: str) -> str:
    """Name what is drawn again for intervals: `passages, items or sentences`.

    Args:
        rows: of `task_tables.complete`.
        others: what is drawn again for intervals beside these.
    """
    known = rows[rows["ci_low"].notna()]
    translated = known["task"] == TRANSLATION
    passages = (known["task"] == READING) & (known["clusters"] < known["n"])
    found = {
        "passages": passages,
        "items": ~translated & ~passages,
        "sentences": translated,
    }
    present = [unit for unit, own in found.items() if own.any()]
    units = list(dict.fromkeys([*others, *present]))
    return " or ".join(part for part in (", ".join(units[:-1]), *units[-1:]) if part)


def explain_held_out(rows: pd.DataFrame) -> str:
    """Say which tasks leave out the items that served to choose the way of asking."""
    held_out = rows[rows["subset"] == HELD_OUT]
    tasks = ", ".join(task_label(task) for task in order_tasks(held_out["task"]))
    return f"{tasks}: only items that did not serve to choose the way of asking" if tasks else ""


def explain_chance(rows: pd.DataFrame) -> str:
    """Say where the dotted lines are; empty if there are none."""
    levels = sorted({format_chance(float(level)) for level in rows["chance"].dropna()})
    if not levels:
        return ""
    constant = rows.get("best_constant", rows["chance"])
    more = sorted({format_level(float(best)) for best in constant[constant > rows["chance"]]})
    tested = f"; tested by letters against always the same, {' or '.join(more)}" if more else ""
    return f"Dotted: guessing {' or '.join(levels)}{tested}"


def explain_measures(rows: pd.DataFrame) -> str:
    """Say what the measures of translation are."""
    own = rows[rows["task"] == TRANSLATION]
    pairs = named_rows(own[["metric", "signature"]].drop_duplicates("metric"))
    measures = [measure_of(str(metric), str(signature)) for metric, signature in pairs]
    return "; ".join(f"{one.label}: {one.meaning}" for one in measures if one.meaning)


def explain_selection(rows: pd.DataFrame, pivot: str) -> str:
    """Say how the way of asking was chosen; empty if the table does not mark it."""
    if not (rows["selected"] & (rows["task"] != TRANSLATION)).any():
        return ""
    return (
        "Way of asking: unless it is set, the best on development items in "
        f"{pivot}, one for a model"
    )


def _warn_of_scales(rows: pd.DataFrame, pivot: str) -> str:
    if not rows["direction"].isin(("from_pivot", "both")).any():
        return ""
    return (
        f"Scores of translations from {pivot} are on another scale in every language: compare "
        "models, not languages"
    )


def _rates_by_task(rows: pd.DataFrame, rate: str, guide: LanguageGuide) -> str:
    found = [
        (task_label(task), highest_rate(rows[rows["task"] == task], rate, guide.names))
        for task in order_tasks(rows["task"])
    ]
    return "; ".join(f"{task} {text}" for task, text in found if text)
