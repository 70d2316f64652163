from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from isogloss.mediation_schemas import MediationHypotheses
from isogloss.pipelines.mediation import hypothesis_nodes
from isogloss.pipelines.mediation.cell_means import align_effects
from isogloss.pipelines.mediation.gates import NO_BETTER, NOTHING
from isogloss.pipelines.mediation.hypothesis_parameters import HypothesisParameters
from isogloss.pipelines.mediation.hypothesis_values import (
    Patched,
    UnmeasuredError,
    choose_roles,
    measure_pairs,
)
from isogloss.pipelines.mediation.hypothesis_verdicts import judge_nothing, take_one_side
from isogloss.setting_errors import describe_problems
from isogloss.statistics.multiple_testing import adjust_holm
from tests.pipelines.mediation.effect_tables import make_effects, store
from tests.pipelines.mediation.hypothesis_tables import shipped_hypotheses, state
from tests.pipelines.mediation.summarised import PARAMETERS, make_tables

FEW = "fewer than 8 categories: nothing can be tested"


def small_table(kind: str = "count_swap", size: float = 1.0, **own: Any) -> pd.DataFrame:
    """Make three pairs, of layers 0 to 6 and two roles; effects are given by role and layer."""
    rows = [
        {
            "pair_id": f"{kind}_{pair}", "kind": kind, "named": "first", "category": f"c{pair}",
            "part": "all", "lists_id": str(pair), "sign": -1 if pair == 2 else 1,
            "component": "residual", "layer": layer, "head": -1, "role": role,
            "outcome": "log_odds", "total": 10.0 * size, "noising": size * (layer + 100 * place),
            "denoising": 0.0, "direct": 0.0, "interaction": 0.0,
        }
        for pair in range(3)
        for layer in range(7)
        for place, role in enumerate(("swapped", "item_+1", "item_+2", "item_+1_part"))
        # The last pair has no second item behind the swapped one.
        if not (pair == 2 and role == "item_+2")
    ]  # fmt: skip
    return align_effects(pd.DataFrame(rows).assign(**own))


def values(patched: Patched | None = None, **own: Any) -> list[float]:
    patched = patched or Patched({("count_swap", "first"): small_table()})
    return measure_pairs(state(**own), patched).pairs["value"].tolist()


def test_value_of_a_pair_is_the_mean_over_its_roles_and_layers() -> None:
    # Middle third of six layers: 3 and 4. Roles +1 and +2 are 100 and 200 more; the third pair has
    # only the first, and its sign is turned.
    behind: dict[str, Any] = {"roles": ["item_+*"], "layers": ["middle"]}
    assert values(**behind) == [153.5, 153.5, -103.5]
    against = {"roles": ["swapped"], "layers": ["early"]}
    assert values(**behind, against=against) == [152.0, 152.0, -102.0]
    assert values(**behind, share=0.25) == [151.0, 151.0, -101.0]
    measured = measure_pairs(state(**behind), Patched({("count_swap", "first"): small_table()}))
    assert str(measured.own) == "item_+1 item_+2 in 3 4"


def test_pairs_without_the_cells_are_left_out() -> None:
    only: dict[str, Any] = {"roles": ["item_+2"], "layers": [3]}
    assert values(**only) == [203.0, 203.0]
    assert values(roles=["swapped"], layers=[3], against=only) == [-200.0, -200.0]


def test_thirds_of_the_residual_leave_out_the_last_layer() -> None:
    assert values(roles=["swapped"], layers=["late"])[0] == 5.0
    assert values(roles=["swapped"], layers=["all"])[0] == 3.0
    assert values(roles=["swapped"], layers=[5, 6])[0] == 5.5
    mlp = Patched({("count_swap", "first"): small_table(component="mlp")})
    assert values(mlp, roles=["swapped"], layers=["late"], component="mlp")[0] == 5.5


def test_irrelevant_category_is_subtracted_from_the_same_lists() -> None:
    other = small_table("irrelevant", 0.5)
    tables = {("count_swap", "first"): small_table(), ("irrelevant", "first"): other}
    own = {"roles": ["swapped"], "layers": [4], "effect": "noising_less_irrelevant"}
    assert values(Patched(tables), **own) == [2.0, 2.0, -2.0]
    tables["irrelevant", "first"] = other[other["lists_id"] != "0"]
    assert values(Patched(tables), **own) == [2.0, -2.0]


def test_pairs_kept_for_confirmation_are_taken_alone() -> None:
    table = small_table()
    table["part"] = table["category"].map({"c0": "confirmation"}).fillna("discovery")
    split = Patched({("count_swap", "first"): table})
    assert values(split, roles=["swapped"], layers=[4]) == [4.0]
    found = Patched({("count_swap", "first"): table[table["part"] == "discovery"]})
    with pytest.raises(UnmeasuredError, match=r"mediation_pairs\.confirmation"):
        values(found, roles=["swapped"], layers=[4])


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        ({"kind": "relocation", "outcome": "up"}, "no pairs of kind relocation: mediation_pairs.k"),
        ({"named": "last"}, "no pairs name the category last: mediation_pairs.named"),
        ({"outcome": "expected_count"}, "no outcome expected_count but log_odds: mediation_effect"),
        ({"component": "mlp"}, "no component mlp but residual: mediation_effects.components"),
        ({"roles": ["swaped"]}, "no role swaped. Did you mean swapped? Patched are swapped, item_"),
        ({"roles": ["swapped"], "layers": [9]}, "no layer 9 was patched but 0 1 2 3 4 5 6: mediat"),
        (
            {"roles": ["swapped"], "effect": "noising_less_irrelevant"},
            "there are no pairs of kind irrelevant: mediation_pairs.kinds",
        ),
    ],
)
def test_what_was_not_patched_names_the_setting(own: dict[str, Any], reason: str) -> None:
    with pytest.raises(UnmeasuredError) as caught:
        values(**own)
    assert reason in str(caught.value)


def test_some_layers_of_a_model_have_no_thirds() -> None:
    patched = Patched({("count_swap", "first"): small_table()}, every_layer=False)
    assert values(patched, roles=["swapped"], layers=[3, 4])[0] == 3.5
    with pytest.raises(UnmeasuredError, match="name layers by number"):
        values(patched, roles=["swapped"], layers=["middle"])


def test_a_star_stands_for_a_number() -> None:
    there = ["final", "item_+10", "item_+2", "item_+1_part", "item_-1", "separator_+1"]
    assert choose_roles(["item_+*", "final"], there) == ["item_+2", "item_+10", "final"]


def test_p_is_of_one_side() -> None:
    assert take_one_side(0.02, 0.3, "greater") == 0.01
    assert take_one_side(0.02, 0.3, "less") == 0.99
    assert take_one_side(0.02, -0.3, "less") == 0.01
    assert take_one_side(1.0, 0.0, "greater") == 1.0


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.04, 0.03, "supported"),
        (0.01, 0.04, "supported"),
        (-0.06, 0.03, "not supported"),
        (0.02, 0.3, "not supported"),
        (0.06, 0.3, "contradicted"),
        (-0.3, -0.05, "contradicted"),
    ],
)
def test_nothing_is_told_by_the_interval(low: float, high: float, verdict: str) -> None:
    assert judge_nothing(low, high, 0.05) == verdict


STATED = HypothesisParameters(
    stated={
        "grows": state(layers=[6]),
        "grows_late": state(layers=["late"], against={"roles": ["final"], "layers": ["early"]}),
        "more_than_all": state(layers=[2], share=1.0),
        "behind": state(roles=["item_+1"], expects="none", smallest=0.05),
        "behind_nothing": state(roles=["item_+1"]),
        "control": state(kind="control", roles=["final"], layers=[6], share=0.5),
    }
)


def make_gates(remark: str = "", part: str = "all") -> pd.DataFrame:
    """Make gates of which that of count swaps is closed by a remark."""
    rows = [("count_swap", "log_odds"), ("count_swap", "expected_count"), ("control", "log_odds")]
    table = pd.DataFrame(rows, columns=["kind", "outcome"]).assign(
        model="tiny", language="eng", named="first", separators="usual", part=part, subset="all"
    )
    closed = (table["kind"] == "count_swap") & bool(remark)
    return table.assign(
        gate=np.where(closed, "closed", "open"), remark=np.where(closed, remark, "")
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
        "behind": "supported",
        "behind_nothing": "not supported",
        "control": "supported",
    }
    own = align_effects(tables["eng__count_swap"])
    rows = own[(own["outcome"] == "log_odds") & (own["role"] == "final") & (own["layer"] == 6)]
    by_category = rows.groupby("category")["noising"].mean()
    assert table.loc["grows", "mean"] == pytest.approx(by_category.mean())
    assert table.loc["grows", "error"] == pytest.approx(by_category.std() / np.sqrt(12))
    assert [table[name].to_dict()["grows"] for name in ("n_pairs", "n_categories")] == [48, 12]
    assert table.loc["grows", "p"] == 2.0**-12
    assert table.loc["grows_late", "against"] == "final in 1 2"
    directed = table["expects"] != "none"
    assert table["p"].notna().tolist() == directed.tolist()
    expected = adjust_holm(table.loc[directed, "p"])
    np.testing.assert_allclose(table.loc[directed, "p_holm"], expected)
    assert table.loc["grows", "p_holm"] == 5 * 2.0**-12


def test_behind_a_closed_gate_nothing_is_judged() -> None:
    table = judge(make_tables(0.0), make_gates(NOTHING))
    counting = table.drop(index="control")
    assert set(counting["verdict"]) == {"not testable"}
    assert set(counting["remark"]) == {NOTHING}
    assert counting["mean"].notna().all(), "means are given all the same"
    assert counting["p"].isna().all()
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


def test_gates_of_other_separators_say_nothing() -> None:
    gates = pd.concat([make_gates(), make_gates(NO_BETTER).assign(separators="line")])
    assert judge(make_tables(0.8), gates).loc["grows", "verdict"] == "supported"


def test_few_categories_are_not_tested() -> None:
    table = judge(make_tables(0.8, categories=7))
    assert set(table["remark"]) == {FEW}
    assert table["p_holm"].isna().all()


def test_without_hypotheses_the_table_is_empty() -> None:
    assert judge(make_tables(0.8, pairs=8), stated=HypothesisParameters()).empty


def test_confirmation_part_is_what_counts() -> None:
    tables = make_tables(0.8, pairs=96, categories=24, part=("discovery", "confirmation"))
    table = judge(tables, make_gates(part="confirmation"))
    assert set(table["part"]) == {"confirmation"}
    assert [table[name].to_dict()["grows"] for name in ("n_pairs", "n_categories")] == [48, 12]


def test_shipped_hypotheses_are_a_duel() -> None:
    stated = shipped_hypotheses().stated
    sides = pd.Series([one.predicts for one in stated.values()]).value_counts().to_dict()
    assert sides == {"running_count": 3, "end_sum": 3, "works": 2}
    assert len({one.states for one in stated.values()}) == len(stated)


def problem(own: dict[str, Any]) -> str:
    given = {"stated": {"mine": {**state().model_dump(exclude_none=True), **own}}}
    with pytest.raises(ValidationError) as caught:
        HypothesisParameters.model_validate(given)
    [text] = describe_problems("mediation_hypotheses", given, HypothesisParameters, caught.value)
    return text


@pytest.mark.parametrize(
    ("own", "text"),
    [
        (
            {"kind": "relocation"},
            "mine: outcome: relocation has no log_odds; it has expected_count",
        ),
        (
            {"kind": "control", "effect": "noising_less_irrelevant"},
            "effect: control has no lists under an irrelevant category; take noising, or kind "
            "count_swap or relocation.",
        ),
        ({"expects": "none"}, "smallest: it is given with expects: none, and only there."),
        ({"smallest": 0.1}, "smallest: it is given with expects: none, and only there."),
        ({"expects": "none", "smallest": 0.1, "share": 0.5}, "share: it needs expects: greater or"),
        ({"against": {"roles": "final", "layers": "all"}}, "against: these are the same cells"),
        ({"layers": "centre"}, "stated.mine.layers = 'centre': it must be a list, each item"),
        ({"kind": "swap"}, "stated.mine.kind = 'swap': it must be 'count_swap', 'null_swap'"),
        (
            {"rolls": "final"},
            "There is no setting 'mediation_hypotheses.stated.mine.rolls' (given: 'final'). Did "
            "you mean roles? 'mediation_hypotheses.stated.mine' has: roles, layers, states,",
        ),
    ],
)
def test_an_invalid_hypothesis_gives_one_clear_error(own: dict[str, Any], text: str) -> None:
    assert text in problem(own)


def test_names_are_slugs() -> None:
    with pytest.raises(ValidationError, match="'My own' is no name"):
        HypothesisParameters(stated={"My own": state()})
