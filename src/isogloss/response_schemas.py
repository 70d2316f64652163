"""What the tables of prompts, answers and labels hold; see `schemas`."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from isogloss.schemas import SHARE, TOLERANCE, WithIntervals

ANSWER = ["model", "prompt_id", "sample"]
OPINIONS = ["pro", "con", "neutral"]
PROMPT_ID = r"^[0-9a-f]{16}$"
COUNTRY = r"^([A-Z]{2,3})?$"
FORMULATIONS = ["number", "text"]


class SurveyPrompts(pa.DataFrameModel):
    """What models are asked: one row a prompt."""

    prompt_id: Series[str] = pa.Field(unique=True, str_matches=PROMPT_ID)
    question: Series[str]
    language: Series[str]
    template: Series[str] = pa.Field(description="name of the frame around the topic")
    phrasing: Series[int] = pa.Field(ge=1, description="which wording of the question, from 1")
    country: Series[str] = pa.Field(str_matches=COUNTRY, description="empty: none is named")
    congruent: Series[pd.BooleanDtype] = pa.Field(
        nullable=True, description="the language is native in the country that is named"
    )
    topic: Series[str] = pa.Field(str_length={"min_value": 1}, description="what is asked about")
    text: Series[str] = pa.Field(str_length={"min_value": 1})
    wording: Series[str] = pa.Field(
        isin=["written", "machine"], description="written by a person, or translated by a machine"
    )
    expected: Series[int] = pa.Field(ge=1, description="statements that are asked for")
    document: Series[str] = pa.Field(description="text for models that continue one; may be empty")

    @pa.dataframe_check(error="a country is named and congruent says nothing, or the reverse")
    @classmethod
    def congruent_tells_of_a_country(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare the two columns."""
        return Series[bool]((table["country"] == "") == table["congruent"].isna())


class PromptTranslations(pa.DataFrameModel):
    """What became of every text that a model translated."""

    table: Series[str] = pa.Field(description="of prompts")
    key: Series[str] = pa.Field(description="of the row in it")
    field: Series[str] = pa.Field(description="column of the text")
    language: Series[str]
    status: Series[str] = pa.Field(
        isin=["kept", "repaired", "failed"], description="repaired: right at the second attempt"
    )
    reason: Series[str] = pa.Field(description="why it failed; else empty")
    chrf: Series[float] = pa.Field(
        in_range={"min_value": 0, "max_value": 100},
        nullable=True,
        description="of the translation back with the source",
    )
    source: Series[str] = pa.Field(description="text that was translated")
    translation: Series[str] = pa.Field(description="into the language")
    back_translation: Series[str] = pa.Field(description="into the language of the source")

    class Config:
        """An empty table has columns without a type."""

        coerce = True


class Responses(pa.DataFrameModel):
    """What a model answered: one row a prompt and sample."""

    model: Series[str]
    prompt_id: Series[str] = pa.Field(str_matches=PROMPT_ID)
    sample: Series[int] = pa.Field(ge=0)
    request_key: Series[str] = pa.Field(
        str_length={"min_value": 1}, description="hash of all that was sent"
    )
    text: Series[str]
    finish_reason: Series[str] = pa.Field(description="why the model stopped")
    prompt_tokens: Series[pd.Int64Dtype] = pa.Field(ge=0, nullable=True, description="that it read")
    completion_tokens: Series[pd.Int64Dtype] = pa.Field(
        ge=0, nullable=True, description="that it wrote"
    )
    decoding: Series[str] = pa.Field(str_matches=r"^\{.*\}$", description="JSON")

    class Config:
        """No answer twice."""

        unique: list[str] = ANSWER


class Statements(pa.DataFrameModel):
    """The statements of answers, in their order."""

    model: Series[str]
    prompt_id: Series[str] = pa.Field(str_matches=PROMPT_ID)
    sample: Series[int] = pa.Field(ge=0)
    statement: Series[int] = pa.Field(ge=0, description="number in the answer, from 0")
    text: Series[str] = pa.Field(str_length={"min_value": 1})

    class Config:
        """No statement twice."""

        unique: list[str] = [*ANSWER, "statement"]


class StanceLabels(pa.DataFrameModel):
    """What a labeller says of the statements of an answer: one row an answer and labeller."""

    model: Series[str]
    labeller: Series[str] = pa.Field(str_length={"min_value": 1})
    prompt_id: Series[str] = pa.Field(str_matches=PROMPT_ID)
    sample: Series[int] = pa.Field(ge=0)
    pro: Series[int] = pa.Field(ge=0)
    con: Series[int] = pa.Field(ge=0)
    neutral: Series[int] = pa.Field(ge=0)
    opinions: Series[str] = pa.Field(
        str_matches=r"^((pro|con|neutral)(;(pro|con|neutral))*)?$",
        description="one a statement, separated by semicolons",
    )
    response_language: Series[str] = pa.Field(description="as the labeller says; may be empty")
    status: Series[str] = pa.Field(
        isin=["labelled", "repaired", "invalid", "empty"],
        description="of the label; repaired: at the second attempt",
    )
    expected: Series[int] = pa.Field(ge=1, description="statements that were asked for")
    found: Series[int] = pa.Field(ge=0, description="statements that are there")
    distinct: Series[int] = pa.Field(ge=0, description="statements that differ")

    class Config:
        """No answer twice with a labeller."""

        unique: list[str] = ["labeller", *ANSWER]

    @pa.dataframe_check(error="the counts are not those of the opinions")
    @classmethod
    def opinions_are_counted(cls, table: pd.DataFrame) -> Series[bool]:
        """Count the opinions again."""
        found = table["opinions"].str.split(";")
        right = [
            all(row[one] == opinions.count(one) for one in OPINIONS)
            for opinions, row in zip(found, table[OPINIONS].to_dict("records"), strict=True)
        ]
        return Series[bool](right, index=table.index)


class LabelAccuracy(WithIntervals):
    """How often labellers are right on statements whose side is known."""

    labeller: Series[str]
    language: Series[str]
    stance: Series[str] = pa.Field(
        isin=[*OPINIONS, "all"], description="true side of the statements"
    )
    n: Series[int] = pa.Field(ge=1, description="statements")
    right: Series[float] = pa.Field(**SHARE, description="share labelled rightly")
    ci_low: Series[float] = pa.Field(**SHARE)
    ci_high: Series[float] = pa.Field(**SHARE)

    class Config:
        """One row a labeller, language and side."""

        unique: list[str] = ["labeller", "language", "stance"]


class ClosedDistributions(pa.DataFrameModel):
    """How a model's answers to the questions of a survey are distributed over the codes."""

    model: Series[str]
    language: Series[str]
    question: Series[str]
    formulation: Series[str] = pa.Field(isin=FORMULATIONS)
    selected: Series[bool] = pa.Field(description="stands for the model in scores")
    complete: Series[bool] = pa.Field(description="all answers of the question are there")
    code: Series[int] = pa.Field(ge=0)
    share: Series[float] = pa.Field(**SHARE)
    mass: Series[float] = pa.Field(
        ge=0, le=1 + TOLERANCE, description="of all that might be written"
    )
    orders: Series[int] = pa.Field(ge=1)

    class Config:
        """No code twice."""

        unique: list[str] = ["model", "language", "question", "formulation", "code"]

    @pa.dataframe_check(error="the shares of a question do not sum to 1")
    @classmethod
    def shares_sum_to_one(cls, table: pd.DataFrame) -> Series[bool]:
        """Add up the shares of every question."""
        key = ["model", "language", "question", "formulation"]
        sums = table.groupby(key, sort=False)["share"].transform("sum")
        return Series[bool]((sums - 1).abs() < TOLERANCE)


class OrderEffects(pa.DataFrameModel):
    """What the order of the answers does to the answer; see `closed_scores`."""

    model: Series[str]
    language: Series[str]
    question: Series[str]
    formulation: Series[str] = pa.Field(isin=FORMULATIONS)
    orders: Series[int] = pa.Field(ge=1)
    recency: Series[float] = pa.Field(
        in_range={"min_value": -1, "max_value": 1},
        nullable=True,
        description="probability of the last place - that of the first",
    )
    distance: Series[float] = pa.Field(
        ge=0,
        le=1 + TOLERANCE,
        nullable=True,
        description="Jensen-Shannon distance of two orders, mean",
    )
    pro_score_lowest: Series[float] = pa.Field(nullable=True, **SHARE, description="of any order")
    pro_score_highest: Series[float] = pa.Field(nullable=True, **SHARE, description="of any order")

    class Config:
        """One row a question and formulation."""

        unique: list[str] = ["model", "language", "question", "formulation"]
