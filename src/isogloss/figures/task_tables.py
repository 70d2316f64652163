"""Which rows of `task_scores` a figure shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from isogloss.errors import Refusal
from isogloss.figures.task_names import ACCURACY, DIRECTION_ORDER, HELD_OUT, TRANSLATION

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORDS = ("data", "direction", "formulation", "normalisation", "subset", "average", "signature")
_NUMBERS = (
    "n", "clusters", "ci_low", "ci_high", "chance", "invalid_rate", "empty_rate", "truncated_rate",
    "wrong_language_rate", "text_overlap", "word_match",
    "floor",
)  # fmt: skip
CONDITIONS = ("data", "shots", "prompt_language", "chat_template")
"""Columns that may tell rows apart that are else the same measurement."""
KEYS = ("model", "task", "data", "metric", "direction")
"""What a panel of languages is."""
_METRIC_ORDER = ("comet", "chrf", "bleu")


def complete(task_scores: pd.DataFrame) -> pd.DataFrame:
    """Add the columns that a table made elsewhere may lack.

    Args:
        task_scores: at the least model, task, metric, language and score.

    Returns:
        The table with empty words, NaN numbers, nothing selected and `told`: False where a test
        was made and did not tell the score from chance.
    """
    table = task_scores.reset_index(drop=True)
    lacking = {name: "" for name in _WORDS if name not in table}
    table = table.assign(**lacking, **{name: np.nan for name in _NUMBERS if name not in table})
    table[list(_WORDS)] = table[list(_WORDS)].astype(object).fillna("").astype(str)
    above = _flags(table, "above_chance", default=True)
    untested = table[["chance", "floor"]].isna().all(axis=1)
    return table.assign(
        selected=_flags(table, "selected", default=False),
        told=above | untested,
    )


def _flags(table: pd.DataFrame, name: str, *, default: bool) -> pd.Series:
    if name not in table:
        return pd.Series(default, index=table.index)
    return table[name].astype("boolean").fillna(default).astype(bool)


def select_scores(task_scores: pd.DataFrame) -> pd.DataFrame:
    """Keep the one score of every language that stands for a model, a task and a measure.

    Of accuracies these are the selected rows, of all items or of those held out from the choice of
    how to ask; of translation chrF++ and COMET (BLEU if there is nothing else). Where no row of a
    task is marked as selected, all that are of all items are kept.

    Args:
        task_scores: of one model or several.

    Returns:
        One row a `KEYS` and language, completed, without those that have no score.

    Raises:
        Refusal: if several rows stand for the same language; names them.
    """
    table = complete(task_scores)
    standing = (table["subset"] == "") | (table["selected"] & (table["subset"] == HELD_OUT))
    whole = table[standing & table["score"].notna() & _shown_metric(table)]
    apart = whole["metric"].where(whole["task"] == TRANSLATION, "")
    groups = [whole["model"], whole["task"], apart, whole["direction"]]
    marked = whole["selected"].groupby(groups).transform("any")
    rows = prefer_micro(whole[whole["selected"] | ~marked])
    require_single(rows, (*KEYS, "language"))
    return rows.reset_index(drop=True)


def _shown_metric(table: pd.DataFrame) -> pd.Series:
    measured = ~table["metric"].isin(("label_bias", "p_correct"))
    better = table["metric"].isin(("comet", "chrf"))
    has_better = better.groupby([table["model"], table["task"]]).transform("any")
    return measured & ~((table["metric"] == "bleu") & has_better)


def prefer_micro(rows: pd.DataFrame) -> pd.DataFrame:
    """Drop means over subjects where the mean over items is there too.

    Args:
        rows: of `complete`.
    """
    macro = rows["average"] == "macro"
    always = macro.groupby([rows[key] for key in (*KEYS, "formulation", "normalisation")])
    return rows[~macro | always.transform("all")]


def require_single(rows: pd.DataFrame, keys: Sequence[str]) -> None:
    """Refuse rows of which several have the same keys.

    Args:
        rows: of `complete`.
        keys: columns that must tell all rows apart.

    Raises:
        Refusal: names the first of them.
    """
    again = rows[rows.duplicated(list(keys))]
    if len(again):
        first = again.iloc[0]
        raise Refusal(
            f"task_scores holds several rows for {first['model']}, {first['task']}, "
            f"{first['metric']} and {first['language']}. Mark the one to show by `selected`."
        )


def pick_model(table: pd.DataFrame, model: str | None) -> pd.DataFrame:
    """Keep the rows of one model.

    Args:
        table: with the column model.
        model: its name; None keeps all rows.

    Raises:
        Refusal: if there is no row of the model; says which models there are.
    """
    if model is None:
        return table
    rows = table[table["model"] == model]
    if rows.empty:
        known = ", ".join(map(str, pd.unique(table["model"])))
        raise Refusal(f"The table has no row of the model {model!r}; it has {known or 'none'}.")
    return rows


def choose_outcomes(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep one measure a model and task: a selected one, COMET before chrF++, into the pivot.

    Scores of translations into different languages are on different scales.

    Args:
        rows: model, task, data, direction and the name of the measure in `metric`; accuracies that
            are not marked by `selected` come in the order of the table.

    Returns:
        The rows of the first measure of every model, task and corpus.
    """
    rank = pd.DataFrame(
        {
            "unmarked": ~_flags(rows, "selected", default=True),
            "measure": [rank_name(str(metric), _METRIC_ORDER) for metric in rows["metric"]],
            "direction": [rank_name(str(way), DIRECTION_ORDER) for way in rows["direction"]],
            "place": pd.factorize(rows["metric"])[0],
        },
        index=rows.index,
    )
    code = rank.astype(int) @ np.array([10**6, 10**5, 10**4, 1])
    best = code.groupby([rows["model"], rows["task"], rows["data"]]).transform("min")
    return rows[code == best]


def rank_name(name: str, order: Sequence[str]) -> int:
    """Give the place of a name in an order: accuracies first, unknown ones last."""
    if name.startswith(ACCURACY):
        return 0
    return order.index(name) if name in order else len(order)


def conditions_that_vary(rows: pd.DataFrame) -> list[str]:
    """List the columns of `CONDITIONS` in which rows differ."""
    return [name for name in CONDITIONS if name in rows and rows[name].nunique() > 1]


def unify_accuracies(rows: pd.DataFrame) -> pd.DataFrame:
    """Keep one kind of accuracy a model and task, and call them all `accuracy`.

    Models are compared by the kind that stands for each of them.

    Args:
        rows: of `select_scores`.
    """
    own = rows["metric"].str.startswith(ACCURACY)
    chosen = choose_outcomes(rows[own]).assign(metric=ACCURACY)
    return pd.concat([chosen, rows[~own]], ignore_index=True)


def named_rows(table: pd.DataFrame) -> list[Any]:
    """List the rows of a table as named tuples."""
    return list(table.itertuples(index=False))
