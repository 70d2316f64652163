"""What the tables of answers to lists and of their scores hold; see `schemas`."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from isogloss.counting_schemas import ITEM_ID, METHODS
from isogloss.schemas import SHARE, WithIntervals
from isogloss.word_columns import POSITIONS

FRAMINGS = ["few_shot", "chat"]
SCORINGS = ["candidates", "generated"]
ANSWERED_BY = ["model", "uniform", "constant", "length", "largest_group"]
GROUPINGS = ["all", "category", "length", "count", "method", "last_shown", "known"]
CONTRASTS = ["position", "scoring", "language"]
METRICS = [
    "accuracy",
    "macro_accuracy",
    "pair_accuracy",
    "pair_order",
    "within_1",
    "mae",
    "bias",
    "r",
    "brier",
    "ece",
    "overconfidence",
    "invalid_rate",
    "candidate_mass",
    "accuracy_own_membership",
    "membership_sum_accuracy",
]


class CountingPrompts(pa.DataFrameModel):
    """One prompt of every kind, to be read."""

    language: Series[str]
    position: Series[str] = pa.Field(isin=POSITIONS)
    framing: Series[str] = pa.Field(isin=FRAMINGS)
    shots: Series[int] = pa.Field(ge=0)
    item_id: Series[str] = pa.Field(str_matches=ITEM_ID)
    prompt: Series[str] = pa.Field(str_length={"min_value": 1}, description="as the model reads it")
    answer: Series[str] = pa.Field(description="that would be right")


class CountPredictions(pa.DataFrameModel):
    """What a model answered to every list; see `count_predictions`."""

    model: Series[str]
    language: Series[str]
    position: Series[str] = pa.Field(isin=POSITIONS)
    framing: Series[str] = pa.Field(isin=FRAMINGS)
    shots: Series[int] = pa.Field(ge=0)
    scoring: Series[str] = pa.Field(isin=SCORINGS)
    item_id: Series[str] = pa.Field(str_matches=ITEM_ID)
    category: Series[str]
    length: Series[int] = pa.Field(ge=1)
    count: Series[int] = pa.Field(ge=0)
    method: Series[str] = pa.Field(isin=METHODS)
    list_id: Series[str] = pa.Field(str_matches=ITEM_ID)
    largest_group: Series[pd.Int64Dtype] = pa.Field(
        ge=1, nullable=True, description="words of the kind of which there are most"
    )
    answer: Series[pd.Int64Dtype] = pa.Field(
        ge=0, nullable=True, description="empty: no number could be read"
    )
    expected_count: Series[float] = pa.Field(ge=0, nullable=True)
    p_count: Series[float] = pa.Field(**SHARE, nullable=True, description="of the right number")
    confidence: Series[float] = pa.Field(**SHARE, nullable=True, description="of the answer")
    brier: Series[float] = pa.Field(
        in_range={"min_value": 0, "max_value": 2},
        nullable=True,
        description="sum of squared errors of the probabilities, 0 to 2",
    )
    candidate_mass: Series[float] = pa.Field(**SHARE, nullable=True)
    reason: Series[str] = pa.Field(description="why there is no answer")
    last_shown: Series[pd.Int64Dtype] = pa.Field(
        ge=0, nullable=True, description="the answer that stands last before the list"
    )

    class Config:
        """One answer a list and way of asking; whole numbers may come as floats."""

        coerce = True
        unique: list[str] = ["model", "language", "position", "framing", "scoring", "item_id"]


class CountingScores(WithIntervals):
    """Scores of models and baselines in counting; see `count_scores.score_predictions`."""

    model: Series[str]
    language: Series[str] = pa.Field(description="all: lists of all languages together")
    position: Series[str] = pa.Field(isin=POSITIONS)
    framing: Series[str] = pa.Field(isin=FRAMINGS)
    shots: Series[int] = pa.Field(ge=0)
    scoring: Series[str] = pa.Field(isin=SCORINGS)
    answered_by: Series[str] = pa.Field(
        isin=ANSWERED_BY, description="the model, or a baseline that does not count"
    )
    by: Series[str] = pa.Field(isin=GROUPINGS, description="how lists are grouped")
    group: Series[str] = pa.Field(description="which of these groups")
    metric: Series[str] = pa.Field(isin=METRICS)
    value: Series[float] = pa.Field(nullable=True)
    n: Series[int] = pa.Field(ge=0, description="lists")
    clusters: Series[int] = pa.Field(ge=1, description="of which the unit is drawn again")
    unit: Series[str] = pa.Field(
        isin=["category", "item", "list"], description="what is drawn again"
    )
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    baseline: Series[str] = pa.Field(description="that `gap` is over: the best one; empty: none")
    gap: Series[float] = pa.Field(
        nullable=True, description="accuracy less that of the best baseline; pair_order less 0.5"
    )
    gap_seen: Series[float] = pa.Field(
        nullable=True, description="the least true gap that is found in four of five studies"
    )
    gap_ci_low: Series[float] = pa.Field(nullable=True, description="lower bound of gap")
    gap_ci_high: Series[float] = pa.Field(nullable=True, description="upper bound of gap")
    p_above_baseline: Series[float] = pa.Field(
        **SHARE, nullable=True, description="one-sided, of gap and of pair_order together"
    )
    p_above_baseline_adjusted: Series[float] = pa.Field(
        **SHARE, nullable=True, description="adjusted over languages (Holm)"
    )
    above_baseline: Series[pd.BooleanDtype] = pa.Field(
        nullable=True, description="the adjusted p-value is small enough"
    )

    class Config:
        """Every score once; tables read from files may have lost their types."""

        coerce = True
        unique: list[str] = [
            "model",
            "language",
            "position",
            "framing",
            "shots",
            "scoring",
            "answered_by",
            "by",
            "group",
            "metric",
        ]


class CountingConfusion(pa.DataFrameModel):
    """How often each answer was given to lists of each count and length."""

    model: Series[str]
    language: Series[str]
    position: Series[str] = pa.Field(isin=POSITIONS)
    framing: Series[str] = pa.Field(isin=FRAMINGS)
    shots: Series[int] = pa.Field(ge=0)
    scoring: Series[str] = pa.Field(isin=SCORINGS)
    count: Series[int] = pa.Field(ge=0)
    length: Series[int] = pa.Field(ge=1)
    answer: Series[pd.Int64Dtype] = pa.Field(ge=0, nullable=True, description="empty: none")
    n: Series[int] = pa.Field(ge=1)

    class Config:
        """Whole numbers may come as floats."""

        coerce = True


class CountingContrasts(WithIntervals):
    """Differences on the same lists; see `count_contrasts.contrast_predictions`."""

    model: Series[str]
    language: Series[str]
    position: Series[str] = pa.Field(isin=POSITIONS)
    framing: Series[str] = pa.Field(isin=FRAMINGS)
    shots: Series[int] = pa.Field(ge=0)
    scoring: Series[str] = pa.Field(isin=SCORINGS)
    contrast: Series[str] = pa.Field(isin=CONTRASTS, description="what the two sides differ in")
    reference: Series[str] = pa.Field(
        description="value of the column `contrast` that is taken off"
    )
    metric: Series[str] = pa.Field(isin=["accuracy", "mae"])
    value: Series[float] = pa.Field(nullable=True)
    reference_value: Series[float] = pa.Field(nullable=True, description="value of the other side")
    difference: Series[float] = pa.Field(
        nullable=True, description="value - reference_value, list by list"
    )
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    n: Series[int] = pa.Field(ge=0, description="lists that both have")
    clusters: Series[int] = pa.Field(ge=0, description="of which the unit is drawn again")
    unit: Series[str] = pa.Field(isin=["category", "item"], description="what is drawn again")
    p: Series[float] = pa.Field(**SHARE, nullable=True)
    p_adjusted: Series[float] = pa.Field(**SHARE, nullable=True)
    family: Series[int] = pa.Field(ge=0, description="tests that p_adjusted is over")

    class Config:
        """Every contrast once; tables read from files may have lost their types."""

        coerce = True
        unique: list[str] = [
            "model",
            "language",
            "position",
            "framing",
            "shots",
            "scoring",
            "contrast",
            "reference",
            "metric",
        ]
