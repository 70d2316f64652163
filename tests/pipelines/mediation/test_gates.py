"""Where shares of a total effect are given, and where they are not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from isogloss.mediation_schemas import MediationGates
from isogloss.pipelines.mediation.cell_means import align_effects
from isogloss.pipelines.mediation.family_gates import (
    AS_IRRELEVANT,
    FEW_IRRELEVANT,
    NOT_ABOVE_IRRELEVANT,
    NOT_COMPARED,
)
from isogloss.pipelines.mediation.gates import (
    AS_NULL,
    NEVER_NEGATIVE,
    NO_BETTER,
    NOTHING,
    REVERSED,
)
from isogloss.pipelines.mediation.summary_nodes import summarise_effects
from isogloss.pipelines.mediation.summary_parameters import SummaryParameters
from tests.pipelines.mediation.effect_tables import make_effects, make_outcomes, store
from tests.pipelines.mediation.summarised import (
    NOT_ASKED,
    PARAMETERS,
    cell,
    make_tables,
    pick,
    summarise,
    summarise_tables,
)


def test_without_a_total_effect_there_are_no_shares() -> None:
    summary, gates = summarise(0.0, accuracy=0.05)
    own = pick(summary, kind="count_swap")
    assert (own["gate"] == "closed").all()
    assert (own["remark"] == NOTHING).all()
    assert own[["ratio", "ratio_ci_low", "ratio_ci_high"]].isna().all(axis=None)
    assert own["mean"].notna().all(), "raw effects are given all the same"
    row = cell(gates, kind="count_swap")
    assert row["remark"] == f"{NOTHING}; {NO_BETTER}"
    control = cell(gates, kind="control")
    assert control["gate"] == "open"
    assert np.isnan(control["accuracy"])


def test_shares_are_not_given_of_a_model_that_does_not_count() -> None:
    summary, gates = summarise(0.8, accuracy=0.1)
    row = cell(gates, kind="count_swap")
    assert row["total_ci_low"] > 0
    assert (row["gate"], row["remark"]) == ("closed", NO_BETTER)
    assert pick(summary, kind="count_swap")["ratio"].isna().all()
    assert cell(gates, kind="control")["gate"] == "open"


def test_gate_is_closed_where_the_category_that_is_asked_for_does_not_matter() -> None:
    tables = make_tables(0.8) | {"eng__irrelevant": make_effects("irrelevant", 0.8)}
    summary, gates = summarise_tables(tables)
    row = cell(gates, kind="count_swap")
    assert row["less_null_ci_low"] > 0
    assert (row["gate"], row["remark"]) == ("closed", NOT_ABOVE_IRRELEVANT)
    less = cell(summary, kind="count_swap", effect="total_less_irrelevant")
    totals = {
        kind: align_effects(tables[f"eng__{kind}"])
        .query("outcome == 'log_odds'")
        .drop_duplicates("pair_id")
        .set_index("lists_id")
        for kind in ("count_swap", "irrelevant")
    }
    own = totals["count_swap"]
    by_hand = (own["total"] - totals["irrelevant"]["total"]).groupby(own["category"]).mean()
    assert less["mean"] == pytest.approx(by_hand.mean())
    assert (less["n_pairs"], less["n_categories"]) == (48, 12)
    ends = [f"less_irrelevant{end}" for end in ("", "_ci_low", "_ci_high")]
    assert [row[end] for end in ends] == [less[end] for end in ("mean", "ci_low", "ci_high")]
    assert (row["n_irrelevant"], row["n_irrelevant_categories"]) == (48, 12)


@pytest.mark.parametrize(
    ("swap", "irrelevant", "remark"),
    [(0.8, 1.6, NOT_ABOVE_IRRELEVANT), (-0.8, 0.0, REVERSED), (-0.8, -1.6, REVERSED)],
)
def test_member_has_to_raise_the_count_and_more_than_elsewhere(
    swap: float, irrelevant: float, remark: str
) -> None:
    tables = make_tables(swap) | {"eng__irrelevant": make_effects("irrelevant", irrelevant)}
    row = cell(summarise_tables(tables)[1], kind="count_swap")
    assert row["less_irrelevant"] == pytest.approx(swap - irrelevant, abs=0.1)
    assert (row["gate"], row["remark"]) == ("closed", remark)


@pytest.mark.parametrize("size", [0.8, -0.8])
def test_changes_of_places_may_have_either_sign(size: float) -> None:
    counts: dict[str, Any] = {"outcomes": ("expected_count",)}
    wanted = {"kind": "relocation", "outcome": "expected_count"}
    tables = make_tables(0.8) | {"eng__relocation": make_effects("relocation", size, **counts)}
    row = cell(summarise_tables(tables)[1], **wanted)
    not_compared = NOT_COMPARED.format("irrelevant_relocation")
    assert (row["gate"], row["remark"]) == ("open", not_compared)
    for other, gate, remark in ((0.0, "open", ""), (size, "closed", AS_IRRELEVANT)):
        more = make_effects("irrelevant_relocation", other, **counts)
        row = cell(summarise_tables(tables | {"eng__irrelevant_relocation": more})[1], **wanted)
        assert (row["gate"], row["remark"]) == (gate, remark)


def test_gate_says_that_no_irrelevant_category_was_asked_for() -> None:
    tables = make_tables(0.8)
    del tables["eng__irrelevant"]
    summary, gates = summarise_tables(tables)
    MediationGates.validate(gates)
    row = cell(gates, kind="count_swap")
    remark = "not compared with an irrelevant category: add irrelevant to mediation_pairs.kinds"
    assert (row["gate"], row["remark"]) == ("open", remark)
    assert (row["n_irrelevant"], row["n_irrelevant_categories"]) == (0, 0)
    assert np.isnan(row["less_irrelevant"])
    assert set(pick(summary, kind="count_swap")["remark"]) == {remark}
    assert cell(gates, kind="control")["remark"] == ""
    closed = cell(summarise(0.0)[1], kind="count_swap")
    assert closed["remark"] == NOTHING


@pytest.mark.parametrize("left", [7, 0])
def test_too_few_irrelevant_pairs_open_no_gate(left: int) -> None:
    tables = make_tables(0.8)
    other = tables["eng__irrelevant"]
    kept = other["category"] < f"c{left:02d}"
    tables["eng__irrelevant"] = other[kept] if left else other.assign(lists_id="other lists")
    summary, gates = summarise_tables(tables)
    MediationGates.validate(gates)
    row = cell(gates, kind="count_swap")
    assert (row["gate"], row["remark"]) == ("closed", FEW_IRRELEVANT.format(8))
    assert row["n_irrelevant_categories"] == left
    assert pick(summary, kind="count_swap")["ratio"].isna().all()


def test_part_without_irrelevant_pairs_is_not_one_for_which_none_were_made() -> None:
    parts = ("discovery", "confirmation")
    tables = make_tables(0.8, categories=16, pairs=64, part=parts)
    other = tables["eng__irrelevant"]
    tables["eng__irrelevant"] = other[other["part"] == "discovery"]
    _, gates = summarise_tables(tables)
    found = {part: cell(gates, kind="count_swap", part=part) for part in parts}
    assert (found["discovery"]["gate"], found["discovery"]["remark"]) == ("open", "")
    assert found["confirmation"]["remark"] == FEW_IRRELEVANT.format(8)


def test_skill_is_that_of_prompts_which_name_the_category_at_the_same_place() -> None:
    tables = make_tables(0.8)
    behind = {
        f"{name}__last": table.assign(named="last", pair_id=table["pair_id"] + "_last")
        for name, table in tables.items()
        if name != "eng__control"
    }
    outcomes = pd.concat(
        [make_outcomes(tables, 0.6), make_outcomes(behind, 0.1).assign(named="last")]
    )
    _, gates = summarise_effects(store(tables | behind), outcomes, NOT_ASKED, PARAMETERS)
    first, last = (cell(gates, kind="count_swap", named=named) for named in ("first", "last"))
    assert (first["gate"], first["accuracy"] > 0.5) == ("open", True)
    assert (last["gate"], last["remark"]) == ("closed", NO_BETTER)
    assert last["accuracy"] < 0.2


def test_skill_is_not_that_of_lists_asked_for_an_irrelevant_category() -> None:
    tables = make_tables(0.8)
    outcomes = make_outcomes(tables, 0.6)
    irrelevant = outcomes["kind"] == "irrelevant"
    outcomes.loc[irrelevant, ["answer", "correct"]] = (0, False)
    counting = outcomes[(outcomes["run"] == "base") & outcomes["kind"].str.endswith("_swap")]
    _, gates = summarise_effects(store(tables), outcomes, NOT_ASKED, PARAMETERS)
    row = cell(gates, kind="count_swap")
    assert row["accuracy"] == pytest.approx(counting["correct"].mean())
    assert row["best_constant"] < 0.25
    assert row["gate"] == "open"


def test_skill_is_not_that_of_copying_a_word() -> None:
    tables = make_tables(0.8)
    outcomes = make_outcomes(tables, 0.1)
    outcomes.loc[outcomes["kind"] == "control", "correct"] = True
    counting = outcomes[(outcomes["run"] == "base") & outcomes["kind"].str.endswith("_swap")]
    _, gates = summarise_effects(store(tables), outcomes, NOT_ASKED, PARAMETERS)
    row = cell(gates, kind="count_swap")
    assert row["accuracy"] == pytest.approx(counting["correct"].mean())
    assert row["gate"] == "closed"


def test_gates_say_what_was_compared() -> None:
    _, gates = summarise(0.8)
    row = cell(gates, kind="count_swap")
    assert row["less_null_ci_low"] > 0
    assert row["accuracy"] == pytest.approx(0.6, abs=0.1)
    assert row["accuracy_ci_low"] < row["accuracy"] < row["accuracy_ci_high"]
    assert row["best_constant"] < 0.25
    assert row["remark"] == ""
    assert (row["n_pairs"], row["n_categories"]) == (48, 12)
    assert cell(gates, kind="null_swap")["remark"] == "null swaps: any total effect is chance"


def test_relocations_are_compared_with_reorderings_where_there_are_any() -> None:
    counts: dict[str, Any] = {"outcomes": ("expected_count",)}
    tables = make_tables(0.8)
    tables["eng__relocation"] = make_effects("relocation", 0.8, **counts)
    wanted = {"kind": "relocation", "outcome": "expected_count"}
    row = cell(summarise_tables(tables)[1], **wanted)
    assert (row["null_kind"], row["gate"]) == ("null_swap", "open")
    tables["eng__reordering"] = make_effects("reordering", 0.8, **counts)
    summary, gates = summarise_tables(tables)
    row = cell(gates, **wanted)
    assert (row["null_kind"], row["gate"]) == ("reordering", "closed")
    assert row["remark"] == AS_NULL.format("reorderings")
    assert abs(row["less_null"]) < 0.2
    swap = cell(gates, kind="count_swap", outcome="expected_count")
    assert (swap["null_kind"], swap["gate"]) == ("null_swap", "open")
    null = cell(gates, kind="reordering", outcome="expected_count")
    assert (null["null_kind"], null["gate"]) == ("", "closed")
    assert null["remark"] == "reorderings: any total effect is chance"
    bands = pick(summary, effect="noising", **wanted)["null_band"]
    assert bands.min() > 0
    assert pick(summary, kind="reordering", outcome="expected_count")["null_band"].isna().all()


def test_solved_pairs_open_no_gate_that_is_closed_to_all() -> None:
    tables = make_tables(0.0)
    outcomes = make_outcomes(tables, 1.0)
    own = align_effects(tables["eng__count_swap"])
    # Who answers by the outcome alone is right in both prompts where the effect happens to help.
    helped = own.loc[own["total"] > 0, "pair_id"]
    outcomes["correct"] = (outcomes["kind"] != "count_swap") | outcomes["pair_id"].isin(helped)
    summary, gates = summarise_effects(store(tables), outcomes, NOT_ASKED, PARAMETERS)
    solved = cell(gates, kind="count_swap", subset="both_correct")
    assert solved["total_ci_low"] > 0
    assert solved["less_null_ci_low"] > 0
    assert (solved["gate"], solved["remark"]) == ("closed", NOTHING)
    assert pick(summary, kind="count_swap", subset="both_correct")["ratio"].isna().all()


def test_category_swaps_need_skill_and_no_null() -> None:
    tables = {"eng__category_swap": make_effects("category_swap", 0.8)}
    summary, gates = summarise_tables(tables)
    row = cell(gates, kind="category_swap")
    assert (row["gate"], row["remark"], row["null_kind"]) == ("open", "", "")
    assert np.isnan(row["less_null"])
    assert pick(summary, effect="denoising", kind="category_swap")["ratio"].notna().any()
    _, gates = summarise_tables(tables, accuracy=0.1)
    row = cell(gates, kind="category_swap")
    assert (row["gate"], row["remark"]) == ("closed", NO_BETTER)
    _, gates = summarise_tables({"eng__category_swap": make_effects("category_swap", 0.0)})
    assert cell(gates, kind="category_swap")["remark"] == NOTHING


def compared_effects(kind: str, size: float) -> pd.DataFrame:
    effects = make_effects(kind, size, spread=0.05, noise=0.02, outcomes=("divergence",))
    numbers = effects[["total", "noising", "denoising"]].abs()
    return effects.assign(**numbers, direct=np.nan, interaction=np.nan)


@pytest.mark.parametrize(("null", "state"), [(0.8, "closed"), (0.2, "open")])
def test_divergence_opens_a_gate_only_beyond_that_of_null_swaps(null: float, state: str) -> None:
    tables = {
        f"eng__{kind}": compared_effects(kind, size)
        for kind, size in (("count_swap", 0.8), ("null_swap", null), ("control", 3.0))
    }
    summary, gates = summarise_tables(tables)
    swap = cell(gates, kind="count_swap", outcome="divergence")
    control = cell(gates, kind="control", outcome="divergence")
    assert swap["total_ci_low"] > 0
    assert swap["gate"] == state
    assert np.isnan(swap["less_irrelevant"])
    assert "irrelevant" not in swap["remark"]
    assert (control["gate"], control["remark"]) == ("closed", NEVER_NEGATIVE)
    raw = summary[summary["effect"].isin(["total", "noising", "denoising"])]
    assert raw[["p", "p_adjusted", "null_band"]].isna().all(axis=None), "no sign to turn"


def test_fewer_than_eight_categories_cannot_be_asked_for() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 8"):
        SummaryParameters(least_categories=7)
