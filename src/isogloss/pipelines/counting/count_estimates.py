"""Means, correlations and calibration errors of answers, each with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from isogloss.pipelines.counting.count_baselines import (
    ACCURACY,
    BIAS,
    BRIER,
    MAE,
    MODEL,
    UNIFORM,
    WITHIN_1,
    Floats,
)
from isogloss.pipelines.counting.count_predictions import CANDIDATES, GENERATED
from isogloss.statistics.calibration import calibration_error
from isogloss.statistics.clustered import (
    Estimates,
    ItemResampling,
    clustered_error,
    score_items,
    take_items,
)
from isogloss.statistics.deletion import deletion_error, deletion_weights
from isogloss.statistics.intervals import fisher_interval, student_interval
from isogloss.statistics.weighted_correlation import unit_profiles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

MACRO = "macro_accuracy"
R, ECE, OVERCONFIDENCE = "r", "ece", "overconfidence"
INVALID, MASS = "invalid_rate", "candidate_mass"
OWN_ACCURACY, SUM_ACCURACY = "accuracy_own_membership", "membership_sum_accuracy"
SHARES = (ACCURACY, MACRO, WITHIN_1, INVALID, MASS, OWN_ACCURACY, SUM_ACCURACY)
"""Metrics whose value of every list lies in 0..1."""
_LEAST = 2
"""Lists through which a straight line always goes; also clusters that an error needs."""
Key = tuple[str, str]
"""Who answered, and metric."""


class Cell(NamedTuple):
    """A value with its interval, of so many lists."""

    value: float
    low: float
    high: float
    n: int


def average_outcomes(
    known: Mapping[Key, Floats], drawn: ItemResampling, confidence: float, largest: int
) -> dict[Key, Cell]:
    """Give the means of outcomes; of those that some lists lack, over the others.

    Args:
        known: who answered and metric -> [lists], NaN where a list has none.
        drawn: of these lists.
        confidence: of intervals.
        largest: number that is scored: limits of intervals lie where means can.
    """
    complete = {key: values for key, values in known.items() if not np.isnan(values).any()}
    cells = _average_complete(complete, drawn, confidence, largest)
    for key, values in known.items():
        if key not in complete:
            places = np.flatnonzero(~np.isnan(values))
            kept = take_items(drawn, places) if len(places) else None
            one = {key: values[places]}
            nothing = {key: Cell(np.nan, np.nan, np.nan, 0)}
            cells |= nothing if kept is None else _average_complete(one, kept, confidence, largest)
    return cells


def _average_complete(
    known: Mapping[Key, Floats], drawn: ItemResampling, confidence: float, largest: int
) -> dict[Key, Cell]:
    possible = {
        MAE: (0, largest),
        BIAS: (-largest, largest),
        BRIER: (0, 2),
        OVERCONFIDENCE: (-1, 1),
    }
    cells: dict[Key, Cell] = {}
    for shares in (True, False):
        chosen = [key for key in known if (key[1] in SHARES) == shares]
        if not chosen:
            continue
        values = np.stack([known[key] for key in chosen])
        found = (
            score_items(values, drawn, confidence) if shares else _means(values, drawn, confidence)
        )
        for place, key in enumerate(chosen):
            score, low, high = (float(one[place]) for one in (found.score, found.low, found.high))
            if key[1] in possible:
                low, high = (float(np.clip(limit, *possible[key[1]])) for limit in (low, high))
            if key[0] == UNIFORM and np.ptp(values[place]) == 0:
                low = high = score  # What guessing gives on average is known exactly.
            cells[key] = Cell(score, low, high, values.shape[1])
    return cells


def _means(values: Floats, drawn: ItemResampling, confidence: float) -> Estimates:
    score, error = values @ drawn.shares, clustered_error(values, drawn)
    return Estimates(score, error, *student_interval(score, error, drawn.independent, confidence))


def estimate_by_jackknife(
    rows: pd.DataFrame, drawn: ItemResampling, confidence: float
) -> dict[Key, Cell]:
    """Give what is no mean over lists: the correlation with the truth, the calibration error.

    Args:
        rows: of `count_predictions`.
        drawn: of these lists.
        confidence: of intervals.
    """
    cells = {(MODEL, R): _correlate(rows, drawn, confidence)}
    if rows["scoring"].iloc[0] == CANDIDATES:
        hits = (rows["answer"] == rows["count"]).to_numpy(np.float64)
        sure = rows["confidence"].to_numpy(np.float64)
        found = calibration_error(sure, hits, deletion_weights(drawn.members))
        error = deletion_error(found[1:])
        limits = student_interval(found[0], error, len(found) - 1, confidence)
        low, high = (float(np.clip(limit, 0, 1)) for limit in limits)
        cells[MODEL, ECE] = Cell(float(found[0]), low, high, len(rows))
    return cells


def _correlate(rows: pd.DataFrame, drawn: ItemResampling, confidence: float) -> Cell:
    """Correlate the expected with the true count, over the lists that have an answer."""
    expected = rows["expected_count"].to_numpy(np.float64)
    known = np.flatnonzero(~np.isnan(expected))
    weights = deletion_weights(take_items(drawn, known).members)
    r = np.full(len(weights), np.nan)
    usable = weights.sum(axis=1) > _LEAST
    if usable[0]:
        pair = np.stack([expected[known], rows["count"].to_numpy(np.float64)[known]])
        units = unit_profiles(pair, weights[usable], ranked=False)
        r[usable] = np.clip((units[:, 0] * units[:, 1]).sum(axis=-1), -1, 1)
    if len(r) < 1 + _LEAST:
        return Cell(float(r[0]), np.nan, np.nan, len(known))
    low, high = fisher_interval(r[0], deletion_error(r[1:]), len(r) - 1, confidence)
    return Cell(float(r[0]), float(low), float(high), len(known))


def list_metrics(scoring: str) -> Sequence[str]:
    """List the metrics of a model for a way of scoring, in the order of all tables.

    Args:
        scoring: candidates or generated.
    """
    shared = [ACCURACY, MACRO, WITHIN_1, MAE, BIAS, R]
    return [*shared, *([INVALID] if scoring == GENERATED else [BRIER, ECE, OVERCONFIDENCE, MASS])]
