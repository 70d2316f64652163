"""What every answer is worth, list by list: those of the model and of the baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from isogloss.pipelines.counting.count_baselines import (
    ACCURACY,
    BRIER,
    MODEL,
    UNIFORM,
    Outcomes,
    compare_answers,
    list_baselines,
)
from isogloss.pipelines.counting.count_estimates import INVALID, MASS, OVERCONFIDENCE
from isogloss.pipelines.counting.count_predictions import GENERATED
from isogloss.pipelines.counting.list_knowledge import compare_with_own_counts

if TYPE_CHECKING:
    import pandas as pd

    from isogloss.pipelines.counting.benchmark_parameters import BenchmarkParameters


def list_outcomes(own: pd.DataFrame, parameters: BenchmarkParameters) -> dict[str, Outcomes]:
    """Compare the answers to some lists, and those of baselines to the very same lists.

    Args:
        own: predictions of one way of asking.
        parameters: the largest number.

    Returns:
        who answered -> outcomes.
    """
    counts, lengths = (own[name].to_numpy(np.intp) for name in ("count", "length"))
    answers, groups = (
        np.asarray(own[name].astype("Float64").to_numpy(float, na_value=np.nan), float)
        for name in ("answer", "largest_group")
    )
    categories = own["category"].to_numpy(str)
    baselines = dict(list_baselines(counts, lengths, categories, groups, parameters.largest))
    if own["scoring"].iloc[0] == GENERATED:
        baselines[UNIFORM] = {
            metric: values for metric, values in baselines[UNIFORM].items() if metric != BRIER
        }
    compared = compare_answers(answers, counts, parameters.largest)
    found = {MODEL: _own_outcomes(own, compared), **baselines}
    return compare_with_own_counts(found, own, parameters.largest)


def _own_outcomes(own: pd.DataFrame, compared: Outcomes) -> Outcomes:
    """Add what only a model has: how sure it was, or whether it gave a number at all."""
    if own["scoring"].iloc[0] == GENERATED:
        return {**compared, INVALID: np.asarray(own["answer"].isna(), np.float64)}
    sure = own["confidence"].to_numpy(np.float64)
    return {
        **compared,
        BRIER: own["brier"].to_numpy(np.float64),
        OVERCONFIDENCE: sure - compared[ACCURACY],
        MASS: own["candidate_mass"].to_numpy(np.float64),
    }
