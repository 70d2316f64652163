"""What the tables of the cultural study hold that compare answers with each other; see `schemas`.

How consistent answers are, in one language and in two, asked in two ways, and by two labellers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandera.pandas as pa
from pandera.typing import Series

from isogloss.cultural_schemas import METRICS, RANGE, VOICE, CulturalValues
from isogloss.schemas import TOLERANCE

if TYPE_CHECKING:
    import pandas as pd

NO_SURVEY = "never: answers of models are compared with each other"


class _Reasoned(CulturalValues):
    @pa.dataframe_check(error="there is neither a value nor a reason, or both")
    @classmethod
    def reasons_stand_for_values(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare the two columns."""
        return Series[bool](table["value"].isna() == (table["reason"] != ""))


class SelfConsistency(_Reasoned):
    """How much alike distinct answers to one question are: of models, and of groups of people.

    Both are Pearson's r over pairs, each question weighing alike.
    """

    kind: Series[str] = pa.Field(
        isin=["model", "country"], description="whether the row is of a model or of people"
    )
    name: Series[str] = pa.Field(description="of the model, or code of the country")
    family: Series[str]
    elicitation: Series[str]
    labeller: Series[str]
    language: Series[str]
    estimator: Series[str] = pa.Field(isin=["pearson"], description="of consistency")
    value: Series[float] = pa.Field(nullable=True, **RANGE)
    error: Series[float] = pa.Field(nullable=True, ge=0)
    ci_low: Series[float] = pa.Field(nullable=True, **RANGE)
    ci_high: Series[float] = pa.Field(nullable=True, **RANGE)
    n_questions: Series[int] = pa.Field(ge=0)
    n_responses: Series[int] = pa.Field(ge=0)
    opinions: Series[float] = pa.Field(
        ge=1,
        description="pro or con, in the median response; countries: people in a group, as many as "
        "the models of this way of asking and labeller have at the median",
    )
    variance: Series[str] = pa.Field(
        isin=["responses", "survey", "binomial"],
        description="where the noise comes from; binomial: answers of equal weight",
    )
    reason: Series[str] = pa.Field(description="why there is no value; empty if there is")
    synthetic: Series[bool]

    class Config:
        """An empty table has columns without a type."""

        coerce = True
        unique: list[str] = ["kind", "name", "elicitation", "labeller", "language"]


class CrossEffects(_Reasoned):
    """How much alike responses of a model are within a language and between two languages.

    No survey enters: that the truth is made up does not make these numbers so.
    """

    model: Series[str]
    family: Series[str]
    elicitation: Series[str]
    labeller: Series[str]
    language_a: Series[str] = pa.Field(description="all: the mean over languages")
    language_b: Series[str] = pa.Field(description="the other one; within: the same")
    kind: Series[str] = pa.Field(
        isin=["within", "between", "difference"],
        description="within a language, between two, or within - between",
    )
    value: Series[float] = pa.Field(nullable=True, in_range={"min_value": -2, "max_value": 2})
    error: Series[float] = pa.Field(nullable=True, ge=0)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    n_questions: Series[int] = pa.Field(ge=0)
    n_pairs: Series[int] = pa.Field(ge=0, description="the fewest of the sides, in both orders")
    reason: Series[str] = pa.Field(description="why there is no value; empty if there is")
    synthetic: Series[bool] = pa.Field(eq=False, description=NO_SURVEY)

    class Config:
        """An empty table has columns without a type."""

        coerce = True
        unique: list[str] = [*VOICE[:-1], "language_a", "language_b", "kind"]


class ElicitationAgreement(_Reasoned):
    """How far a model says the same in its own words and on the survey's own scale."""

    model: Series[str]
    family: Series[str]
    labeller: Series[str] = pa.Field(description="of the open answers")
    language: Series[str]
    metric: Series[str] = pa.Field(isin=METRICS[:3])
    value: Series[float] = pa.Field(nullable=True, **RANGE)
    error: Series[float] = pa.Field(nullable=True, ge=0)
    ci_low: Series[float] = pa.Field(nullable=True, **RANGE)
    ci_high: Series[float] = pa.Field(nullable=True, **RANGE)
    battery_ci_low: Series[float] = pa.Field(nullable=True, **RANGE)
    battery_ci_high: Series[float] = pa.Field(nullable=True, **RANGE)
    n_questions: Series[int] = pa.Field(ge=0, description="answered in both ways")
    n_responses: Series[int] = pa.Field(ge=0, description="open ones, to these questions")
    reason: Series[str] = pa.Field(description="why there is no value; empty if there is")
    synthetic: Series[bool] = pa.Field(eq=False, description=NO_SURVEY)

    class Config:
        """An empty table has columns without a type."""

        coerce = True
        unique: list[str] = ["model", "labeller", "language", "metric"]


class LabellerAgreement(pa.DataFrameModel):
    """Krippendorff's alpha of two labellers; 1 is agreement, 0 what chance gives."""

    labeller_a: Series[str] = pa.Field(description="one labeller")
    labeller_b: Series[str] = pa.Field(description="the other one")
    model: Series[str] = pa.Field(description="all: of all models and languages")
    language: Series[str]
    unit: Series[str] = pa.Field(
        isin=["statement", "response"],
        description="what is compared: single statements, or shares of responses",
    )
    krippendorff_alpha: Series[float] = pa.Field(
        nullable=True, le=1 + TOLERANCE, description="1 agreement, 0 what chance gives"
    )
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    n: Series[int] = pa.Field(ge=0, description="questions, which are drawn again")
    n_units: Series[int] = pa.Field(ge=0, description="statements or responses")

    class Config:
        """An empty table has columns without a type."""

        coerce = True
