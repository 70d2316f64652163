"""Two scoreboards cell by cell: two runs, or two checkpoints of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import scipy

from isogloss.errors import Refusal
from isogloss.figures.task_names import HELD_OUT, READING
from isogloss.pipelines.reporting.comparison_pairs import (
    ANSWERED,
    AlignedRun,
    Answers,
    Paired,
    compare_alignment,
)
from isogloss.pipelines.reporting.score_cells import select_scores
from isogloss.scoreboard_columns import CELL
from isogloss.statistics.multiple_testing import adjust_holm

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    Row = Mapping[Hashable, Any]

COLUMNS = (
    *CELL,
    *("first", "second", "difference", "ci_low", "ci_high", "confidence", "p", "p_adjusted"),
    *("n_first", "n_second", "unit", "paired", "how"),
)
_TASKS = {"reading": READING, "knowledge": "mmlu"}
_SHARED = ["model", "language", "study", "role", "metric"]
_ITEM = ["item_id", "cluster", "stratum"]
_TOLERANCE = 1e-9


def compare_scoreboards(
    first: pd.DataFrame,
    second: pd.DataFrame,
    answers: tuple[pd.DataFrame, pd.DataFrame] | None = None,
    *,
    alignment: tuple[AlignedRun, AlignedRun] | None = None,
    rounds: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Subtract every cell of one scoreboard from the same cell of another.

    Where both have read the same data and single answers are known (reading, knowledge),
    differences are paired on the items that both have, with passages drawn again (`compare_items`);
    alignment is paired on the same sentences. Where all answers are alike the difference is 0 to 0.
    Elsewhere the two are taken as independent: low = d - sqrt((v2 - low2)^2 + (high1 - v1)^2), high
    likewise (Newcombe 1998, Statistics in Medicine 17, p. 873, method 10). Where both rest on the
    same lists or items, and so rise and fall together, that is wider than it need be. Every
    interval is by itself; p is where it would end at 0, and p_adjusted allows for all cells (Holm).

    To compare two checkpoints of one table, give their rows one name:
    `compare_scoreboards(board[board.model == "a"].assign(model="b"), board[board.model == "b"])`.

    Args:
        first: scoreboard that is subtracted.
        second: scoreboard that it is subtracted from.
        answers: of both, by `tabulate_answers`; None for independent differences alone.
        alignment: of both, sentence by sentence; None likewise.
        rounds: of the bootstrap of items.
        seed: of it.

    Returns:
        A row for each cell that both have: the cell, first, second, difference (of the items that
        both have, where paired), ci_low, ci_high, confidence, p, p_adjusted, n_first, n_second,
        unit, paired, how.

    Raises:
        Refusal: if a cell has intervals of unequal confidence.
    """
    both = first.merge(second, on=_SHARED, suffixes=("_1", "_2"), sort=False)
    _refuse_unequal_confidences(both)
    sorted_answers = None if answers is None else Answers(*answers)
    rows = []
    for cell in both.to_dict("records"):
        paired = Paired("")
        if cell["data_1"] == cell["data_2"]:
            if sorted_answers is not None and cell["study"] in _TASKS:
                paired = sorted_answers.compare(cell, rounds, seed)
            elif alignment is not None and cell["study"] == "alignment":
                paired = compare_alignment(cell, *alignment)
        rows.append(
            {
                **{name: cell[name] for name in _SHARED},
                "first": cell["value_1"],
                "second": cell["value_2"],
                **_state(cell, paired),
                "confidence": cell["confidence_2"],
                "n_first": cell["n_1"],
                "n_second": cell["n_2"],
                "unit": cell["unit_2"],
            }
        )
    return _with_p_values(pd.DataFrame(rows, columns=list(COLUMNS)))


def _refuse_unequal_confidences(both: pd.DataFrame) -> None:
    unequal = both[(both["confidence_1"] - both["confidence_2"]).abs() > _TOLERANCE]
    if len(unequal):
        cell = unequal.iloc[0]
        raise Refusal(
            f"Intervals of {cell['study']} ({cell['model']}) are at {cell['confidence_1']:g} there "
            f"and at {cell['confidence_2']:g} here, so that they cannot be compared. Set the same "
            "confidence, and run the reporting of one of them again."
        )


def _with_p_values(table: pd.DataFrame) -> pd.DataFrame:
    """Give every difference the p at which its interval would end at 0, and adjust them all."""
    difference = table["difference"].to_numpy(np.float64)
    low, high = (table[name].to_numpy(np.float64) for name in ("ci_low", "ci_high"))
    reach = np.where(difference > 0, difference - low, high - difference)
    degrees = np.maximum(table[["n_first", "n_second"]].min(axis=1).to_numpy(np.float64) - 1, 1)
    quantile = scipy.stats.t.ppf((1 + table["confidence"].to_numpy(np.float64)) / 2, degrees)
    wide = reach > 0
    ratio = quantile * np.abs(difference) / np.where(wide, reach, 1.0)
    p = np.where(wide, 2 * scipy.stats.t.sf(ratio, degrees), np.where(reach == 0, 1.0, np.nan))
    return table.assign(p=p, p_adjusted=adjust_holm(p))


def tabulate_answers(task_scores: pd.DataFrame, item_scores: pd.DataFrame) -> pd.DataFrame:
    """Say which items were answered right in the way of asking that stands for the model.

    Args:
        task_scores: of all models.
        item_scores: of all models.

    Returns:
        One row a model, study, language and item: model, study, language, item_id, cluster,
        stratum, gold (number of the right option), right.
    """
    chosen = select_scores(task_scores)
    chosen = chosen[chosen["task"].isin(list(_TASKS.values()))]
    keys = ["model", "task", "language", "formulation", "normalisation"]
    if item_scores.empty or chosen.empty:
        return pd.DataFrame(columns=[*ANSWERED, *_ITEM, "gold", "right"])
    held_out = chosen.reindex(columns=["subset"])["subset"] == HELD_OUT
    answered = item_scores[item_scores["gold"].astype(bool)].merge(
        chosen[keys].assign(held_out=held_out), on=keys
    )
    # Development items are examples in the prompts of knowledge, or chose the way of asking.
    reported = (answered["task"] == READING) & ~answered["held_out"]
    kept = answered[reported | (answered["split"] == "test")]
    studies = {task: study for study, task in _TASKS.items()}
    return kept.assign(
        study=kept["task"].map(studies), gold=kept["option"], right=kept["chosen"].astype(float)
    )[[*ANSWERED, *_ITEM, "gold", "right"]]  # fmt: skip


def _state(cell: Row, paired: Paired) -> dict[str, Any]:
    if np.isfinite(paired.difference):
        return {
            "difference": paired.difference,
            "ci_low": paired.low,
            "ci_high": paired.high,
            "paired": True,
            "how": paired.how,
        }
    return _take_as_independent(cell, paired.how)


def _take_as_independent(cell: Row, why: str) -> dict[str, Any]:
    difference = cell["value_2"] - cell["value_1"]
    below = np.hypot(cell["value_2"] - cell["ci_low_2"], cell["ci_high_1"] - cell["value_1"])
    above = np.hypot(cell["ci_high_2"] - cell["value_2"], cell["value_1"] - cell["ci_low_1"])
    if cell["data_1"] != cell["data_2"]:
        why = f"{cell['data_1']} there, {cell['data_2']} here"
    return {
        "difference": difference,
        "ci_low": difference - below,
        "ci_high": difference + above,
        "paired": False,
        "how": f"independent ({why})" if why else "independent",
    }
