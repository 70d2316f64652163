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
    native: Series[bool] = pa.Field(description="the group speaks the language")
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
    term: Series[str] = pa.Field(description="of the regression")
    kind: Series[str] = pa.Field(description="main effect or interaction")
    language: Series[str]
    coefficient: Series[float] = pa.Field(description="of the term")
    error: Series[float] = pa.Field(nullable=True, ge=0)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    t: Series[float] = pa.Field(nullable=True, description="coefficient / error")
    p: Series[float] = pa.Field(**UNKNOWN_SHARE)
    n: Series[int] = pa.Field(ge=1)
    r_squared: Series[float] = pa.Field(nullable=True, description="share of variance explained")
    log_likelihood: Series[float] = pa.Field(nullable=True, description="of the regression")
    rounds: Series[int] = pa.Field(ge=0, description="0: one value a cell, without a bootstrap")
    synthetic: Series[bool]


class OriginalUsBias(_OriginalTerms):
    """Terms of the published regression of US-centric bias."""

    model: Series[str]
    reference: Series[str] = pa.Field(description="country that is taken for the US")
    r_squared_adjusted: Series[float] = pa.Field(
        nullable=True, description="for the number of terms"
    )

    class Config:
        """An empty table has columns without a type."""

        coerce = True
        unique: list[str] = ["term", "rounds"]


class OriginalCapability(_OriginalTerms):
    """Terms of the published mixed models of alignment on capability and consistency."""

    formula: Series[str] = pa.Field(
        isin=["interaction", "normal", "no_consistency"], description="which of the published ones"
    )
    family: Series[str]
    scale: Series[float] = pa.Field(ge=0, description="residual variance")
    r_squared_conditional: Series[float] = pa.Field(description="with the random intercepts")
    converged: Series[bool] = pa.Field(description="the fit did")

    class Config:
        """An empty table has columns without a type."""

        coerce = True
        unique: list[str] = ["formula", "term", "rounds"]


class OriginalConsistency(pa.DataFrameModel):
    """Published consistencies: of models, as a covariate, across languages, naming countries."""

    analysis: Series[str] = pa.Field(
        isin=["self_consistency", "covariate", "cross_effects", "named_countries"],
        description="which of the published ones",
    )
    model: Series[str]
    family: Series[str]
    language: Series[str]
    kind: Series[str] = pa.Field(
        isin=["within", "between", "difference"],
        description="within a language, between two, or within - between",
    )
    value: Series[float] = pa.Field(nullable=True)
    error: Series[float] = pa.Field(nullable=True, ge=0)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    value_once: Series[float] = pa.Field(nullable=True, description="without a bootstrap")
    rounds: Series[int] = pa.Field(ge=0)
    n: Series[int] = pa.Field(ge=0, description="responses, or pairs of them")
    synthetic: Series[bool]

    class Config:
        """An empty table has columns without a type."""

        coerce = True
