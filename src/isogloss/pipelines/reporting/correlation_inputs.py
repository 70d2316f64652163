"""The two sides of a correlation, read off the tables of alignment and of task scores."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

logger = logging.getLogger(__name__)

AVERAGED = -1
"""`sample` of a score that is averaged over samples."""
POOL = "n_pool"
ALIGNMENT_KEYS = ("model", "metric", "pooling", "aggregation")
TASK_KEYS = (
    "model",
    "task",
    "task_metric",
    "direction",
    "data",
    "formulation",
    "normalisation",
    "subset",
    "average",
    "shots",
    "prompt_language",
    "chat_template",
)
NEEDED_OF_SCORES = ("model", "task", "metric", "language", "score")
ACCURACY = "accuracy"
"""What the names of all accuracies begin with."""
WAY = ("formulation", "normalisation")
HELD_OUT = "held_out"
"""`subset` of the items that did not serve to choose the way of asking."""
BOTH, FROM_PIVOT, TO_PIVOT = "both", "from_pivot", "to_pivot"
SHOWN = 5


def read_alignment(summary: pd.DataFrame, pivot: str) -> pd.DataFrame:
    """Take the alignment of every language with the pivot.

    Scores of unequal pools are not comparable; the size of the pool is therefore a key wherever
    the table tells it.

    Args:
        summary: `alignment_summary`; a pair may stand in either order.
        pivot: the language that the others are aligned with.

    Returns:
        One row a language and key: `ALIGNMENT_KEYS`, n_pool if the table has it, sample,
        language, score.

    Raises:
        Refusal: if no pair has the pivot, or a key has two scores.
    """
    first, second = summary["language_a"], summary["language_b"]
    found = summary[(first == pivot) != (second == pivot)]
    if found.empty:
        languages = sorted({*first, *second})
        raise Refusal(
            f"alignment_summary has no pair with the pivot '{pivot}' (its languages: "
            f"{_some(languages)}). Set `pivot` to one of these."
        )
    other = found["language_a"].where(found["language_b"] == pivot, found["language_b"])
    keys = [*ALIGNMENT_KEYS, *([POOL] if POOL in found else []), "sample"]
    table = found[[*keys, "score"]].assign(language=other)
    table["score"] = _numbers("alignment_summary", table["score"])
    _require_unique("alignment_summary", table, [*keys, "language"])
    return table.reset_index(drop=True)


def _numbers(name: str, scores: pd.Series[float]) -> pd.Series[float]:
    """Give scores as floats; refuse infinite ones, and say how many are missing."""
    values = scores.astype(float)
    if infinite := int(np.isinf(values).sum()):
        raise Refusal(
            f"{infinite} of {len(values)} scores in {name} are infinite. Correct them, or write "
            "NaN for those that are not known."
        )
    if missing := int(values.isna().sum()):
        logger.warning(
            "%d of %d scores in %s are NaN: these languages are left out there.",
            missing,
            len(values),
            name,
        )
    return values


def average_samples(alignment: pd.DataFrame) -> pd.DataFrame:
    """Average the alignment over samples; a language that some sample lacks has no average.

    Args:
        alignment: of `read_alignment`; where it already has averages (sample -1), they are taken.

    Returns:
        The same columns with sample -1.
    """
    given = alignment[alignment["sample"] == AVERAGED]
    if len(given):
        return given.reset_index(drop=True)
    keys = [str(name) for name in alignment if name not in {"sample", "language", "score"}]
    samples = alignment.groupby(keys, dropna=False)["sample"].nunique().rename("samples")
    scores = alignment.groupby([*keys, "language"], dropna=False)["score"].agg(["mean", "count"])
    table = scores.reset_index().join(samples, on=keys)
    whole = table["count"] == table["samples"]
    if partly := int((~whole & (table["count"] > 0)).sum()):
        logger.warning(
            "%d of %d alignment scores are left out of correlations: some of their samples lack "
            "the language, so that an average would not be comparable.",
            partly,
            len(table),
        )
    table["score"] = table["mean"].where(whole)
    return table[[*keys, "language", "score"]].assign(sample=AVERAGED)


def read_scores(task_scores: pd.DataFrame, pivot: str) -> pd.DataFrame:
    """Take the task scores of every language but the pivot.

    Args:
        task_scores: the table; it may lack every column but model, task, metric, language, score.
        pivot: the language to leave out.

    Returns:
        One row a language and key: those of `TASK_KEYS` that the table has, with `metric` as
        `task_metric` and always a `direction` (empty if not told); language, score, selected
        (true if not told), text_overlap and above_chance where the table has them.

    Raises:
        Refusal: if a needed column is missing, or a key has two scores.
    """
    if missing := [name for name in NEEDED_OF_SCORES if name not in task_scores]:
        raise Refusal(f"task_scores lacks the columns {', '.join(missing)}.")
    table = task_scores.rename(columns={"metric": "task_metric"})
    if "direction" not in table:
        table = table.assign(direction="")
    keys = [name for name in TASK_KEYS if name in table]
    texts = [name for name in keys if not pd.api.types.is_numeric_dtype(table[name])]
    table = table.assign(**{name: table[name].fillna("") for name in texts})
    selected = table["selected"].ne(False) if "selected" in table else True
    further = [name for name in ("text_overlap", "above_chance") if name in table]
    table = table[[*keys, "language", "score", *further]].assign(selected=selected)
    table = table[table["language"] != pivot]
    table = table.assign(score=_numbers("task_scores", table["score"]))
    _require_unique("task_scores", table, [*keys, "language"])
    return table.reset_index(drop=True)


def scores_that_stand_for_models(scores: pd.DataFrame) -> pd.DataFrame:
    """Keep the selected scores, and of translations those into the pivot.

    Scores of translations into different languages are not on one scale.
    """
    kept = scores[scores["selected"] & scores["direction"].isin(["", TO_PIVOT])]
    if kept.empty and len(scores):
        logger.warning(
            "task_scores has no selected row with direction '%s' or none: there is nothing to "
            "correlate but the original rows.",
            TO_PIVOT,
        )
    return kept.reset_index(drop=True)


def scores_as_published(scores: pd.DataFrame) -> pd.DataFrame:
    """Keep the selected scores of every direction, and add the mean of both directions."""
    kept = scores[scores["selected"]]
    directed = kept[kept["direction"].isin([FROM_PIVOT, TO_PIVOT])]
    keys = [name for name in TASK_KEYS if name in scores and name != "direction"]
    numbers = [name for name in ("score", "text_overlap", "above_chance") if name in scores]
    grouped = directed.groupby([*keys, "language"], dropna=False)
    means = grouped[numbers].mean()[grouped.size() == 2]
    both = means.reset_index().assign(direction=BOTH, selected=True)
    return pd.concat([kept, both], ignore_index=True) if len(both) else kept


def unify_ways(scores: pd.DataFrame) -> pd.DataFrame:
    """Let models share an outcome however each of them was asked.

    The way of asking that stands for a model is chosen for that model, and so are the items that
    are held out from the choice. All accuracies are called `accuracy` here, without a way of asking
    and for whichever items stand for the model. Probabilities keep theirs: those of letters and of
    texts are not on one scale.

    Args:
        scores: of `scores_that_stand_for_models`.

    Returns:
        The same rows. Tasks of which several accuracies stand for a model are left as they are,
        with a warning.
    """
    accuracy = scores["task_metric"].str.startswith(ACCURACY)
    ways = {name: "" for name in WAY if name in scores}
    unified = scores[accuracy].assign(task_metric=ACCURACY, **ways)
    if "subset" in unified:
        unified["subset"] = unified["subset"].replace(HELD_OUT, "")
    keys = [name for name in TASK_KEYS if name in unified]
    repeated = unified.duplicated([*keys, "language"], keep=False)
    unclear = sorted(set(unified.loc[repeated, "task"]))
    if unclear:
        logger.warning(
            "Several accuracies of %s stand for a model: correlations over models take only models "
            "together that were asked alike. Mark one for each model by `selected`.",
            ", ".join(unclear),
        )
    clear = unified[~unified["task"].isin(unclear)]
    return pd.concat([clear, scores.drop(clear.index)]).sort_index()


def report_unmatched(alignment: pd.DataFrame, scores: pd.DataFrame) -> None:
    """Tell which models and languages stand on one side only.

    Raises:
        Refusal: if no model stands on both.
    """
    if scores.empty:
        logger.warning(
            "task_scores has no language but the pivot: there is nothing to correlate it with."
        )
        return
    aligned, scored = (sorted(table["model"].unique()) for table in (alignment, scores))
    if not set(aligned) & set(scored):
        raise Refusal(
            f"alignment_summary and task_scores have no model in common: {_some(aligned)} there, "
            f"{_some(scored)} here. Their names must be equal."
        )
    if single := sorted(set(aligned) ^ set(scored)):
        logger.warning(
            "Without correlations, for want of one side: %s.", _some(single, len(single))
        )
    known = set(alignment["language"])
    for task, own in scores.groupby("task")["language"]:
        if lacking := sorted(set(own) ^ known):
            logger.info(
                "Correlations with %s leave out %d languages that stand on one side only: %s.",
                task,
                len(lacking),
                ", ".join(lacking),
            )


def _require_unique(name: str, table: pd.DataFrame, keys: Sequence[str]) -> None:
    repeated = table[table.duplicated(list(keys), keep=False)]
    if len(repeated):
        first = ", ".join(f"{key}={repeated.iloc[0][key]!r}" for key in keys)
        raise Refusal(
            f"{name} has several scores for {first} ({len(repeated)} such rows in all). Keep one: "
            f"rows are told apart by {', '.join(keys)} alone."
        )


def _some(names: Iterable[str], most: int = SHOWN) -> str:
    listed = [str(name) for name in names]
    more = len(listed) - most
    return ", ".join(listed[:most]) + (f" and {more} more" if more > 0 else "")
