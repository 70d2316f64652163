"""The weights of linear merges as the matrix that the sources are multiplied by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

LINEAR_METHODS = ("linear", "task_arithmetic")
MERGE = ["recipe", "target"]


def linear_rows(
    weights: pd.DataFrame, sources: Sequence[str]
) -> tuple[NDArray[np.float64], pd.DataFrame]:
    """Give the rows W of all merges that are linear in the sources, each different one once.

    A linear merge is sum_i w_i x_i. Task arithmetic is base + lambda sum_i w_i (x_i - base) =
    (1 - lambda) base + lambda sum_i w_i x_i, as weights sum to 1: one source more.

    Args:
        weights: `merge_weights`; rows of other methods are passed over.
        sources: locales of the columns.

    Returns:
        float64 [rows, sources + 1], the last column the weight of the pretrained model, and a
        table recipe, target, row: which row is whose.

    Raises:
        ValueError: if the weights are of several seeds, or a source is none of the columns.
    """
    linear = weights[weights["method"].isin(LINEAR_METHODS)]
    if linear["seed"].nunique() > 1:
        raise ValueError("Classifiers of different seeds are merged apart.")
    if strange := sorted(set(linear["source"]) - set(sources)):
        raise ValueError(f"There is no source {', '.join(strange)}.")
    scale = linear["lambda"].fillna(1.0)
    shares = linear.assign(weight=linear["weight"] * scale).pivot_table(
        index=MERGE, columns="source", values="weight", fill_value=0.0, sort=False
    )
    base = 1 - scale.groupby([linear[name] for name in MERGE], sort=False).first()
    matrix = np.column_stack(
        [shares.reindex(columns=list(sources), fill_value=0.0), base.reindex(shares.index)]
    )
    distinct, row = np.unique(matrix, axis=0, return_inverse=True)
    return distinct, shares.index.to_frame(index=False).assign(row=row.reshape(-1))
