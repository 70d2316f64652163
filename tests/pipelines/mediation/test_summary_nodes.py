from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.mediation.cell_means import align_effects
from isogloss.pipelines.mediation.summary_nodes import collect_mediation_tables
from tests.pipelines.mediation.summarised import (
    PARAMETERS,
    cell,
    make_tables,
    pick,
    summarise,
    summarise_tables,
)
from tests.pipelines.mediation.word_tables import rows_of


@pytest.fixture(scope="module")
def planted() -> tuple[pd.DataFrame, pd.DataFrame]:
    return summarise(0.8)


def by_layer(table: pd.DataFrame, column: str, **wanted: Any) -> dict[int, float]:
    own = pick(table, **wanted)
    return {int(one.layer): float(getattr(one, column)) for one in rows_of(own)}


def test_planted_effect_is_said_with_its_share(planted: tuple[pd.DataFrame, ...]) -> None:
    summary, _ = planted
    total = cell(summary, kind="count_swap", effect="total")
    assert total["ci_low"] < 0.8 < total["ci_high"]
    assert total["gate"] == "open"
    final = {"kind": "count_swap", "effect": "denoising", "role": "final"}
    ratio = by_layer(summary, "ratio", **final)
    assert ratio[6] == pytest.approx(1, abs=0.1)
    assert ratio[3] == pytest.approx(0.5, abs=0.1)
    limits = [by_layer(summary, f"ratio_ci_{end}", **final)[3] for end in ("low", "high")]
    assert limits[0] < 0.5 < limits[1]
    assert by_layer(summary, "p_adjusted", **final)[6] < 0.01
    nothing = pick(summary, kind="count_swap", effect="denoising", role="item_+1")
    assert (nothing["p_adjusted"] > 0.05).all()
    assert (nothing["mean"].abs() < 3 * nothing["null_band"]).all()


def test_ratio_is_of_means_not_the_mean_of_ratios(planted: tuple[pd.DataFrame, ...]) -> None:
    summary, _ = planted
    total = cell(summary, kind="count_swap", effect="total")["mean"]
    rows = pick(summary, kind="count_swap", effect="noising")
    np.testing.assert_allclose(rows["ratio"], rows["mean"] / total)


def only_some_have_the_next_item(their_size: float) -> pd.DataFrame:
    """Summarise pairs of which half lack an item behind the swap; the others have another total."""
    tables = make_tables(2.0, carried=lambda role, depth: 0.5)
    own = tables["eng__count_swap"]
    has_one = own["pair_id"].str.split("_").str[-1].astype(int) >= 24
    numbers = ["total", "noising", "denoising", "direct", "interaction"]
    turned = 2.0 * own["sign"]
    for name in numbers:
        share = {"total": 1.0, "interaction": 0.0}.get(name, 0.5)
        moved = own[name] + share * turned * (their_size / 2 - 1)
        own[name] = own[name].where(~has_one, moved)
    tables["eng__count_swap"] = own[has_one | (own["role"] != "item_+1")]
    return summarise_tables(tables)[0]


def test_shares_are_of_the_total_of_the_same_pairs() -> None:
    summary = only_some_have_the_next_item(1.0)
    rows = pick(summary, kind="count_swap", effect="noising", role="item_+1")
    assert rows["n_pairs"].unique().tolist() == [24]
    assert cell(summary, kind="count_swap", effect="total")["mean"] == pytest.approx(1.5, abs=0.1)
    assert (rows["mean"] - 0.5).abs().max() < 0.1
    assert (rows["ratio"] - 0.5).abs().max() < 0.1


def test_there_is_no_share_where_the_same_pairs_have_no_total() -> None:
    summary = only_some_have_the_next_item(0.0)
    assert cell(summary, kind="count_swap", effect="total")["gate"] == "open"
    rows = {"kind": "count_swap", "effect": "noising"}
    assert pick(summary, **rows, role="item_+1")["ratio"].isna().all()
    assert pick(summary, **rows, role="final")["ratio"].notna().all()


def test_pairs_that_the_model_solves_are_given_beside_all(
    planted: tuple[pd.DataFrame, ...],
) -> None:
    summary, _ = planted
    solved = cell(summary, kind="count_swap", effect="total", subset="both_correct")
    assert 0 < solved["n_pairs"] < 48
    assert "both_correct" not in set(summary.loc[summary["kind"] == "control", "subset"])


def test_irrelevant_category_is_subtracted_where_the_lists_are_the_same() -> None:
    tables = make_tables(0.8, spread=1.0)
    other = tables["eng__irrelevant"]
    asked = other["lists_id"].str.split("_").str[-1].astype(int) % 4 > 0
    other = tables["eng__irrelevant"] = other[asked]
    summary, _ = summarise_tables(tables)
    less = pick(summary, kind="count_swap", effect="denoising_less_irrelevant")
    assert set(less["n_pairs"]) == {other["pair_id"].nunique()}
    keys = ["lists_id", "category", "layer", "role", "outcome"]
    own, rest = (
        align_effects(table).set_index(keys)["denoising"]
        for table in (tables["eng__count_swap"], other)
    )
    by_hand = (own - rest).xs("log_odds", level="outcome").dropna()
    by_hand = by_hand.groupby(["category", "layer", "role"]).mean()
    by_hand = by_hand.groupby(["layer", "role"]).mean()
    found = less[less["role"] != "all"].set_index(["layer", "role"])["mean"]
    pd.testing.assert_series_equal(found.sort_index(), by_hand, check_names=False)


def test_irrelevant_category_is_subtracted_category_by_category(
    planted: tuple[pd.DataFrame, ...],
) -> None:
    summary, _ = planted
    less = pick(summary, kind="count_swap", effect="noising_less_irrelevant").set_index(
        ["layer", "role"]
    )
    own = pick(summary, kind="count_swap", effect="noising").set_index(["layer", "role"])
    other = pick(summary, kind="irrelevant", effect="noising").set_index(["layer", "role"])
    np.testing.assert_allclose(
        less["mean"].sort_index(), (own["mean"] - other["mean"]).sort_index(), atol=1e-12
    )


def test_layers_are_compared_with_the_other_layers() -> None:
    def late(role: str, depth: float) -> float:
        return float(role == "final" and depth > 0.9)

    summary, _ = summarise(0.8, carried=late)
    own = {"kind": "count_swap", "effect": "denoising_less_other_layers"}
    assert set(pick(summary, **own)["role"]) == {"all"}
    assert by_layer(summary, "ci_low", **own)[6] > 0
    means = by_layer(summary, "mean", **own)
    assert means[6] == pytest.approx(0.8, abs=0.15)
    assert sum(means.values()) == pytest.approx(0, abs=1e-9)


SPLIT: dict[str, Any] = {
    "pairs": 96,
    "categories": 24,
    "part": ("discovery", "confirmation"),
}


def test_confirmation_tests_only_what_discovery_found() -> None:
    summary, _ = summarise(0.8, **SPLIT)
    own = pick(summary, kind="count_swap", effect="denoising")
    found = own[own["part"] == "discovery"].set_index(["layer", "role"])["p_adjusted"]
    tested = own[own["part"] == "confirmation"].set_index(["layer", "role"])["p_adjusted"]
    assert set(own["part"]) == {"discovery", "confirmation"}
    assert (tested.notna() == (found <= PARAMETERS.discovery_level)[tested.index]).all()
    assert tested.notna().any()
    assert tested.isna().any()


def test_discovery_sees_nothing_of_the_categories_that_confirm() -> None:
    tables = make_tables(0.8, carried=lambda role, depth: float(role == "final"), **SPLIT)
    own = tables["eng__count_swap"]
    confirming = own["part"] == "confirmation"
    exchanged = own["role"].replace({"final": "item_+1", "item_+1": "final"})
    own["role"] = own["role"].where(~confirming, exchanged)
    summary, _ = summarise_tables(tables)
    rows = {"kind": "count_swap", "effect": "denoising", "part": "confirmation"}
    here, there = (pick(summary, **rows, role=role) for role in ("item_+1", "final"))
    assert (here["mean"] > 0.7).all(), "only here"
    assert here["p_adjusted"].isna().all()
    assert there["p_adjusted"].notna().all()


def test_summaries_of_models_are_stacked(planted: tuple[pd.DataFrame, ...]) -> None:
    summary, _ = planted
    both = collect_mediation_tables(summary, summary.assign(model="other"))
    assert both.groupby("model").size().tolist() == [len(summary)] * 2
