"""What the tables of the published cultural analyses hold; see `schemas`."""

from __future__ import annotations

import pandera.pandas as pa
from pandera.typing import Series

from isogloss.cultural_schemas import RANGE, UNKNOWN_SHARE


class OriginalCells(pa.DataFrameModel):
    """Published agreement of single responses with a group: mean and spread of its rounds."""

    model: Series[str]
    family: Series[str]
    language: Series[str]
    level: Series[str] = pa.Field(isin=["country", "language", "named"])
    group: Series[str]
    native: Series[bool]
    metric: Series[str] = pa.Field(isin=["spearman"])
    value: Series[float] = pa.Field(nullable=True, **RANGE)
    error: Series[float] = pa.Field(nullable=True, ge=0)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    value_once: Series[float] = pa.Field(nullable=True, **RANGE, description="no bootstrap")
    rounds: Series[int] = pa.Field(ge=0)
    n: Series[int] = pa.Field(ge=1, description="responses")
    synthetic: Series[bool]

    class Config:
        """An empty table has columns without a type."""

        coerce = True


class _OriginalTerms(pa.DataFrameModel):
    term: Series[str]
    kind: Series[str]
    language: Series[str]
    coefficient: Series[float]
    error: Series[float] = pa.Field(nullable=True, ge=0)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    t: Series[float] = pa.Field(nullable=True)
    p: Series[float] = pa.Field(**UNKNOWN_SHARE)
    n: Series[int] = pa.Field(ge=1)
    r_squared: Series[float] = pa.Field(nullable=True)
    log_likelihood: Series[float] = pa.Field(nullable=True)
    rounds: Series[int] = pa.Field(ge=0, description="0: one value a cell, without a bootstrap")
    synthetic: Series[bool]


class OriginalUsBias(_OriginalTerms):
    """Terms of the published regression of US-centric bias."""

    model: Series[str]
    reference: Series[str]
    r_squared_adjusted: Series[float] = pa.Field(nullable=True)

    class Config:
        """An empty table has columns without a type."""

        coerce = True
        unique: list[str] = ["term", "rounds"]


class OriginalCapability(_OriginalTerms):
    """Terms of the published mixed models of alignment on capability and consistency."""

    formula: Series[str] = pa.Field(isin=["interaction", "normal", "no_consistency"])
    family: Series[str]
    scale: Series[float] = pa.Field(ge=0)
    r_squared_conditional: Series[float]
    converged: Series[bool]

    class Config:
        """An empty table has columns without a type."""

        coerce = True
        unique: list[str] = ["formula", "term", "rounds"]


class OriginalConsistency(pa.DataFrameModel):
    """Published consistencies: of models, as a covariate, across languages, naming countries."""

    analysis: Series[str] = pa.Field(
        isin=["self_consistency", "covariate", "cross_effects", "named_countries"]
    )
    model: Series[str]
    family: Series[str]
    language: Series[str]
    kind: Series[str] = pa.Field(isin=["within", "between", "difference"])
    value: Series[float] = pa.Field(nullable=True)
    error: Series[float] = pa.Field(nullable=True, ge=0)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    value_once: Series[float] = pa.Field(nullable=True)
    rounds: Series[int] = pa.Field(ge=0)
    n: Series[int] = pa.Field(ge=0, description="responses, or pairs of them")
    synthetic: Series[bool]

    class Config:
        """An empty table has columns without a type."""

        coerce = True
