"""What the tables of surveys hold; see `schemas`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandera.pandas as pa
from pandera.typing import Series

from isogloss.schemas import SHARE, TOLERANCE, WithIntervals

if TYPE_CHECKING:
    import pandas as pd

LEVELS = ("country", "language", "global")
RULES = ("declared", "declared_neutral_con", "original", "published")
QUESTION = r"^[a-z0-9_]+$"


class SurveyQuestions(pa.DataFrameModel):
    """Questions of a survey with the meaning of their codes: one row a question.

    Codes stand as numbers and ranges with blanks between them, such as `1 2` or `6-10`. Every code
    from `lowest` to `highest` is in exactly one of pro, con and neutral, which is checked where the
    table is used. Other codes up to 0 are missing answers.
    """

    question: Series[str] = pa.Field(unique=True, str_matches=QUESTION)
    title: Series[str] = pa.Field(str_length={"min_value": 1}, description="short name")
    battery: Series[str] = pa.Field(
        str_matches=QUESTION, description="questions that are alike, to be resampled together"
    )
    lowest: Series[int] = pa.Field(ge=0, description="code of a valid answer")
    highest: Series[int] = pa.Field(ge=1, description="code of a valid answer")
    lowest_means: Series[str] | None = pa.Field(description="label of the lowest code")
    highest_means: Series[str] | None = pa.Field(description="label of the highest code")
    pro: Series[str] = pa.Field(description="codes that are in favour")
    con: Series[str] = pa.Field(description="codes that are against")
    neutral: Series[str] = pa.Field(description="codes on neither side")
    scale: Series[str] = pa.Field(
        isin=["binary", "ordinal", "nominal"], description="nominal: the codes are in no order"
    )
    tested: Series[str] | None = pa.Field(
        isin=["true", "false"], description="the published study asked models this"
    )
    original: Series[str] | None = pa.Field(
        isin=["true", "false"], description="the published ground truth has it"
    )
    remark: Series[str] | None = pa.Field(description="in words")

    class Config:
        """Numbers may stand as text, as in a CSV file."""

        coerce = True


class SurveyGroundTruth(WithIntervals):
    """Which share of a group is for what a question asks about: one row a group and question."""

    level: Series[str] = pa.Field(isin=LEVELS)
    group: Series[str] = pa.Field(
        str_length={"min_value": 1}, description="country, language, or `all` at level global"
    )
    language: Series[str] = pa.Field(description="main language of a country; else empty")
    question: Series[str] = pa.Field(str_matches=QUESTION)
    pro_score: Series[float] = pa.Field(**SHARE, description="pro / (pro + con), weighted")
    error: Series[float] = pa.Field(ge=0, nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True, **SHARE)
    ci_high: Series[float] = pa.Field(nullable=True, **SHARE)
    n: Series[float] = pa.Field(
        ge=1, nullable=True, description="respondents that are pro or con; empty where published"
    )
    n_eff: Series[float] = pa.Field(gt=0, nullable=True)
    neutral_share: Series[float] | None = pa.Field(
        nullable=True, description="of all valid answers", **SHARE
    )
    group_variance: Series[float] = pa.Field(
        ge=0,
        nullable=True,
        description="variance of the score of a few respondents drawn at random",
    )
    group_size: Series[float] | None = pa.Field(
        ge=1, nullable=True, description="how many respondents that is; where it is not told, 10"
    )
    rules: Series[str] = pa.Field(
        isin=RULES,
        description="what codes count as; declared_neutral_con: those of survey_questions, neutral "
        "ones as con; published: as original",
    )
    synthetic: Series[bool]

    @pa.dataframe_check(error="an interval does not hold its score: ci_low <= score <= ci_high")
    @classmethod
    def intervals_hold_scores(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare every score with its interval where there is one."""
        outside = (table["ci_low"] > table["pro_score"] + TOLERANCE) | (
            table["ci_high"] < table["pro_score"] - TOLERANCE
        )
        return Series[bool](~outside)

    class Config:
        """One row a group and question; numbers that no row has have no type."""

        coerce = True
        unique: list[str] = ["level", "group", "question"]


class SurveyDistributions(pa.DataFrameModel):
    """Which share of a group gave each answer: one row a group, question and code; may be empty."""

    level: Series[str] = pa.Field(isin=LEVELS)
    group: Series[str] = pa.Field(str_length={"min_value": 1})
    question: Series[str] = pa.Field(str_matches=QUESTION)
    code: Series[int] = pa.Field(ge=0)
    share: Series[float] = pa.Field(**SHARE)
    n: Series[int] = pa.Field(ge=1, description="respondents with a valid answer")
    n_eff: Series[float] = pa.Field(gt=0)
    synthetic: Series[bool]

    @pa.dataframe_check(error="the shares of a group's answers to a question do not sum to 1")
    @classmethod
    def shares_sum_to_one(cls, table: pd.DataFrame) -> Series[bool]:
        """Add up the shares of every group and question."""
        keys = ["level", "group", "question"]
        sums = table.groupby(keys, sort=False)["share"].transform("sum")
        return Series[bool]((sums - 1).abs() <= TOLERANCE)

    class Config:
        """An empty table has columns without a type."""

        coerce = True
        unique: list[str] = ["level", "group", "question", "code"]


class CountryLanguages(pa.DataFrameModel):
    """In which language most of each country was interviewed: one row a country."""

    country: Series[str] = pa.Field(unique=True, str_length={"min_value": 1}, description="code")
    language: Series[str] = pa.Field(str_length={"min_value": 1})
    share: Series[float] = pa.Field(
        nullable=True, description="of the country's weights; empty where published", **SHARE
    )
    synthetic: Series[bool]

    class Config:
        """Numbers that no row has have no type."""

        coerce = True


class SurveyRemarks(pa.DataFrameModel):
    """What of a survey was left out, and why; may be empty."""

    what: Series[str] = pa.Field(str_length={"min_value": 1}, description="was left out")
    level: Series[str] = pa.Field(isin=["", *LEVELS])
    group: Series[str]
    question: Series[str]
    n: Series[int] = pa.Field(ge=0, description="how many")
    of: Series[int] = pa.Field(ge=0, description="out of how many")
    detail: Series[str] = pa.Field(description="in words")

    class Config:
        """An empty table has columns without a type; no other columns."""

        coerce = True
        strict = True
