"""What the tables of alignment hold: of pairs of languages, over pairs, and with the pivot."""

from __future__ import annotations

import pandera.pandas as pa
from pandera.typing import Series

from isogloss.schemas import COSINE, SHARE, WithIntervals


class Alignment(WithIntervals):
    """Alignment of every pair of languages in every layer."""

    model: Series[str]
    pooling: Series[str] = pa.Field(str_length={"min_value": 1})
    sample: Series[int] = pa.Field(ge=0)
    layer: Series[int] = pa.Field(ge=0)
    language_a: Series[str]
    language_b: Series[str]
    n: Series[int] = pa.Field(ge=2)
    n_pool: Series[int] = pa.Field(ge=2)
    chance: Series[float] = pa.Field(**SHARE)
    cosine: Series[float] = pa.Field(
        **COSINE, description="mean cosine of sentences and their translations"
    )
    retrieval_rank_score: Series[float] = pa.Field(
        **SHARE,
        nullable=True,
        description="1 - mean rank of the translation / sentences of all languages",
    )
    mexa: Series[float] = pa.Field(
        **SHARE, description="share of sentences nearest to their translation, both ways"
    )
    mexa_at: Series[float] | None = pa.Field(
        alias=r"^mexa_at_\d+$",
        regex=True,
        nullable=True,
        **SHARE,
        description="the same in a random pool of this many sentences",
    )
    floors: Series[float] | None = pa.Field(
        alias=r"^mexa(_at_\d+)?_floor$",
        regex=True,
        nullable=True,
        **SHARE,
        description="MEXA without any sentence paired with its translation",
    )
    auc: Series[float] = pa.Field(
        **SHARE, description="share of other sentences that are farther than the translation"
    )

    class Config:
        """One row a pair, layer, sample and pooling."""

        unique: list[str] = ["model", "pooling", "sample", "layer", "language_a", "language_b"]


class RetrievalStatistics(pa.DataFrameModel):
    """What the nearest sentences of a sentence are, and what chance would give; may be empty."""

    model: Series[str]
    pooling: Series[str] = pa.Field(str_length={"min_value": 1})
    sample: Series[int] = pa.Field(ge=0)
    layer: Series[int] = pa.Field(ge=0)
    shares: Series[float] = pa.Field(
        alias=r"^same_(language|text)_share(_chance)?$",
        regex=True,
        **SHARE,
        description="share of the nearest that are of the language, or translations",
    )
    ranks: Series[float] = pa.Field(
        alias=r"^same_(language|text)_rank(_chance)?$",
        regex=True,
        ge=1,
        description="mean rank of sentences of the language, or of translations",
    )
    n: Series[int] = pa.Field(ge=3)

    class Config:
        """An empty table has columns without a type."""

        coerce = True
        unique: list[str] = ["model", "pooling", "sample", "layer"]


class AlignmentSummary(WithIntervals):
    """Alignment of every pair of languages, aggregated over a declared range of layers."""

    model: Series[str]
    metric: Series[str]
    pooling: Series[str] = pa.Field(str_length={"min_value": 1})
    sample: Series[int] = pa.Field(ge=-1)
    aggregation: Series[str] = pa.Field(isin=["mean", "max"])
    language_a: Series[str]
    language_b: Series[str]
    score: Series[float] = pa.Field(nullable=True, coerce=True)
    n: Series[int] | None = pa.Field(ge=1)
    n_pool: Series[int] | None = pa.Field(ge=2)
    chance: Series[float] | None = pa.Field(**SHARE, nullable=True)
    floor: Series[float] | None = pa.Field(nullable=True)
    ci_low: Series[float] | None = pa.Field(nullable=True)
    ci_high: Series[float] | None = pa.Field(nullable=True)
    layer_first: Series[int] | None = pa.Field(ge=0, description="first layer of the range")
    layer_last: Series[int] | None = pa.Field(ge=0, description="last layer of the range")
    best_layer: Series[int] | None = pa.Field(
        ge=-1, description="that max chose; -1: none was chosen"
    )


class AlignmentExtremes(AlignmentSummary):
    """The best and the worst aligned pairs of languages."""

    rank: Series[int] = pa.Field(ge=1)
    side: Series[str] = pa.Field(
        isin=["top", "bottom"], description="top: best aligned; bottom: worst"
    )


class AlignmentOverview(WithIntervals):
    """Alignment over all pairs of languages in every layer."""

    model: Series[str]
    pooling: Series[str] = pa.Field(str_length={"min_value": 1})
    metric: Series[str]
    layer: Series[int] = pa.Field(ge=0)
    score: Series[float] = pa.Field(nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    chance: Series[float] = pa.Field(**SHARE, nullable=True)
    floor: Series[float] | None = pa.Field(nullable=True)
    selected: Series[bool] = pa.Field(description="the layer lies in the range of the summary")

    class Config:
        """One row a model, pooling, metric and layer."""

        unique: list[str] = ["model", "pooling", "metric", "layer"]


class PivotOverview(WithIntervals):
    """The languages of a model by their alignment with the pivot, best first."""

    model: Series[str]
    pooling: Series[str] = pa.Field(str_length={"min_value": 1})
    metric: Series[str]
    pivot: Series[str]
    language: Series[str]
    score: Series[float]
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    chance: Series[float] = pa.Field(**SHARE, nullable=True)
    floor: Series[float] | None = pa.Field(nullable=True)
    p_pairing: Series[float] = pa.Field(
        **SHARE,
        description="of MEXA, whatever the metric: against random pairing of sentences, one-sided",
    )
    p_pairing_adjusted: Series[float] = pa.Field(
        **SHARE, description="the same for all languages at once (max-T)"
    )
    above_random_pairing: Series[bool] = pa.Field(
        description="the adjusted p-value is small enough"
    )
    difference_to_best_p: Series[float] | None = pa.Field(
        **SHARE,
        nullable=True,
        description="of the difference to the best language, for all pairs at once",
    )
    rank: Series[int] = pa.Field(ge=1)

    class Config:
        """One row a model, pooling and language."""

        unique: list[str] = ["model", "pooling", "language"]


class AlignmentPredictor(WithIntervals):
    """The alignment of a language with the pivot that stands beside outcomes of other studies."""

    model: Series[str]
    pivot: Series[str]
    pooling: Series[str] = pa.Field(str_length={"min_value": 1})
    predictor: Series[str] = pa.Field(
        str_length={"min_value": 1}, description="metric of alignment, such as mexa_at_60"
    )
    language: Series[str]
    value: Series[float] = pa.Field(
        nullable=True, description="mean over the middle third of the blocks"
    )
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    confidence: Series[float] = pa.Field(gt=0, lt=1, description="of the intervals")
    n: Series[int] = pa.Field(ge=2)
    n_pool: Series[int] = pa.Field(ge=2)
    layer_first: Series[int] = pa.Field(ge=0, description="first of the layers averaged over")
    layer_last: Series[int] = pa.Field(ge=0, description="last of them")
    reliability: Series[float] = pa.Field(
        nullable=True, description="of all values of a model, the same in every row"
    )

    class Config:
        """One row a model and language."""

        unique: list[str] = ["model", "language"]
