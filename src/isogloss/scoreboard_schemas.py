"""What the tables that bring the studies together hold; see `schemas`."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.typing import Series

from isogloss.schemas import SHARE, TOLERANCE
from isogloss.scoreboard_columns import (
    CELL,
    CLAIMED_STUDIES,
    DIFFERS,
    GATES,
    LEVEL,
    NOT_SEPARABLE,
    NOT_TESTED,
    ROLES,
    SHOWN,
    STUDIES,
    SYNTHETIC,
    TESTED,
    UNITS,
    VERDICTS,
    WORDINGS,
)

_KNOWN: dict[str, Any] = {"str_length": {"min_value": 1}}
_ANCHOR: dict[str, Any] = {"str_matches": r"^([\w-]+/)*[\w-]+\.md(#[\w-]+)?$"}
_MAYBE_SHARE: dict[str, Any] = {**SHARE, "nullable": True}


class Scoreboard(pa.DataFrameModel):
    """One headline number a model, language, study and role; what was not measured has no row."""

    model: Series[str] = pa.Field(**_KNOWN)
    language: Series[str] = pa.Field(**_KNOWN)
    study: Series[str] = pa.Field(isin=STUDIES)
    role: Series[str] = pa.Field(isin=ROLES, description="of the language in merging; else empty")
    metric: Series[str] = pa.Field(**_KNOWN)
    value: Series[float] = pa.Field(description="in the units of its metric; never missing")
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    confidence: Series[float] = pa.Field(gt=0, lt=1)
    # A run of before these columns can still be compared with.
    error: Series[float] | None = pa.Field(
        nullable=True, ge=0, description="standard error, with the degrees of freedom of the study"
    )
    n: Series[int] = pa.Field(ge=1)
    unit: Series[str] = pa.Field(isin=UNITS, description="what n counts")
    items: Series[float] | None = pa.Field(
        nullable=True, ge=1, description="single questions, lists or texts that were scored"
    )
    chance: Series[float] = pa.Field(nullable=True, description="missing where there is none")
    above_chance: Series[pd.BooleanDtype] = pa.Field(
        nullable=True, description="adjusted as in the study's own table; missing: not tested"
    )
    reliability: Series[float] = pa.Field(
        nullable=True,
        le=1 + TOLERANCE,
        description="of the column over languages: 1 - mean(error ** 2) / var(values); below 0 "
        "where errors are larger than differences; missing with fewer than 3 languages",
    )
    data: Series[str] = pa.Field(description="corpus or items that were read")
    text_overlap: Series[float] = pa.Field(
        **_MAYBE_SHARE, description="of alignment's sentences with those of the task"
    )
    note: Series[str] = pa.Field(description="what a reader must know; empty: nothing")
    source: Series[str] = pa.Field(**_KNOWN, description="table in the catalog")
    formula: Series[str] = pa.Field(**_ANCHOR, description="where the docs state it")

    class Config:
        """One row a cell, no other columns; an empty table has columns without a type."""

        coerce = True
        strict = True
        unique: list[str] = list(CELL)

    @pa.dataframe_check(error="an interval does not hold its value: ci_low <= value <= ci_high")
    @classmethod
    def intervals_hold_values(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare every value with its interval where both are numbers."""
        below = table["ci_low"] > table["value"] + TOLERANCE
        return Series[bool](~(below | (table["ci_high"] < table["value"] - TOLERANCE)))

    @pa.dataframe_check(error="only languages of the study merging have a role")
    @classmethod
    def roles_belong_to_merging(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare roles with studies."""
        return Series[bool]((table["role"] != "") == (table["study"] == "merging"))


class ScoreboardComparison(pa.DataFrameModel):
    """Cells of two runs, or of two checkpoints, and the difference of the second from the first."""

    model: Series[str] = pa.Field(**_KNOWN)
    language: Series[str] = pa.Field(**_KNOWN)
    study: Series[str] = pa.Field(isin=STUDIES)
    role: Series[str] = pa.Field(isin=ROLES)
    metric: Series[str] = pa.Field(**_KNOWN)
    first: Series[float] = pa.Field(description="of the other run")
    second: Series[float] = pa.Field(description="of this run")
    difference: Series[float] = pa.Field(
        description="second less first; where paired, on the items that both have"
    )
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    confidence: Series[float] = pa.Field(gt=0, lt=1)
    p: Series[float] = pa.Field(
        **_MAYBE_SHARE, description="at which the interval would end at 0; 1 if all are alike"
    )
    p_adjusted: Series[float] = pa.Field(**_MAYBE_SHARE, description="Holm over all cells")
    n_first: Series[int] = pa.Field(ge=1)
    n_second: Series[int] = pa.Field(ge=1)
    unit: Series[str] = pa.Field(isin=UNITS)
    paired: Series[bool] = pa.Field(description="item by item; else taken as independent")
    how: Series[str] = pa.Field(**_KNOWN, description="what it is paired on, or why it is not")

    class Config:
        """One row a cell, no other columns; an empty table has columns without a type."""

        coerce = True
        strict = True
        unique: list[str] = list(CELL)


class CrossStudy(pa.DataFrameModel):
    """Whether one study's numbers go with another's: one row a level, model and pair of columns."""

    level: Series[int] = pa.Field(isin=[1, 2, 3])
    model: Series[str] = pa.Field(description="empty: all models together")
    predictor: Series[str] = pa.Field(**_KNOWN)
    outcome: Series[str] = pa.Field(isin=STUDIES)
    outcome_metric: Series[str]
    n: Series[int] = pa.Field(ge=0)
    unit: Series[str] = pa.Field(**_KNOWN, description="what n counts")
    reliability_predictor: Series[float] = pa.Field(nullable=True, le=1 + TOLERANCE)
    reliability_outcome: Series[float] = pa.Field(nullable=True, le=1 + TOLERANCE)
    above_chance_share: Series[float] = pa.Field(**_MAYBE_SHARE)
    needed_r: Series[float] = pa.Field(
        **_MAYBE_SHARE,
        description="smallest correlation that passes with so many languages of one model; missing "
        "where none would, and at levels 2 and 3",
    )
    estimate: Series[float] = pa.Field(nullable=True)
    estimate_name: Series[str]
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    confidence: Series[float] = pa.Field(
        gt=0, lt=1, description="of the interval; an adjusted p passes up to 1 less it"
    )
    p: Series[float] = pa.Field(**_MAYBE_SHARE)
    p_adjusted: Series[float] = pa.Field(**_MAYBE_SHARE)
    family: Series[str] = pa.Field(description="of tests that p_adjusted is over")
    without_family_low: Series[float] = pa.Field(
        nullable=True, description="lowest estimate without one family of languages"
    )
    without_family_high: Series[float] = pa.Field(nullable=True)
    delta_r2: Series[float] = pa.Field(
        nullable=True, description="gain in R2 over the covariates, families left out one by one"
    )
    covariates: Series[str] = pa.Field(description="separated by blanks; empty: none")
    confirmatory: Series[bool]
    gate: Series[str] = pa.Field(isin=GATES)
    reason: Series[str] = pa.Field(description="why the gate is closed; else empty")
    verdict: Series[str] = pa.Field(isin=VERDICTS)
    text_overlap: Series[float] = pa.Field(**_MAYBE_SHARE)
    proxy: Series[bool] = pa.Field(
        description="the two sides come from different checkpoints: shown, never tested"
    )

    class Config:
        """Every question once; an empty table has columns without a type."""

        coerce = True
        unique: list[str] = [
            "level",
            "model",
            "predictor",
            "outcome",
            "outcome_metric",
            "covariates",
        ]

    @pa.dataframe_check(error="a closed gate lets nothing be tested, and says why")
    @classmethod
    def closed_gates_say_why(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare gates, verdicts and reasons."""
        closed = table["gate"] == "closed"
        return Series[bool](
            (closed == (table["verdict"] == "not testable")) & (closed == (table["reason"] != ""))
        )

    @pa.dataframe_check(error="an association that its p-value or interval does not carry")
    @classmethod
    def associations_are_carried(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare verdicts with p-values and intervals."""
        passes = table["p_adjusted"] <= 1 - table["confidence"] + TOLERANCE
        carried = passes & ((table["ci_low"] > 0) | (table["ci_high"] < 0))
        return Series[bool](carried | (table["verdict"] != "associated"))

    @pa.dataframe_check(error="a proxy is never tested")
    @classmethod
    def proxies_are_not_tested(cls, table: pd.DataFrame) -> Series[bool]:
        """Look for verdicts on proxies."""
        return Series[bool](~table["proxy"] | (table["verdict"] == "not testable"))


class _Claims(pa.DataFrameModel):
    id: Series[str] = pa.Field(unique=True, str_matches=r"^[a-z0-9_.-]+$")
    study: Series[str] = pa.Field(isin=CLAIMED_STUDIES)
    model: Series[str] = pa.Field(description="empty: all models together")
    language: Series[str] = pa.Field(description="empty: several")
    subject: Series[str] = pa.Field(**_KNOWN, description="what the number is of")
    estimate: Series[float] = pa.Field(nullable=True)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    confidence: Series[float] = pa.Field(gt=0, lt=1, nullable=True)
    n: Series[int] = pa.Field(ge=0)
    unit: Series[str] = pa.Field(**_KNOWN, description="what n counts")
    null: Series[float] = pa.Field(nullable=True, description="value that would mean nothing")
    p: Series[float] = pa.Field(**_MAYBE_SHARE, description="of the study; missing: not tested")
    p_adjusted: Series[float] = pa.Field(
        **_MAYBE_SHARE,
        description="over all tested claims of the report, languages of a claim as a set (Holm)",
    )
    gate: Series[str] = pa.Field(isin=GATES)
    reference: Series[str] = pa.Field(description="what it is compared with")
    source: Series[str] = pa.Field(**_KNOWN, description="table in the catalog")
    formula: Series[str] = pa.Field(**_ANCHOR, description="where the docs state it")
    further: Series[str] = pa.Field(description="JSON: what else the sentence states")

    class Config:
        """No other columns; an empty table has columns without a type."""

        coerce = True
        strict = True

    @pa.dataframe_check(error="'further' is no JSON object")
    @classmethod
    def further_numbers_are_json(cls, table: pd.DataFrame) -> Series[bool]:
        """Parse the further numbers."""
        return Series[bool](table["further"].map(_is_object).astype(bool))


class StudyClaims(_Claims):
    """What one study has to say, before all claims of a report are judged together."""

    wording: Series[str] = pa.Field(isin=[TESTED, SHOWN, NOT_TESTED, SYNTHETIC])
    members: Series[str] = pa.Field(
        description="JSON, of a claim on several languages: language -> p, ci_low, ci_high, null"
    )


class Claims(_Claims):
    """What a report says, a row a sentence; sentences are rendered from these rows only."""

    wording: Series[str] = pa.Field(isin=WORDINGS)

    @pa.dataframe_check(error="a claim says 'differs' that its p-value or interval does not carry")
    @classmethod
    def differences_are_carried(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare wordings with p-values, gates, intervals and nulls."""
        carried = _is_carried(table) & (table["gate"] == "open")
        return Series[bool](carried | (table["wording"] != DIFFERS))

    @pa.dataframe_check(
        error="'further.above' does not name the languages whose p-value and interval carry a claim"
    )
    @classmethod
    def languages_above_are_carried(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare the languages of which a claim is said to hold with their own numbers."""
        carried = [
            _names_carried_languages(further, gate)
            for further, gate in zip(table["further"], table["gate"], strict=True)
        ]
        return Series[bool](pd.Series(carried, table.index, bool))

    @pa.dataframe_check(
        error="only tested claims have p-values, and all of them have adjusted ones"
    )
    @classmethod
    def tests_have_adjusted_p_values(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare wordings with p-values."""
        tested = table["wording"].isin([DIFFERS, NOT_SEPARABLE])
        return Series[bool](tested == table["p_adjusted"].notna())


def _is_carried(table: pd.DataFrame) -> pd.Series[bool]:
    outside = (table["ci_low"] > table["null"]) | (table["ci_high"] < table["null"])
    return (table["p_adjusted"] <= LEVEL) & outside


def _names_carried_languages(text: str, gate: str) -> bool:
    further = json.loads(text) if _is_object(text) else {}
    if not further.get("members"):
        return not further.get("above")
    members = pd.DataFrame.from_dict(further["members"], orient="index").astype(float)
    carried = _is_carried(members) & (gate == "open")
    return set(members.index[carried]) == set(further["above"])


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
