"""The tables on reading of the page on public data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from documentation.markdown import cell, table
from isogloss.figures.formats import format_chance, format_interval, format_score
from isogloss.pipelines.tasks.word_matching import match_words
from isogloss.statistics.clustered import compare_items, resample_items, score_items

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping
    from pathlib import Path
    from typing import Any

    from isogloss.statistics.clustered import Estimates

    Row = Mapping[Hashable, Any]

PRIOR, PLAIN, TRIGRAMS = "pmi", "none", "trigrams"
NAMES = {
    PRIOR: "texts less their prior",
    PLAIN: "texts",
    TRIGRAMS: "character trigrams, no model",
}
"""Way -> what its row is called."""
SUBSETS = {"all": "", "development": "dev", "held out": "test"}
"""What a part of the items is called -> its split; empty: every item."""
SEED = 0


def write_reading(scores: pd.DataFrame) -> str:
    """Write a row a way of asking: accuracy over all items, with n, interval and test.

    Args:
        scores: `task_scores` of one model and task.
    """
    every = scores["metric"].str.startswith("accuracy") & (scores["subset"] == "")
    held = scores["metric"].str.startswith("accuracy") & scores["selected"].astype(bool)
    found = pd.concat([scores[every], scores[held]])
    letters = scores[scores["formulation"] == "label"].iloc[0]
    constant = format_score(float(letters["best_constant"]), 3)
    return table(
        ["asked by", "items", "passages", "accuracy", "p, above guessing"],
        [
            [
                cell(_way(row.to_dict())),
                f"{float(row['n']):.0f}",
                f"{float(row['clusters']):.0f}",
                write_score(row.to_dict(), known=row["above_chance"]),
                _p(float(row["p_above_chance"])),
            ]
            for _, row in found.iterrows()
        ]
        + [["always the same letter, no model", f"{float(letters['n']):.0f}", "", constant, ""]],
    )


def write_paired(data_root: Path, model: str) -> str:
    """Write a column a part of the items: ways of asking, character trigrams, and differences.

    Args:
        data_root: of the run.
        model: that was asked.
    """
    scores = pd.read_parquet(data_root / f"07_model_output/{model}/item_scores.parquet")
    items = pd.read_parquet(data_root / "03_primary/reading_items.parquet")
    outcomes = compare_outcomes(scores, items)
    parts = {
        name: outcomes[outcomes["split"] == split] if split else outcomes
        for name, split in SUBSETS.items()
    }
    columns = [_compare(part) for part in parts.values()]
    heads = [
        f"{name}: {len(part)} items, {part['cluster'].nunique()} passages"
        for name, part in parts.items()
    ]
    rows = [[name, *(column[name] for column in columns)] for name in columns[0]]
    return table(["", *heads], rows)


def compare_outcomes(scores: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Put side by side what was right of each item, by two ways of asking and by trigrams.

    Args:
        scores: `item_scores` of one model and one task in one language.
        items: `reading_items` of the language.

    Returns:
        item_id, split, cluster, and for each way the share of the item that is right, 0..1.
    """
    chosen = scores[scores["chosen"] & (scores["formulation"] == "cloze")]
    right = chosen.pivot_table("gold", "item_id", "normalisation", aggfunc="first")
    about = chosen.groupby("item_id")[["split", "cluster"]].first()
    return about.assign(
        **{
            PRIOR: right[PRIOR].astype(float),
            PLAIN: right[PLAIN].astype(float),
            TRIGRAMS: match_words(items).set_index("item_id")["word_match"],
        }
    ).reset_index()


def write_difference(found: Estimates) -> str:
    """Write the first difference with its interval, bold where that excludes 0."""
    low, high = float(found.low[0]), float(found.high[0])
    sign = "+" if float(f"{found.score[0]:.3f}") > 0 else ""
    text = f"{sign}{_estimate(found)}"
    return f"**{text}**" if low > 0 or high < 0 else text


def write_score(row: Row, *, known: object = True, decimals: int = 2) -> str:
    """Write a score with its interval, with `°` where it is not known to be above chance.

    Args:
        row: score, ci_low, ci_high.
        known: whether it is, `True` in any spelling of a table.
        decimals: of all three.
    """
    value, low, high = (float(str(row[name])) for name in ("score", "ci_low", "ci_high"))
    mark = "" if str(known) == "True" else "°"
    return f"{format_score(value, decimals)}{mark} {format_interval(low, high, decimals)}"


def _compare(outcomes: pd.DataFrame) -> dict[str, str]:
    """Write scores and differences of one part of the items, by name."""
    drawn = resample_items(outcomes["cluster"], generator=np.random.default_rng(SEED))
    values = {way: outcomes[[way]].to_numpy(float).T for way in NAMES}
    scores = {name: _estimate(score_items(values[way], drawn)) for way, name in NAMES.items()}
    gaps = {
        f"{NAMES[one]} − {NAMES[two]}": compare_items(values[one], values[two], drawn)
        for one, two in ((PRIOR, PLAIN), (PRIOR, TRIGRAMS), (PLAIN, TRIGRAMS))
    }
    return scores | {name: write_difference(gap) for name, gap in gaps.items()}


def _estimate(found: Estimates) -> str:
    value, low, high = (float(part[0]) for part in (found.score, found.low, found.high))
    return f"{format_score(value, 3)} {format_interval(low, high, 3)}"


def _way(row: Row) -> str:
    words = {"label": "letters", "cloze": "texts of the options"}[str(row["formulation"])]
    norms = {"none": "", "orders": ", mean of four orders", "pmi": ", less their prior"}
    norm = norms.get(str(row["normalisation"]), f", per {row['normalisation']}")
    return f"{words}{norm}{', **held out**' if row['subset'] else ''}"


def _p(value: float) -> str:
    return f"< {format_chance(0.001)}" if value < 0.001 else format_score(value, 3)
