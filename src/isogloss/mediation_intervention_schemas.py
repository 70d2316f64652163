"""What the tables of probes and interventions hold; see `schemas`."""

from __future__ import annotations

import pandera.pandas as pa
from pandera.typing import Series

from isogloss.mediation_schemas import (
    KINDS,
    NAMED,
    SEPARATORS,
    UNKNOWN_SHARE,
    EffectIntervals,
    OfPairs,
)
from isogloss.schemas import SHARE

MEASURES = ["change_per_member", "less_random", "slope", "left", "lost"]


class ScreenCheck(pa.DataFrameModel):
    """How well estimates agree with exact patches, and a bound on what they miss."""

    model: Series[str]
    language: Series[str]
    kind: Series[str] = pa.Field(isin=KINDS)
    named: Series[str] = pa.Field(isin=NAMED)
    separators: Series[str] = pa.Field(isin=SEPARATORS)
    method: Series[str] = pa.Field(isin=["gradient", "integrated"])
    effect: Series[str] = pa.Field(isin=["noising", "denoising"])
    cells: Series[int] = pa.Field(ge=1, description="that were estimated")
    top: Series[int] = pa.Field(ge=1, description="largest estimates, patched exactly")
    sampled: Series[int] = pa.Field(ge=0, description="others, drawn at random and patched")
    correlation: Series[float] = pa.Field(
        nullable=True, description="of estimate and exact effect in the drawn cells"
    )
    same_sign: Series[float] = pa.Field(
        **SHARE, description="share of patched cells whose estimate has the right sign"
    )
    missed: Series[int] = pa.Field(
        ge=0, description="drawn cells as large as the median of the top"
    )
    missed_share_high: Series[float] = pa.Field(
        **SHARE, description="upper bound of the share that is missed"
    )


class Probes(pa.DataFrameModel):
    """How well the running count is read from activations of each layer."""

    model: Series[str]
    language: Series[str]
    named: Series[str] = pa.Field(isin=NAMED)
    separators: Series[str] = pa.Field(isin=SEPARATORS)
    layer: Series[int] = pa.Field(ge=0)
    spot: Series[str] = pa.Field(isin=["item", "separator"])
    target: Series[str] = pa.Field(isin=["running_count"], description="what is read")
    probe: Series[str] = pa.Field(isin=["ridge"], description="how it is read")
    fold: Series[str] = pa.Field(description="category that is held out, or all")
    n: Series[int] = pa.Field(ge=1)
    r2: Series[float] = pa.Field(
        le=1, nullable=True, description="of the probe, on what is held out"
    )
    r2_known: Series[float] = pa.Field(
        le=1, nullable=True, description="of index, length and flags of membership alone"
    )
    r2_baseline: Series[float] = pa.Field(
        le=1, nullable=True, description="of these and of the embeddings"
    )
    reference: Series[str] = pa.Field(
        isin=["baseline", "known", "mean"], description="what predicts best without the probe"
    )
    partial_r2: Series[float] = pa.Field(
        le=1, nullable=True, description="of what the reference leaves"
    )
    r2_seen: Series[float] = pa.Field(
        le=1, nullable=True, description="the same for lists of known words"
    )
    partial_r2_seen: Series[float] = pa.Field(
        le=1, nullable=True, description="beyond the reference, known words"
    )
    r2_shuffled: Series[float] = pa.Field(
        le=1, nullable=True, description="members by lot, known words (control task)"
    )
    partial_r2_shuffled: Series[float] = pa.Field(
        le=1, nullable=True, description="beyond the reference, members by lot"
    )


class Steering(pa.DataFrameModel):
    """What adding the direction of a running count to a list does to the expected count."""

    model: Series[str]
    language: Series[str]
    separators: Series[str] = pa.Field(isin=SEPARATORS)
    list_id: Series[str]
    category: Series[str]
    layer: Series[int] = pa.Field(ge=0)
    spot: Series[str] = pa.Field(isin=["item", "separator"])
    direction: Series[str] = pa.Field(isin=["probe", "mean", "random_probe", "random_mean"])
    draw: Series[int] = pa.Field(ge=0, description="of a random direction, from 0")
    step: Series[int] = pa.Field(description="members that the direction stands for")
    change: Series[float]


class Interchanges(pa.DataFrameModel):
    """What an item's activation from an unrelated list does to the expected count."""

    model: Series[str]
    language: Series[str]
    separators: Series[str] = pa.Field(isin=SEPARATORS)
    list_id: Series[str]
    source_id: Series[str] = pa.Field(description="list that the activation comes from")
    category: Series[str]
    item: Series[int] = pa.Field(ge=0, description="place in the list, from 0")
    running: Series[int] = pa.Field(ge=0, description="members up to the item")
    source_running: Series[int] = pa.Field(ge=0, description="members up to the item in the source")
    layer: Series[int] = pa.Field(ge=0)
    spot: Series[str] = pa.Field(isin=["item", "separator"])
    change: Series[float]


class Knockouts(OfPairs):
    """What is left of the total effect where attention to the swapped word is cut."""

    sign: Series[int] = pa.Field(isin=[-1, 1])
    edges: Series[str]
    window: Series[str] = pa.Field(
        isin=["all", "early", "middle", "late"], description="layers in which attention is cut"
    )
    outcome: Series[str] = pa.Field(isin=["log_odds", "expected_count"])
    total: Series[float]
    left: Series[float] = pa.Field(description="total effect with attention cut")


class InterventionSummary(EffectIntervals):
    """What interventions do on average, with intervals over categories."""

    model: Series[str]
    language: Series[str]
    separators: Series[str] = pa.Field(isin=SEPARATORS)
    experiment: Series[str] = pa.Field(
        isin=["steering", "interchange", "knock_out"], description="which intervention"
    )
    name: Series[str] = pa.Field(description="direction, source or attention that is cut")
    measure: Series[str] = pa.Field(isin=MEASURES, description="of the change")
    mean: Series[float] = pa.Field(nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    n: Series[int] = pa.Field(ge=1)
    n_categories: Series[int] = pa.Field(ge=0)
    p: Series[float] = pa.Field(**UNKNOWN_SHARE)
    p_adjusted: Series[float] = pa.Field(**UNKNOWN_SHARE)
    remark: Series[str]
