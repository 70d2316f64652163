"""Two scoreboards cell by cell: two runs, or two checkpoints of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.figures.task_names import HELD_OUT, READING
from isogloss.pipelines.reporting.score_cells import select_scores
from isogloss.scoreboard_columns import CELL
from isogloss.statistics.clustered import compare_items, resample_items

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    Row = Mapping[Hashable, Any]

COLUMNS = (
    *CELL,
    *("first", "second", "difference", "ci_low", "ci_high", "confidence", "n_first", "n_second"),
    *("unit", "paired", "how"),
)
_TASKS = {"reading": READING, "knowledge": "mmlu"}
_SHARED = ["model", "language", "study", "role", "metric"]
_ITEM = ["item_id", "cluster", "stratum"]


def compare_scoreboards(
    first: pd.DataFrame,
    second: pd.DataFrame,
    answers: tuple[pd.DataFrame, pd.DataFrame] | None = None,
    *,
    rounds: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Subtract every cell of one scoreboard from the same cell of another.

    Where the answers to single items are known on both sides (reading, knowledge), differences are
    paired on the items that both have, with passages drawn again (`compare_items`). Elsewhere the
    two are taken as independent: low = d - sqrt((v2 - low2)^2 + (high1 - v1)^2), high likewise
    (Newcombe 1998, Statistics in Medicine 17, p. 873, method 10). Where both rest on the same
    sentences or lists, and so rise and fall together, that is wider than it need be. Every interval
    is by itself: of many cells without any difference one in twenty excludes 0 at 95%.

    To compare two checkpoints of one table, give their rows one name:
    `compare_scoreboards(board[board.model == "a"].assign(model="b"), board[board.model == "b"])`.

    Args:
        first: scoreboard that is subtracted.
        second: scoreboard that it is subtracted from.
        answers: of both, by `tabulate_answers`; None for independent differences alone.
        rounds: of the bootstrap of items.
        seed: of it.

    Returns:
        A row for each cell that both have: the cell, first, second, difference (of the items that
        both have, where paired), ci_low, ci_high, confidence, n_first, n_second, unit, paired, how.
    """
    both = first.merge(second, on=_SHARED, suffixes=("_1", "_2"), sort=False)
    rows = []
    for cell in both.to_dict("records"):
        paired = None if answers is None else _compare_answers(cell, answers, rounds, seed)
        rows.append(
            {
                **{name: cell[name] for name in _SHARED},
                "first": cell["value_1"],
                "second": cell["value_2"],
                **(_take_as_independent(cell) if paired is None else paired),
                "confidence": cell["confidence_2"],
                "n_first": cell["n_1"],
                "n_second": cell["n_2"],
                "unit": cell["unit_2"],
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def tabulate_answers(task_scores: pd.DataFrame, item_scores: pd.DataFrame) -> pd.DataFrame:
    """Say which items were answered right in the way of asking that stands for the model.

    Args:
        task_scores: of all models.
        item_scores: of all models.

    Returns:
        One row a model, study, language and item: model, study, language, item_id, cluster,
        stratum, right.
    """
    chosen = select_scores(task_scores)
    chosen = chosen[chosen["task"].isin(list(_TASKS.values()))]
    keys = ["model", "task", "language", "formulation", "normalisation"]
    if item_scores.empty or chosen.empty:
        return pd.DataFrame(columns=["model", "study", "language", *_ITEM, "right"])
    held_out = chosen.reindex(columns=["subset"])["subset"] == HELD_OUT
    answered = item_scores[item_scores["gold"].astype(bool)].merge(
        chosen[keys].assign(held_out=held_out), on=keys
    )
    # Development items are examples in the prompts of knowledge, or chose the way of asking.
    reported = (answered["task"] == READING) & ~answered["held_out"]
    kept = answered[reported | (answered["split"] == "test")]
    studies = {task: study for study, task in _TASKS.items()}
    return kept.assign(
        study=kept["task"].map(studies), right=kept["chosen"].astype(float)
    )[["model", "study", "language", *_ITEM, "right"]]  # fmt: skip


def _take_as_independent(cell: Row) -> dict[str, Any]:
    difference = cell["value_2"] - cell["value_1"]
    below = np.hypot(cell["value_2"] - cell["ci_low_2"], cell["ci_high_1"] - cell["value_1"])
    above = np.hypot(cell["ci_high_2"] - cell["value_2"], cell["value_1"] - cell["ci_low_1"])
    other = "" if cell["data_1"] == cell["data_2"] else f" ({cell['data_1']}, {cell['data_2']})"
    return {
        "difference": difference,
        "ci_low": difference - below,
        "ci_high": difference + above,
        "paired": False,
        "how": f"independent{other}",
    }


def _compare_answers(
    cell: Row, answers: tuple[pd.DataFrame, pd.DataFrame], rounds: int, seed: int
) -> dict[str, Any] | None:
    """Compare on the items that both have; None where there are none."""
    names = ["model", "study", "language"]
    one, two = (
        table[(table[names] == [cell[name] for name in names]).all(axis=1)] for table in answers
    )
    items = one.merge(two[["item_id", "right"]], on="item_id", suffixes=("_1", "_2"))
    if items["cluster"].nunique() < 2:
        return None
    items = items.sort_values("item_id")
    drawn = resample_items(
        items["cluster"].astype(str).to_numpy(),
        items["stratum"].astype(str).to_numpy(),
        rounds=rounds,
        generator=np.random.default_rng(seed),
    )
    found = compare_items(
        items["right_2"].to_numpy()[None],
        items["right_1"].to_numpy(),
        drawn,
        float(cell["confidence_2"]),
    )
    return {
        "difference": float(found.score[0]),
        "ci_low": float(found.low[0]),
        "ci_high": float(found.high[0]),
        "paired": True,
        "how": f"same {len(items)} items",
    }
