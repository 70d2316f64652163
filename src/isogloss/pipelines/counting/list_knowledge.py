"""What a model takes for members of lists, and what its own count would be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.pipelines.counting.count_baselines import (
    ACCURACY,
    MODEL,
    Outcomes,
    compare_answers,
    list_baselines,
)
from isogloss.pipelines.counting.count_estimates import OWN_ACCURACY, SUM_ACCURACY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

KNOWN, SUM = "known", "count_by_membership"
ALL_WORDS, SOME_UNKNOWN = "all_words", "some_words_unknown"
KEYS = ("language", "item_id")
KNOWLEDGE_COLUMNS = ("model", *KEYS, "words_known", KNOWN, SUM)


def judge_list_words(words: pd.DataFrame, items: pd.DataFrame) -> pd.DataFrame:
    """Say of every list how many of its words a model classifies rightly, and its own count.

    Args:
        words: of one model: model, language, category, word, answer, known.
        items: language, item_id, category, words.

    Returns:
        model, language, item_id, words_known, known (`all_words` or `some_words_unknown`),
        count_by_membership (words that the model takes for members); only of lists all of whose
        words it was asked about.
    """
    answers = {
        (language, category, word): (bool(answer), bool(known))
        for language, category, word, answer, known in zip(
            *(words[name] for name in ("language", "category", "word", "answer", "known")),
            strict=True,
        )
    }
    rows = []
    columns = ("language", "item_id", "category", "words")
    for language, item, category, own in zip(*(items[name] for name in columns), strict=True):
        found = [answers.get((language, category, str(word))) for word in own]
        told = [one for one in found if one is not None]
        if len(told) < len(found):
            continue
        right = sum(known for _, known in told)
        rows.append(
            {
                "language": language,
                "item_id": item,
                "words_known": right,
                KNOWN: ALL_WORDS if right == len(told) else SOME_UNKNOWN,
                SUM: sum(answer for answer, _ in told),
            }
        )
    table = pd.DataFrame(rows, columns=list(KNOWLEDGE_COLUMNS[1:]))
    table.insert(0, "model", str(words["model"].iloc[0]))
    return table


def add_knowledge(predictions: pd.DataFrame, knowledge: pd.DataFrame) -> pd.DataFrame:
    """Put beside every answer what the model knows of the list; missing where it was not asked.

    Args:
        predictions: `count_predictions` of one model.
        knowledge: `list_knowledge` of the same.

    Returns:
        the predictions with known and count_by_membership.
    """
    wanted = knowledge[[*KEYS, KNOWN, SUM]].astype({KNOWN: "string", SUM: "Int64"})
    keys = {name: predictions[name].dtype for name in KEYS}
    return predictions.merge(wanted.astype(keys), on=list(KEYS), how="left")


def compare_with_own_counts(
    outcomes: Mapping[str, Outcomes], own: pd.DataFrame, largest: int
) -> dict[str, Outcomes]:
    """Add how far answers agree with the counts that follow from the model's own memberships.

    That leaves out what it does not know: `accuracy_own_membership` compares answers of the model,
    and of baselines, with its own count; `membership_sum_accuracy` that count with the right one.

    Args:
        outcomes: who answered -> metric -> [lists].
        own: predictions, with `count_by_membership`.
        largest: of the numbers.

    Returns:
        the same, with NaN for lists that have no own count; unchanged if none has.
    """
    found = {name: dict(values) for name, values in outcomes.items()}
    if SUM not in own or not own[SUM].notna().any():
        return found
    sums, answers, groups = (_numbers(own[name]) for name in (SUM, "answer", "largest_group"))
    asked = np.flatnonzero(~np.isnan(sums))
    counts = sums[asked].astype(np.intp)
    right, lengths = (own[name].to_numpy(np.intp)[asked] for name in ("count", "length"))
    categories = own["category"].to_numpy(str)[asked]
    compared = {
        MODEL: compare_answers(answers[asked], counts, largest),
        **list_baselines(counts, lengths, categories, groups[asked], largest),
    }
    for name, values in compared.items():
        if values:
            found.setdefault(name, {})[OWN_ACCURACY] = _spread(values[ACCURACY], asked, len(own))
    found[MODEL][SUM_ACCURACY] = _spread(counts == right, asked, len(own))
    return found


def _numbers(column: pd.Series) -> NDArray[np.float64]:
    return np.asarray(column.astype("Float64").to_numpy(float, na_value=np.nan), np.float64)


def _spread(
    values: NDArray[np.float64] | NDArray[np.bool_], places: NDArray[np.intp], number: int
) -> NDArray[np.float64]:
    spread = np.full(number, np.nan)
    spread[places] = values
    return spread
