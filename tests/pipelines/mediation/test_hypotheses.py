from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.mediation_schemas import MediationHypotheses
from isogloss.partitions import StoredPartitions
from isogloss.pipelines.mediation import hypothesis_nodes
from isogloss.pipelines.mediation.cell_means import align_effects
from isogloss.pipelines.mediation.gates import NO_BETTER, NOTHING
from isogloss.pipelines.mediation.hypothesis_parameters import HypothesisParameters
from isogloss.pipelines.mediation.hypothesis_verdicts import NO_TOTAL
from isogloss.statistics.multiple_testing import adjust_holm
from tests.pipelines.mediation.effect_tables import CATEGORIES, make_effects, store
from tests.pipelines.mediation.hypothesis_tables import state
from tests.pipelines.mediation.summarised import PARAMETERS, make_tables

FEW = "fewer than 8 categories: nothing can be tested"


STATED = HypothesisParameters(
    stated={
        "grows": state(layers=[6]),
        "grows_late": state(layers=["late"], against={"roles": ["final"], "layers": ["early"]}),
        "more_than_all": state(layers=[2], share=1.0),
        "less_than_all": state(layers=[2], share=1.0, expects="less"),
        "behind": state(roles=["item_+1"], expects="none", share=0.2),
        "behind_more": state(roles=["item_+1"]),
        "nothing": state(layers=[1, 6], expects="none", share=0.3),
        "control": state(kind="control", roles=["final"], layers=[6], share=0.5),
    }
)


def make_gates(remark: str = "", **own: str) -> pd.DataFrame:
    """Make gates of which that of count swaps is closed by a remark."""
    rows = [("count_swap", "log_odds"), ("count_swap", "expected_count"), ("control", "log_odds")]
    table = pd.DataFrame(rows, columns=["kind", "outcome"]).assign(
        model="tiny", language="eng", named="first", separators="usual", part="all", subset="all"
    )
    closed = (table["kind"] == "count_swap") & bool(remark)
    return table.assign(
        gate=np.where(closed, "closed", "open"), remark=np.where(closed, remark, ""), **own
    )


def judge(
    tables: dict[str, pd.DataFrame],
    gates: pd.DataFrame | None = None,
    stated: HypothesisParameters = STATED,
) -> pd.DataFrame:
    gates = make_gates() if gates is None else gates
    table = hypothesis_nodes.judge_hypotheses(store(tables), gates, stated, PARAMETERS)
    MediationHypotheses.validate(table)
    return table.set_index("name")


@pytest.fixture(scope="module")
def planted() -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    tables = make_tables(0.8)
    return tables, judge(tables)


def test_planted_effects_are_judged(
    planted: tuple[dict[str, pd.DataFrame], pd.DataFrame],
) -> None:
    tables, table = planted
    assert table["verdict"].to_dict() == {
        "grows": "supported",
        "grows_late": "supported",
        "more_than_all": "contradicted",
        "less_than_all": "supported",
        "behind": "supported",
        "behind_more": "not supported",
        "nothing": "contradicted",
        "control": "supported",
    }
    own = align_effects(tables["eng__count_swap"])
    rows = own[(own["outcome"] == "log_odds") & (own["role"] == "final") & (own["layer"] == 6)]
    by_category = rows.groupby("category")["noising"].mean()
    assert table.loc["grows", "mean"] == pytest.approx(by_category.mean())
    assert table.loc["grows", "error"] == pytest.approx(by_category.std() / np.sqrt(12))
    counts = ("n_pairs", "n_pairs_all", "n_categories")
    assert [table[name].to_dict()["grows"] for name in counts] == [48, 48, 12]
    totals = rows.groupby("category")["total"].mean().mean()
    assert table.loc["more_than_all", "margin"] == pytest.approx(totals)
    assert table.loc["behind", "margin"] == pytest.approx(0.2 * totals)
    assert table.loc["grows_late", "against"] == "final in 1 2"


def test_what_is_stated_and_what_contradicts_it_are_a_family_each(
    planted: tuple[dict[str, pd.DataFrame], pd.DataFrame],
) -> None:
    _, table = planted
    assert table.loc["grows", "p"] == 2.0**-12
    assert table.loc["grows", "p_holm"] == 8 * 2.0**-12
    assert table.loc["more_than_all", "p_opposite"] == 2.0**-12
    assert table.loc["nothing", "p_opposite"] == 2 * 2.0**-12, "of two sides"
    for name in ("p", "p_opposite"):
        np.testing.assert_allclose(table[f"{name}_holm"], adjust_holm(table[name]))


def test_behind_a_closed_gate_nothing_is_judged() -> None:
    table = judge(make_tables(0.0), make_gates(NOTHING))
    counting = table.drop(index="control")
    assert set(counting["verdict"]) == {"not testable"}
    assert set(counting["remark"]) == {NOTHING}
    assert counting["mean"].notna().all(), "means are given all the same"
    assert counting[["p", "p_opposite"]].isna().all(axis=None)
    assert table.loc["control", "verdict"] == "supported"
    assert table["p_holm"].to_dict()["control"] == 2.0**-12, "a family of one"


def test_category_swaps_have_a_gate_of_their_own() -> None:
    tables = {"eng__category_swap": make_effects("category_swap", 0.8)}
    stated = HypothesisParameters(stated={"named": state(kind="category_swap", roles=["final"])})
    gates = pd.concat([make_gates(NO_BETTER), make_gates("").assign(kind="category_swap")])
    assert judge(tables, gates, stated)["remark"].to_dict() == {"named": ""}
    closed = pd.concat([make_gates(""), make_gates(NOTHING).assign(kind="category_swap")])
    assert judge(tables, closed, stated)["remark"].to_dict() == {"named": NOTHING}


def test_relocations_go_through_the_gate_of_count_swaps() -> None:
    tables = {"eng__relocation": make_effects("relocation", 0, outcomes=("expected_count", "up"))}
    stated = HypothesisParameters(
        stated={
            "up": state(kind="relocation", outcome="up"),
            "gap": state(kind="relocation", outcome="expected_count", roles=["gap_*"]),
        }
    )
    remarks = judge(tables, make_gates(NO_BETTER), stated)["remark"]
    assert remarks["up"] == f"count swaps: {NO_BETTER}"
    assert remarks["gap"].startswith(f"count swaps: {NO_BETTER}; there is no role gap_*.")
    gates = make_gates()
    alone = judge(tables, gates[gates["kind"] == "control"], stated)["remark"]
    assert alone["up"].startswith("there are no count swaps to say whether the model counts")


@pytest.mark.parametrize(
    "other", [{"separators": "line"}, {"named": "last"}, {"subset": "both_correct"}]
)
def test_gates_of_other_pairs_say_nothing(other: dict[str, str]) -> None:
    gates = pd.concat([make_gates(), make_gates(NO_BETTER, **other)])
    assert judge(make_tables(0.8), gates).loc["grows", "verdict"] == "supported"


def test_effects_of_other_separators_are_left_out() -> None:
    tables = make_tables(0.8)
    others = {
        f"{name}__line": table.assign(separators="line", noising=-table["noising"])
        for name, table in tables.items()
    }
    for name in ("mean", "n_pairs"):
        expected = judge(tables)[name].to_dict()["grows"]
        assert judge(tables | others)[name].to_dict()["grows"] == expected


def test_where_only_other_separators_were_used_that_is_the_reason() -> None:
    tables = {
        f"{name}__line": table.assign(separators="line") for name, table in make_tables(0.8).items()
    }
    table = judge(tables, make_gates(separators="line"))
    assert set(table["model"]) == {"tiny"}
    assert set(table["remark"]) == {
        "hypotheses are about pairs with usual separators: mediation_pairs.separators"
    }


@pytest.mark.parametrize(
    ("settings", "name", "reason"),
    [
        ({"layers": [3, 6]}, "grows_late", "name layers by number"),
        ({"roles": ["item_+1"]}, "star", "chose some: take all of them, or name the roles"),
    ],
)
def test_settings_of_the_patches_say_what_is_whole(
    settings: dict[str, Any], name: str, reason: str
) -> None:
    stated = HypothesisParameters(
        stated={
            "grows_late": STATED.stated["grows_late"],
            "star": state(roles=["item_+*"], layers=[3]),
        }
    )
    tables = make_tables(0.8)
    stored = StoredPartitions({}, {one: settings for one in tables}, lambda one: tables[one])
    table = hypothesis_nodes.judge_hypotheses(stored, make_gates(), stated, PARAMETERS)
    remarks = table.set_index("name")["remark"].to_dict()
    assert reason in remarks.pop(name)
    assert set(remarks.values()) == {""}


def with_behind(sizes: Sequence[float]) -> dict[str, pd.DataFrame]:
    """Make tables in which each category has so much behind the word, in all pairs and layers."""
    tables = make_tables(0.8)
    own = tables["eng__count_swap"]
    behind = own["sign"] * own["category"].map(lambda name: sizes[int(name[1:])])
    noising = behind.where(own["role"] == "item_+1", own["noising"])
    return {**tables, "eng__count_swap": own.assign(noising=noising)}


SIDES = [
    ({"behind": state(roles=["item_+1"])}, "supported", "p"),
    ({"behind": state(roles=["item_+1"], expects="less")}, "contradicted", "p_opposite"),
]


@pytest.mark.parametrize(("stated", "verdict", "column"), SIDES)
def test_verdicts_need_the_adjusted_p(stated: dict[str, Any], verdict: str, column: str) -> None:
    tables = with_behind(np.linspace(-0.02, 0.06, CATEGORIES).tolist())
    [found] = judge(tables, stated=HypothesisParameters(stated=stated)).to_dict("records")
    assert found["verdict"] == verdict
    # Six more, whose margin is about what is there, make a family in which it is not told.
    vague = {
        f"vague_{at}": state(roles=["item_+1"], layers=[at], share=0.025) for at in range(1, 7)
    }
    among = judge(tables, stated=HypothesisParameters(stated=stated | vague))
    assert set(among["verdict"]) == {"not supported"}
    p, p_holm = (among[name].to_dict()["behind"] for name in (column, f"{column}_holm"))
    assert p <= 0.05 < p_holm


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("claim", "column"), [(True, "p"), (False, "p_opposite")])
def test_verdicts_need_the_interval(sign: int, claim: bool, column: str) -> None:
    tables = with_behind([sign * size for size in (-0.05, -0.05, *(0.04,) * (CATEGORIES - 2))])
    expects = "greater" if claim == (sign > 0) else "less"
    stated = HypothesisParameters(stated={"it": state(roles=["item_+1"], expects=expects)})
    [found] = judge(tables, stated=stated).to_dict("records")
    assert found[f"{column}_holm"] <= 0.05
    assert found["ci_low"] < 0 < found["ci_high"]
    assert found["verdict"] == "not supported"


def test_margins_of_relocations_are_read_from_count_swaps() -> None:
    tables = make_tables(0.8)
    tables["eng__relocation"] = make_effects("relocation", 0, outcomes=("expected_count",))
    own: dict[str, Any] = {"kind": "relocation", "outcome": "expected_count"}
    stated = HypothesisParameters(stated={"half": state(**own, expects="none", share=0.5)})
    [found] = judge(tables, stated=stated).to_dict("records")
    swaps = align_effects(tables["eng__count_swap"]).query("outcome == 'expected_count'")
    assert found["margin"] == pytest.approx(swaps["total"].mean() / 2)
    assert found["verdict"] == "supported"


def test_a_share_of_no_total_effect_is_not_tested() -> None:
    stated = HypothesisParameters(stated={"none": STATED.stated["behind"], "more": state()})
    table = judge(make_tables(0.0), stated=stated)
    assert table["remark"].to_dict() == {"none": NO_TOTAL, "more": ""}


def test_few_categories_are_not_tested() -> None:
    table = judge(make_tables(0.8, categories=7))
    assert set(table["remark"]) == {FEW}
    assert table["p_holm"].isna().all()


def test_without_hypotheses_the_table_is_empty() -> None:
    assert judge(make_tables(0.8, pairs=8), stated=HypothesisParameters()).empty


def test_confirmation_part_is_what_counts() -> None:
    tables = make_tables(0.8, pairs=96, categories=24, part=("discovery", "confirmation"))
    gates = pd.concat([make_gates(NO_BETTER, part="discovery"), make_gates(part="confirmation")])
    table = judge(tables, gates)
    assert set(table["part"]) == {"confirmation"}
    assert table.loc["grows", "verdict"] == "supported"
    assert [table[name].to_dict()["grows"] for name in ("n_pairs_all", "n_categories")] == [48, 12]
