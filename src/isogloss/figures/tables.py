"""Turning long tables into what one figure draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isogloss.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VALUES = ("score", "ci_low", "ci_high")
_BASIS = ("n", "chance", "floor")


def average_samples(table: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Average scores over the samples of sentences.

    The bounds are averaged too: the standard error of a mean is at most the mean of the standard
    errors, so the interval is conservative however much the samples overlap.

    Args:
        table: with the keys, score and, if known, ci_low, ci_high, n, chance and floor.
        keys: what a row of the result is; `sample` and anything else is averaged over.

    Returns:
        One row a combination of the keys, in the order of their first appearance, with score,
        ci_low, ci_high, n, chance, floor (NaN where unknown) and samples (how many were averaged).
    """
    complete = table.reindex(columns=[*keys, *VALUES, *_BASIS])
    groups = complete.groupby(list(keys), sort=False, dropna=False)
    result = groups[[*VALUES, *_BASIS]].mean().reset_index()
    result["samples"] = groups.size().to_numpy()
    return result


def model_label(table: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """Name the model of a table that holds one model's rows.

    Args:
        table: with the column model.
        labels: model -> what to call it in titles.

    Raises:
        ValueError: if the table is empty or holds several models.
    """
    models = list(pd.unique(table["model"]))
    if len(models) != 1:
        raise Refusal(
            f"A figure of one model got rows of {len(models)} models: {', '.join(models)}. "
            "Give it the table of one model."
        )
    return labels.get(models[0], models[0])


def sentence_counts(table: pd.DataFrame) -> list[int]:
    """List the different numbers of sentences that a table's rows rest on."""
    return sorted({int(count) for count in table["n"].dropna()}) or [0]


def square(pairs: pd.DataFrame, languages: Sequence[str]) -> np.ndarray:
    """Lay pair scores out as a symmetric matrix.

    Args:
        pairs: language_a, language_b, score; each unordered pair at most once.
        languages: order of rows and columns.

    Returns:
        float64 [languages, languages], NaN on the diagonal and where there is no pair.
    """
    place = {code: position for position, code in enumerate(languages)}
    matrix = np.full((len(languages), len(languages)), np.nan)
    rows = pairs["language_a"].map(place).to_numpy()
    columns = pairs["language_b"].map(place).to_numpy()
    matrix[rows, columns] = matrix[columns, rows] = pairs["score"].to_numpy(dtype=np.float64)
    return matrix


def with_pivot(pairs: pd.DataFrame, pivot: str) -> pd.DataFrame:
    """Keep the pairs with the pivot language and name the other one in the column `language`."""
    own = pairs[(pairs["language_a"] == pivot) | (pairs["language_b"] == pivot)]
    other = own["language_a"].where(own["language_a"] != pivot, own["language_b"])
    return own.assign(language=other)
