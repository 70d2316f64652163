"""What the tables of the cultural study hold; see `schemas`."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from isogloss.response_schemas import COUNTRY
from isogloss.schemas import SHARE, TOLERANCE, WithIntervals

LEVELS = ("country", "language", "global")
METRICS = ("spearman", "pearson", "distance", "jensen_shannon", "wasserstein")
PARTS = ("overall", "normative", "distinctive")
RANGE: dict[str, Any] = {"in_range": {"min_value": -1 - TOLERANCE, "max_value": 1 + TOLERANCE}}
UNKNOWN_SHARE: dict[str, Any] = {**SHARE, "nullable": True}
CAPABILITIES = ("benchmarks", "alignment", "task")
VOICE = ["model", "family", "elicitation", "labeller", "language"]


class CulturalValues(WithIntervals):
    """A table of values, some of which have intervals over questions."""

    @pa.dataframe_check(error="an interval does not hold its value: ci_low <= value <= ci_high")
    @classmethod
    def intervals_hold_values(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare every value with its interval where both are numbers."""
        name = next(one for one in ("value", "difference", "slope") if one in table)
        below = table["ci_low"] > table[name] + TOLERANCE
        return Series[bool](~(below | (table["ci_high"] < table[name] - TOLERANCE)))


class _Voices(CulturalValues):
    model: Series[str]
    family: Series[str]
    elicitation: Series[str] = pa.Field(isin=["open", "closed"])
    labeller: Series[str]
    language: Series[str]


class SurveyScores(pa.DataFrameModel):
    """Scores of responses: pro of pro and con; one row a response, and none is left out."""

    model: Series[str]
    family: Series[str]
    elicitation: Series[str] = pa.Field(isin=["open", "closed"])
    labeller: Series[str] = pa.Field(description="empty: closed questions, or published scores")
    language: Series[str]
    response_language: Series[str] = pa.Field(description="empty if it was not told")
    question: Series[str]
    prompt_id: Series[str] = pa.Field(nullable=True)
    sample: Series[int] = pa.Field(ge=0)
    country: Series[str] = pa.Field(
        str_matches=COUNTRY, description="that the prompt names; empty: none"
    )
    pro: Series[pd.Int64Dtype] = pa.Field(ge=0, nullable=True, description="opinions")
    con: Series[pd.Int64Dtype] = pa.Field(ge=0, nullable=True)
    neutral: Series[pd.Int64Dtype] = pa.Field(ge=0, nullable=True)
    pro_score: Series[float] = pa.Field(
        **UNKNOWN_SHARE, description="pro / (pro + con); missing if the response takes no side"
    )

    class Config:
        """An empty table has columns without a type."""

        coerce = True

    @pa.dataframe_check(error="pro_score is not pro / (pro + con)")
    @classmethod
    def scores_follow_from_counts(cls, table: pd.DataFrame) -> Series[bool]:
        """Divide again, where there are counts."""
        sides = (table["pro"] + table["con"]).astype(float)
        expected = table["pro"].astype(float) / sides.where(sides > 0)
        close = (table["pro_score"] - expected).abs() < TOLERANCE
        both_missing = expected.isna() & table["pro_score"].isna()
        return Series[bool](close | both_missing | sides.isna())


class ModelCapabilities(pa.DataFrameModel):
    """What models can do in a language, by each measure of it."""

    measure: Series[str] = pa.Field(
        isin=CAPABILITIES, description="published benchmarks, alignment, or a task"
    )
    model: Series[str]
    language: Series[str]
    capability: Series[float] = pa.Field(description="in the units of its measure")

    class Config:
        """No measure of a model and language twice; an empty table has columns without a type."""

        coerce = True
        unique: list[str] = ["measure", "model", "language"]


class CulturalAlignment(_Voices):
    """How far what a model says in a language agrees with a country, a language or all people.

    Values are larger, the more alike two sides are; 1 is equal. `distance` is 1 - mean |x - y|.
    """

    named_country: Series[str] = pa.Field(
        description="that the prompts name; native: any of their language but the reference"
    )
    level: Series[str] = pa.Field(isin=LEVELS)
    group: Series[str]
    native: Series[bool] = pa.Field(description="the group speaks the voice's language")
    metric: Series[str] = pa.Field(isin=METRICS)
    part: Series[str] = pa.Field(isin=PARTS)
    value: Series[float] = pa.Field(nullable=True, **RANGE)
    error: Series[float] = pa.Field(nullable=True, ge=0)
    ci_low: Series[float] = pa.Field(nullable=True, **RANGE)
    ci_high: Series[float] = pa.Field(nullable=True, **RANGE)
    battery_ci_low: Series[float] = pa.Field(nullable=True, **RANGE)
    battery_ci_high: Series[float] = pa.Field(nullable=True, **RANGE)
    without_battery_low: Series[float] = pa.Field(
        nullable=True, **RANGE, description="lowest value without one battery of questions"
    )
    without_battery_high: Series[float] = pa.Field(
        nullable=True, **RANGE, description="highest value without one battery"
    )
    n_questions: Series[int] = pa.Field(ge=1)
    n_responses: Series[int] = pa.Field(ge=0)
    floor: Series[float] = pa.Field(
        nullable=True, **RANGE, description="mean with the voice's own answers permuted"
    )
    floor_uniform: Series[float] = pa.Field(
        nullable=True, **RANGE, description="with answers that choose any option as often"
    )
    ceiling: Series[float] = pa.Field(
        nullable=True, **RANGE, description="what the mean of the other groups reaches"
    )
    conformist: Series[float] = pa.Field(
        nullable=True,
        **RANGE,
        description="distinctive part of a voice that follows what all groups share alone",
    )
    p: Series[float] = pa.Field(
        **UNKNOWN_SHARE,
        description="one-sided, against permuted answers: of a distinctive part no test of whether "
        "the voice agrees with this group rather than others; conformists have small ones too",
    )
    p_adjusted: Series[float] = pa.Field(**UNKNOWN_SHARE, description="max-T over voices, groups")
    reliability: Series[float] = pa.Field(
        nullable=True,
        le=1 + TOLERANCE,
        description="1 - noise of responses / variance of question means",
    )
    disattenuated: Series[float] = pa.Field(
        nullable=True, description="correlation corrected for noise; beyond 1 it has failed"
    )
    synthetic: Series[bool]

    class Config:
        """Every voice, group, metric and part once; an empty table has columns without a type."""

        coerce = True
        unique: list[str] = [*VOICE, "named_country", "level", "group", "metric", "part"]


class CulturalContrasts(_Voices):
    """Agreement with the reference country less the mean agreement with native countries."""

    metric: Series[str] = pa.Field(isin=METRICS)
    part: Series[str] = pa.Field(isin=PARTS)
    reference: Series[str] = pa.Field(description="country that is compared with native ones")
    natives: Series[str] = pa.Field(description="codes, separated by blanks")
    without: Series[str] = pa.Field(description="native countries that are left out; empty: none")
    named: Series[bool] = pa.Field(description="of prompts that name a native country")
    resampled: Series[str] = pa.Field(
        isin=["questions", "questions and models"], description="what is drawn again"
    )
    difference: Series[float] = pa.Field(
        nullable=True, description="reference - mean of the native ones"
    )
    error: Series[float] = pa.Field(nullable=True, ge=0)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    battery_ci_low: Series[float] = pa.Field(nullable=True)
    battery_ci_high: Series[float] = pa.Field(nullable=True)
    without_battery_low: Series[float] = pa.Field(
        nullable=True, description="lowest value without one battery of questions"
    )
    without_battery_high: Series[float] = pa.Field(
        nullable=True, description="highest value without one battery"
    )
    p: Series[float] = pa.Field(**UNKNOWN_SHARE)
    p_adjusted: Series[float] = pa.Field(
        **UNKNOWN_SHARE, description="max-T over models and languages, of means over languages"
    )
    p_battery: Series[float] = pa.Field(**UNKNOWN_SHARE, description="over batteries, by itself")
    n_questions: Series[int] = pa.Field(ge=1)
    n_batteries: Series[int] = pa.Field(ge=1, description="batteries of questions")
    n_models: Series[int] = pa.Field(ge=1, description="models that are averaged")
    synthetic: Series[bool]

    class Config:
        """Every contrast once; an empty table has columns without a type."""

        coerce = True
        unique: list[str] = [*VOICE, "metric", "part", "without", "named", "resampled"]


class CountryCorrelations(CulturalValues):
    """How much alike two countries answer, or a country and all people together."""

    group_a: Series[str] = pa.Field(description="one country")
    group_b: Series[str] = pa.Field(description="another, or all people")
    metric: Series[str] = pa.Field(isin=["pearson", "spearman"])
    value: Series[float] = pa.Field(nullable=True, **RANGE)
    error: Series[float] = pa.Field(nullable=True, ge=0)
    ci_low: Series[float] = pa.Field(nullable=True, **RANGE)
    ci_high: Series[float] = pa.Field(nullable=True, **RANGE)
    n: Series[int] = pa.Field(ge=0, description="questions that both were asked")
    synthetic: Series[bool]

    class Config:
        """Every pair and metric once; an empty table has columns without a type."""

        coerce = True
        unique: list[str] = ["group_a", "group_b", "metric"]


class CapabilityRegression(CulturalValues):
    """The slope of agreement with one's own culture on capability, over models."""

    elicitation: Series[str]
    labeller: Series[str]
    outcome: Series[str] = pa.Field(
        isin=["distinctive", "overall", "overall_language"],
        description="agreement that is explained",
    )
    metric: Series[str] = pa.Field(isin=METRICS)
    capability: Series[str] = pa.Field(
        isin=CAPABILITIES, description="measure of what models can do"
    )
    covariates: Series[str] = pa.Field(
        isin=["none", "consistency"], description="that are held constant"
    )
    language: Series[str] = pa.Field(description="all: pooled, both sides centred in languages")
    left_out: Series[str] = pa.Field(description="model; empty: none")
    slope: Series[float] = pa.Field(
        nullable=True, description="of agreement on capability, both centred in languages"
    )
    error: Series[float] = pa.Field(nullable=True, ge=0)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    p: Series[float] = pa.Field(
        **UNKNOWN_SHARE,
        description="models permuted; of this slope alone: not adjusted for the other slopes",
    )
    p_within_family: Series[float] = pa.Field(
        **UNKNOWN_SHARE, description="models permuted within families; not adjusted either"
    )
    n: Series[int] = pa.Field(ge=0, description="models")
    n_questions: Series[int] = pa.Field(ge=0)
    reason: Series[str] = pa.Field(description="why there is no slope; empty if there is")
    synthetic: Series[bool]

    class Config:
        """An empty table has columns without a type."""

        coerce = True
        unique: list[str] = [
            "elicitation",
            "labeller",
            "outcome",
            "capability",
            "covariates",
            "language",
            "left_out",
        ]
