from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.mediation.cell_means import align_effects
from isogloss.pipelines.mediation.hypothesis_values import (
    Patched,
    UnmeasuredError,
    choose_roles,
    measure_pairs,
)
from tests.pipelines.mediation.hypothesis_tables import state


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
    return measure_pairs(state(**own), patched).values.mean(axis=1).tolist()


def margins(patched: Patched, **own: Any) -> list[float]:
    return measure_pairs(state(**own), patched).pairs["margin"].tolist()


def test_value_of_a_pair_is_summed_over_its_roles_a_layer_at_a_time() -> None:
    # Middle third of six layers: 3 and 4. Roles +1 and +2 are 100 and 200 more; the third pair has
    # only the first, and its sign is turned.
    behind: dict[str, Any] = {"roles": ["item_+*"], "layers": ["middle"]}
    patched = Patched({("count_swap", "first"): small_table()})
    measured = measure_pairs(state(**behind), patched)
    assert measured.values.to_numpy().tolist() == [[306, 308], [306, 308], [-103, -104]]
    assert values(**behind) == [307.0, 307.0, -103.5]
    against = {"roles": ["swapped"], "layers": ["early"]}
    assert values(**behind, against=against) == [305.5, 305.5, -102.0]
    assert str(measured.own) == "item_+1 item_+2 in 3 4"
    assert margins(patched, **behind) == [0.0, 0.0, 0.0]
    assert margins(patched, **behind, share=0.25) == [2.5, 2.5, -2.5]


def test_margin_of_kinds_without_a_total_is_that_of_count_swaps_of_the_category() -> None:
    swaps = small_table(outcome="expected_count")
    twice = swaps.assign(pair_id=swaps["pair_id"] + "_more", total=2 * swaps["total"])
    odds = small_table(total=1000.0)
    moved = small_table("relocation", outcome="expected_count").query("category != 'c2'")
    tables = {("relocation", "first"): pd.concat([moved, moved.assign(outcome="up")])}
    own: dict[str, Any] = {"kind": "relocation", "roles": ["swapped"], "share": 0.5}
    with pytest.raises(UnmeasuredError, match="of count swaps, and there are none: mediation_pair"):
        margins(Patched(tables), **own, outcome="expected_count")
    tables["count_swap", "first"] = pd.concat([swaps, twice, odds])
    patched = Patched(tables)
    assert margins(patched, **own, outcome="expected_count") == [7.5, 7.5]
    assert margins(patched, **own, outcome="up") == [500.0, 500.0]
    # Pairs of a category without count swaps have no margin; without a share they need none.
    tables["count_swap", "first"] = swaps[swaps["category"] == "c1"]
    assert margins(patched, **own, outcome="expected_count") == [5.0]
    assert margins(patched, **{**own, "share": 0}, outcome="expected_count") == [0.0, 0.0]
    tables["count_swap", "first"] = swaps[swaps["category"] == "c2"]
    with pytest.raises(UnmeasuredError, match="there are none of these categories"):
        margins(patched, **own, outcome="expected_count")


def test_an_outcome_that_is_not_defined_is_no_sum_of_nothing() -> None:
    table = small_table()
    table.loc[table["pair_id"] == "count_swap_1", "noising"] = np.nan
    assert values(Patched({("count_swap", "first"): table}), roles=["swapped"]) == [3.0, -3.0]


def test_pairs_without_the_cells_are_left_out() -> None:
    only: dict[str, Any] = {"roles": ["item_+2"], "layers": [3]}
    assert values(**only) == [203.0, 203.0]
    assert values(roles=["swapped"], layers=[3], against=only) == [-200.0, -200.0]
    measured = measure_pairs(state(**only), Patched({("count_swap", "first"): small_table()}))
    assert (len(measured.pairs), measured.n_pairs_all) == (2, 3)


def test_thirds_of_the_residual_leave_out_the_last_layer() -> None:
    assert values(roles=["swapped"], layers=["late"])[0] == 5.0
    assert values(roles=["swapped"], layers=["all"])[0] == 3.0
    assert values(roles=["swapped"], layers=[5, 6])[0] == 5.5
    mlp = Patched({("count_swap", "first"): small_table(component="mlp")})
    assert values(mlp, roles=["swapped"], layers=["late"], component="mlp")[0] == 5.5


def test_layers_that_were_meant_are_kept_beside_those_that_were_patched() -> None:
    table = small_table()
    some = Patched({("count_swap", "first"): table[table["layer"] % 3 == 0]})
    own = measure_pairs(state(roles=["swapped"], layers=["middle", 5]), some).own
    assert (own.meant, own.layers) == ([3, 4, 5], [3])


def test_irrelevant_category_is_subtracted_from_the_same_lists() -> None:
    other = small_table("irrelevant", 0.5)
    tables = {("count_swap", "first"): small_table(), ("irrelevant", "first"): other}
    own = {"roles": ["swapped"], "layers": [4], "effect": "noising_less_irrelevant"}
    assert values(Patched(tables), **own) == [2.0, 2.0, -2.0]
    tables["irrelevant", "first"] = other[other["lists_id"] != "0"]
    assert values(Patched(tables), **own) == [2.0, -2.0]
    measured = measure_pairs(state(**own), Patched(tables))
    assert (len(measured.pairs), measured.n_pairs_all) == (2, 3)


def test_pairs_kept_for_confirmation_are_taken_alone() -> None:
    table = small_table()
    table["part"] = table["category"].map({"c0": "confirmation"}).fillna("discovery")
    split = Patched({("count_swap", "first"): table})
    assert values(split, roles=["swapped"], layers=[4]) == [4.0]
    assert measure_pairs(state(roles=["swapped"]), split).n_pairs_all == 1
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


def test_a_star_stands_for_all_that_there_are() -> None:
    patched = Patched({("count_swap", "first"): small_table()}, every_role=False)
    assert values(patched, roles=["item_+1"], layers=[3])[0] == 103.0
    with pytest.raises(UnmeasuredError, match=r"item_\+\* are all .* chose some: take all of them"):
        values(patched, roles=["swapped", "item_+*"], layers=[3])


def test_pairs_of_other_separators_are_not_what_was_stated() -> None:
    with pytest.raises(UnmeasuredError, match="usual separators: mediation_pairs.separators"):
        values(Patched({}, usual=False), roles=["swapped"])


def test_a_star_stands_for_a_number() -> None:
    there = ["final", "item_+10", "item_+2", "item_+1_part", "item_-1", "separator_+1"]
    assert choose_roles(["item_+*", "final"], there) == ["item_+2", "item_+10", "final"]
