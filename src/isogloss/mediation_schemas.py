"""What the tables of mediation hold; see `schemas`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandera.pandas as pa
from pandera.typing import Series

from isogloss.schemas import SHARE, TOLERANCE

if TYPE_CHECKING:
    import pandas as pd

KINDS = (
    *("count_swap", "null_swap", "irrelevant", "control", "category_swap"),
    *("relocation", "irrelevant_relocation", "reordering"),
)
NULL_KINDS = ("", "null_swap", "reordering")
NAMED = ("first", "last")
SEPARATORS = ("usual", "line", "blank", "semicolon")
PARTS = ("all", "discovery", "confirmation")
COMPONENTS = ("residual", "attention", "mlp", "head", "query")
OUTCOMES = ("log_odds", "expected_count", "up", "down", "divergence", "flip")
GATES = ("open", "closed")
PREDICTS = ("running_count", "end_sum", "works", "other")
VERDICTS = ("supported", "not supported", "contradicted", "not testable")
ASKED_ROLES = ("category", "category_again")
UNKNOWN_SHARE: dict[str, Any] = {**SHARE, "nullable": True}
COUNT: dict[str, Any] = {"in_range": {"min_value": 0, "max_value": 9}}


class EffectIntervals(pa.DataFrameModel):
    """A table in which `ci_low` and `ci_high` hold the column `mean`, and likewise for ratios."""

    @pa.dataframe_check(error="an interval does not hold its value: ci_low <= value <= ci_high")
    @classmethod
    def intervals_hold_values(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare every value with its interval where both are numbers."""
        outside = table["ci_low"] > table["mean"] + TOLERANCE
        outside |= table["ci_high"] < table["mean"] - TOLERANCE
        if "ratio_ci_low" in table:
            outside |= table["ratio_ci_low"] > table["ratio"] + TOLERANCE
            outside |= table["ratio_ci_high"] < table["ratio"] - TOLERANCE
        return Series[bool](~outside)


class MediationPairs(pa.DataFrameModel):
    """Pairs of prompts of one model whose tokens differ in what is swapped alone."""

    pair_id: Series[str] = pa.Field(unique=True, str_matches=r"^[0-9a-f]{16}$")
    language: Series[str]
    kind: Series[str] = pa.Field(isin=KINDS)
    named: Series[str] = pa.Field(isin=NAMED, description="category before or behind the list")
    separators: Series[str] = pa.Field(isin=SEPARATORS, description="between items")
    category: Series[str] = pa.Field(description="of the swapped member; if none is, asked")
    asked: Series[str] = pa.Field(description="category whose members are counted")
    donor_asked: Series[str] = pa.Field(description="the same of the donor")
    lists_id: Series[str] = pa.Field(description="the same wherever the same lists are asked")
    words: Series[Any]
    donor_words: Series[Any]
    members: Series[Any] = pa.Field(description="whether each word of the base is a member")
    place: Series[int] = pa.Field(ge=-1)
    other_place: Series[int] = pa.Field(ge=-1)
    length: Series[int] = pa.Field(ge=4)
    count: Series[int] = pa.Field(**COUNT)
    donor_count: Series[int] = pa.Field(**COUNT)
    before: Series[int] = pa.Field(ge=0, description="members in front of the swapped word")
    swapped: Series[str] = pa.Field(isin=["", "member", "other"], description="of nulls")
    sign: Series[int] = pa.Field(isin=[-1, 1])
    framing: Series[str] = pa.Field(isin=["few_shot", "chat"])
    part: Series[str] = pa.Field(isin=PARTS)
    base_ids: Series[Any]
    donor_ids: Series[Any]
    roles: Series[Any] = pa.Field(description="one a token")
    answers: Series[Any] = pa.Field(description="tokens whose logits are read")
    contrast: Series[Any] = pa.Field(description="weights over the answers; they sum to 0")

    @pa.dataframe_check(error="base, donor and roles of a pair do not have equally many tokens")
    @classmethod
    def prompts_are_equally_long(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare the lengths of the lists of tokens."""
        length = table["base_ids"].map(len)
        equal = (length == table["donor_ids"].map(len)) & (length == table["roles"].map(len))
        return Series[bool](equal & (table["answers"].map(len) == table["contrast"].map(len)))

    @pa.dataframe_check(error="a token outside what is swapped differs between base and donor")
    @classmethod
    def only_what_is_swapped_differs(cls, table: pd.DataFrame) -> Series[bool]:
        """Look at the roles of the tokens that differ."""
        columns = (table["base_ids"], table["donor_ids"], table["roles"], table["kind"])
        return Series[bool](
            [
                all(
                    one == two or _is_swapped(role, kind)
                    for one, two, role in zip(base, donor, roles, strict=False)
                )
                for base, donor, roles, kind in zip(*columns, strict=True)
            ],
            index=table.index,
        )


def _is_swapped(role: str, kind: str) -> bool:
    if kind == "category_swap":
        return role in ASKED_ROLES
    return role.startswith(("swapped_", "other_")) and "sep" not in role


class PairAttrition(pa.DataFrameModel):
    """How many pairs were asked for and kept, and what was lost why."""

    language: Series[str]
    kind: Series[str] = pa.Field(isin=KINDS)
    named: Series[str] = pa.Field(isin=NAMED)
    separators: Series[str] = pa.Field(isin=SEPARATORS)
    stage: Series[str] = pa.Field(isin=["pairs", "proposals"])
    reason: Series[str] = pa.Field(description="empty: kept")
    n: Series[int] = pa.Field(ge=1)


class PairBalance(pa.DataFrameModel):
    """How far designs and words of pairs are balanced."""

    language: Series[str]
    kind: Series[str] = pa.Field(isin=KINDS)
    named: Series[str] = pa.Field(isin=NAMED)
    separators: Series[str] = pa.Field(isin=SEPARATORS)
    measure: Series[str]
    value: Series[float] = pa.Field(nullable=True)
    n: Series[int] = pa.Field(ge=1)


class OfPairs(pa.DataFrameModel):
    """A table of pairs of prompts."""

    model: Series[str]
    pair_id: Series[str]
    language: Series[str]
    kind: Series[str] = pa.Field(isin=KINDS)
    named: Series[str] = pa.Field(isin=NAMED)
    separators: Series[str] = pa.Field(isin=SEPARATORS)
    category: Series[str]
    part: Series[str] = pa.Field(isin=PARTS)


class _OfCells(OfPairs):
    lists_id: Series[str] = pa.Field(description="the same wherever the same lists are asked")
    sign: Series[int] = pa.Field(isin=[-1, 1])
    component: Series[str] = pa.Field(isin=COMPONENTS)
    layer: Series[int] = pa.Field(ge=0, description="block 1..L; residual also 0, embeddings")
    head: Series[int] = pa.Field(ge=-1)
    role: Series[str]
    position: Series[int] = pa.Field(ge=0, description="of the last token of the role")
    tokens: Series[int] = pa.Field(ge=1, description="patched together")
    total: Series[float]
    noising: Series[float]
    denoising: Series[float]


class MediationEffects(_OfCells):
    """What each patch of each pair does to each outcome; nats, expected counts in items."""

    outcome: Series[str] = pa.Field(isin=OUTCOMES)
    direct: Series[float] = pa.Field(nullable=True)
    interaction: Series[float] = pa.Field(nullable=True)

    @pa.dataframe_check(error="a total effect is not the sum of its direct and denoising effects")
    @classmethod
    def parts_add_up(cls, table: pd.DataFrame) -> Series[bool]:
        """Add the direct effect to the one of denoising."""
        rest = table["total"] - table["direct"] - table["denoising"]
        return Series[bool](~(rest.abs() > TOLERANCE * (1 + table["total"].abs())))


class Attributions(_OfCells):
    """What gradients say that each patch of each pair would do to y = contrast . logits."""

    method: Series[str] = pa.Field(isin=["gradient", "integrated"])


class PairOutcomes(OfPairs):
    """What both prompts of each pair are answered with."""

    run: Series[str] = pa.Field(isin=["base", "donor"])
    y: Series[float]
    expected_count: Series[float] = pa.Field(
        nullable=True, in_range={"min_value": 0, "max_value": 9}
    )
    candidate_mass: Series[float] = pa.Field(ge=0, le=1 + TOLERANCE)
    argmax: Series[int] = pa.Field(**COUNT)
    answer: Series[int] = pa.Field(**COUNT)
    correct: Series[bool]


class MediationSummary(EffectIntervals):
    """Effects averaged over categories, with intervals, tests and shares of the total effect."""

    model: Series[str]
    language: Series[str]
    kind: Series[str] = pa.Field(isin=KINDS)
    named: Series[str] = pa.Field(isin=NAMED)
    separators: Series[str] = pa.Field(isin=SEPARATORS)
    part: Series[str] = pa.Field(isin=PARTS)
    subset: Series[str] = pa.Field(isin=["all", "both_correct", "words_known"])
    outcome: Series[str] = pa.Field(isin=OUTCOMES)
    component: Series[str] = pa.Field(isin=["", *COMPONENTS], description="empty: total effect")
    layer: Series[int] = pa.Field(ge=-1)
    head: Series[int] = pa.Field(ge=-1)
    role: Series[str]
    effect: Series[str]
    mean: Series[float] = pa.Field(nullable=True)
    error: Series[float] = pa.Field(nullable=True, ge=0)
    ci_low: Series[float] = pa.Field(nullable=True)
    ci_high: Series[float] = pa.Field(nullable=True)
    n_pairs: Series[int] = pa.Field(ge=1)
    n_categories: Series[int] = pa.Field(ge=0)
    p: Series[float] = pa.Field(**UNKNOWN_SHARE)
    p_adjusted: Series[float] = pa.Field(**UNKNOWN_SHARE)
    null_band: Series[float] = pa.Field(nullable=True, ge=0)
    null_kind: Series[str] = pa.Field(isin=NULL_KINDS, description="what is compared with")
    ratio: Series[float] = pa.Field(nullable=True, description="only through an open gate")
    gate: Series[str] = pa.Field(isin=GATES)
    remark: Series[str]

    @pa.dataframe_check(error="a share of a total effect is given although the gate is closed")
    @classmethod
    def closed_gates_give_no_shares(cls, table: pd.DataFrame) -> Series[bool]:
        """Look for ratios where the gate is closed."""
        return Series[bool](table["ratio"].isna() | (table["gate"] == "open"))


class MediationGates(pa.DataFrameModel):
    """Of every kind and outcome the total effect, and whether shares of it are given."""

    model: Series[str]
    language: Series[str]
    kind: Series[str] = pa.Field(isin=KINDS)
    named: Series[str] = pa.Field(isin=NAMED)
    separators: Series[str] = pa.Field(isin=SEPARATORS)
    outcome: Series[str] = pa.Field(isin=OUTCOMES)
    n_pairs: Series[int] = pa.Field(ge=1)
    n_categories: Series[int] = pa.Field(ge=1)
    total: Series[float]
    less_null: Series[float] = pa.Field(nullable=True, description="difference from null_kind")
    null_kind: Series[str] = pa.Field(isin=NULL_KINDS)
    less_irrelevant: Series[float] = pa.Field(nullable=True, description="same lists, pair by pair")
    n_irrelevant: Series[int] = pa.Field(ge=0, description="pairs that have both")
    n_irrelevant_categories: Series[int] = pa.Field(ge=0)
    accuracy: Series[float] = pa.Field(**UNKNOWN_SHARE)
    best_constant: Series[float] = pa.Field(**UNKNOWN_SHARE)
    gate: Series[str] = pa.Field(isin=GATES)
    remark: Series[str] = pa.Field(description="why closed; if open, what was not compared")


class MediationHypotheses(EffectIntervals):
    """What the settings state of roles and layers, and what was found."""

    model: Series[str]
    language: Series[str]
    name: Series[str]
    states: Series[str]
    predicts: Series[str] = pa.Field(isin=PREDICTS, description="which model of counting says so")
    kind: Series[str] = pa.Field(isin=KINDS)
    named: Series[str] = pa.Field(isin=NAMED)
    part: Series[str] = pa.Field(isin=PARTS)
    outcome: Series[str] = pa.Field(isin=OUTCOMES)
    effect: Series[str]
    component: Series[str] = pa.Field(isin=COMPONENTS)
    layers: Series[str] = pa.Field(description="as stated: numbers, or thirds such as middle")
    layers_meant: Series[str] = pa.Field(
        description="their numbers, patched or not; empty: nothing was measured"
    )
    cells: Series[str] = pa.Field(description="roles and layers that were patched; empty: none")
    against: Series[str] = pa.Field(description="those that were subtracted; empty: none")
    expects: Series[str] = pa.Field(isin=["greater", "less", "none"])
    share: Series[float] = pa.Field(**SHARE, description="of the total effect")
    margin: Series[float] = pa.Field(nullable=True, description="mean of share * total effect")
    mean: Series[float] = pa.Field(nullable=True)
    error: Series[float] = pa.Field(nullable=True, ge=0)
    ci_low: Series[float] = pa.Field(
        nullable=True, description="of the distance from the margin, drawn from it"
    )
    ci_high: Series[float] = pa.Field(nullable=True)
    n_pairs: Series[int] = pa.Field(ge=0)
    n_pairs_all: Series[int] = pa.Field(ge=0, description="with or without the cells")
    n_categories: Series[int] = pa.Field(ge=0)
    p: Series[float] = pa.Field(**UNKNOWN_SHARE, description="one-sided")
    p_holm: Series[float] = pa.Field(**UNKNOWN_SHARE)
    p_opposite: Series[float] = pa.Field(**UNKNOWN_SHARE, description="of what contradicts it")
    p_opposite_holm: Series[float] = pa.Field(**UNKNOWN_SHARE)
    verdict: Series[str] = pa.Field(isin=VERDICTS)
    remark: Series[str] = pa.Field(description="why it is not testable; else empty")

    @pa.dataframe_check(error="a verdict lacks its reason, or has one although it was reached")
    @classmethod
    def only_what_is_not_testable_has_a_reason(cls, table: pd.DataFrame) -> Series[bool]:
        """Compare verdicts with remarks."""
        return Series[bool]((table["verdict"] == "not testable") == (table["remark"] != ""))
