from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.language_models import LanguageModel
from isogloss.pipelines.mediation.interchange import plan_exchanges
from isogloss.pipelines.mediation.intervention_nodes import (
    cut_attention,
    exchange_items,
    steer_counts,
)
from isogloss.pipelines.mediation.intervention_parameters import InterventionParameters
from isogloss.pipelines.mediation.intervention_summary import (
    NO_SHARES,
    summarise_exchanges,
    summarise_knockouts,
    summarise_steering,
)
from isogloss.pipelines.mediation.knockouts import choose_edges, choose_window
from isogloss.pipelines.mediation.probe_data import gather_data, hold_out_categories
from isogloss.pipelines.mediation.probe_nodes import probe_running_counts
from isogloss.pipelines.mediation.probe_parameters import ProbeParameters
from isogloss.pipelines.mediation.probes import fit_baseline, leave_unexplained
from isogloss.pipelines.mediation.steering import find_directions
from isogloss.pipelines.mediation.summary_nodes import summarise_interventions
from isogloss.pipelines.mediation.summary_parameters import SummaryParameters
from isogloss.statistics.ridge import fit_ridge
from tests.pipelines.mediation.test_pair_nodes import make
from tests.pipelines.mediation.test_probes import embeddings_of, make_lists
from tests.pipelines.mediation.word_tables import rows_of

PARAMETERS = InterventionParameters(every=3, interchanges=12, windows=("all", "late"))
SUMMARY = SummaryParameters(rounds=400)
CATEGORIES = [f"c{number}" for number in range(10)]


@pytest.fixture(scope="module")
def pairs(tiny_lm: LanguageModel) -> pd.DataFrame:
    return make(tiny_lm, pairs=10, lengths=(5, 6), shots=0, kinds=("count_swap", "control"))[0]


@pytest.fixture(scope="module")
def steered(tiny_lm: LanguageModel, pairs: pd.DataFrame) -> pd.DataFrame:
    return steer_counts(tiny_lm, pairs, PARAMETERS)


@pytest.fixture(scope="module")
def exchanged(tiny_lm: LanguageModel, pairs: pd.DataFrame) -> pd.DataFrame:
    return exchange_items(tiny_lm, pairs, PARAMETERS)


@pytest.fixture(scope="module")
def cut(tiny_lm: LanguageModel, pairs: pd.DataFrame) -> pd.DataFrame:
    return cut_attention(tiny_lm, pairs, PARAMETERS)


def test_probes_have_a_row_a_layer_spot_and_fold(
    tiny_lm: LanguageModel, pairs: pd.DataFrame
) -> None:
    probes = probe_running_counts(tiny_lm, pairs, ProbeParameters(every=2, shuffles=1))
    whole = probes[probes["fold"] == "all"]
    assert sorted(zip(whole["layer"], whole["spot"], strict=True)) == [
        (layer, spot) for layer in (0, 2, 3) for spot in ("item", "separator")
    ]
    assert (whole["n_categories"] == 10).all()
    folds = probes[(probes["fold"] != "all") & (probes["layer"] == 2) & (probes["spot"] == "item")]
    assert folds["n"].sum() == whole["n"].iloc[0]
    assert whole["r2_baseline"].nunique() == 1, "it does not depend on the activations"
    bottom = whole[(whole["layer"] == 0) & (whole["spot"] == "separator")]
    assert bottom["partial_r2"].iloc[0] < 0.05, "a separator's embedding knows no count"


def test_lists_are_steered_at_every_layer_by_every_direction(
    steered: pd.DataFrame, pairs: pd.DataFrame
) -> None:
    assert set(steered["layer"]) == {0, 3}
    draws = steered.groupby("direction")["draw"].nunique()
    assert draws.to_dict() == {"probe": 1, "mean": 1, "random_probe": 4, "random_mean": 4}
    assert set(steered["step"]) == {-1, 1}
    assert steered.groupby(["layer", "spot", "direction", "draw", "step"])["list_id"].size().min() == 10
    np.testing.assert_allclose(steered["after"] - steered["before"], steered["change"])
    assert steered["change"].abs().max() > 0
    top = steered[steered["layer"] == 3]
    assert (top["change"] == 0).all(), "behind the last layer only the final token matters"


def test_directions_are_of_one_member_and_random_ones_as_long() -> None:
    generator = np.random.default_rng(1)
    lists = make_lists()
    data = gather_data(lists, embeddings_of(lists))
    planted = generator.normal(size=40)
    states = (data.target[:, None] * planted + generator.normal(size=(len(data.words), 40))).astype(
        np.float32
    )
    baseline = fit_baseline(data, next(hold_out_categories(data)))
    pushes = find_directions(baseline, states, 3, generator)
    found = {own.direction: own.vector for own in pushes if own.draw == 0}
    left, _ = leave_unexplained(baseline, states)
    probe = fit_ridge(left, baseline.left[:, None], baseline.fold.groups)
    weights = probe.weights[:, 0]
    assert found["probe"] @ weights == pytest.approx(found["mean"] @ weights)
    assert found["probe"] @ weights == pytest.approx(1, abs=0.2), "the probe reads one more"
    for name in ("probe", "mean"):
        cosine = found[name] @ planted / np.linalg.norm(found[name]) / np.linalg.norm(planted)
        assert cosine > 0.95
        length = np.linalg.norm(found[name])
        random = [own.vector for own in pushes if own.direction == f"random_{name}"]
        np.testing.assert_allclose(np.linalg.norm(random, axis=1), length)
        assert len(random) == 3
        assert np.abs(random @ found[name]).max() < 0.7 * length**2


def test_exchanges_are_between_categories_at_equal_items() -> None:
    lists = make_lists(30)
    planned = plan_exchanges(lists, 40, np.random.default_rng(0))
    assert len(planned) == len(set(planned)) == 40
    gaps = []
    for one in planned:
        target, source = lists[one.target], lists[one.source]
        assert target.category != source.category
        assert 0 < one.item < min(len(target.words), len(source.words)) - 1
        assert target.members[one.item] == source.members[one.item]
        gaps.append(source.running[one.item] - target.running[one.item])
    assert {gap: gaps.count(gap) for gap in set(gaps)} == dict.fromkeys(range(-2, 3), 8)
    targets = [one.target for one in planned]
    assert max(targets.count(target) for target in set(targets)) <= 4
    assert plan_exchanges(lists[:1], 5, np.random.default_rng(0)) == []


def test_all_exchanges_that_there_are_keep_to_other_categories() -> None:
    lists = [one for one in make_lists(60) if one.category in ("mammals", "metals")]
    planned = plan_exchanges(lists, 10_000, np.random.default_rng(0))
    assert len(planned) > 50
    assert all(lists[one.target].category != lists[one.source].category for one in planned)


def test_exchanged_activations_change_the_answer_where_they_can(exchanged: pd.DataFrame) -> None:
    assert len(exchanged) == 12 * 2 * 2
    assert (exchanged["category"] != exchanged["source_category"]).all()
    assert (exchanged.loc[exchanged["layer"] == 3, "change"] == 0).all()
    assert exchanged.loc[exchanged["layer"] == 0, "change"].abs().max() > 0


def test_edges_lead_to_the_swapped_word_alone() -> None:
    roles = (
        "instruction item_-1 swapped_first swapped_last swapped_separator item_+1 list_end "
        "answer_prefix final"
    ).split()
    found = {
        name: choose_edges(roles, name).queries
        for name in ("final_to_swapped", "end_to_swapped", "later_to_swapped", "all_to_swapped")
    }
    assert found == {
        "final_to_swapped": (8,),
        "end_to_swapped": (6, 7, 8),
        "later_to_swapped": (4, 5),
        "all_to_swapped": (4, 5, 6, 7, 8),
    }
    assert choose_edges(roles, "final_to_swapped").keys == (2, 3)


def test_windows_are_thirds_of_the_layers() -> None:
    assert choose_window("all", 7) == [1, 2, 3, 4, 5, 6, 7]
    thirds = [choose_window(name, 18) for name in ("early", "middle", "late")]
    assert thirds == [list(range(1, 7)), list(range(7, 13)), list(range(13, 19))]


def test_nothing_is_left_if_no_token_sees_the_swapped_word(cut: pd.DataFrame) -> None:
    every = cut[(cut["edges"] == "all_to_swapped") & (cut["window"] == "all")]
    assert every["total"].abs().max() > 0.01
    np.testing.assert_allclose(every["left"], 0, atol=1e-5)
    late = cut[(cut["edges"] == "final_to_swapped") & (cut["window"] == "late")]
    assert late["left"].abs().max() > 0.01


def test_pairs_without_later_items_are_left_out(cut: pd.DataFrame, pairs: pd.DataFrame) -> None:
    later = set(cut.loc[cut["edges"] == "later_to_swapped", "pair_id"])
    last = {row.pair_id for row in rows_of(pairs) if row.place == row.length - 1}
    assert last
    assert not later & last
    assert later == set(pairs["pair_id"]) - last


def lists_table(moved: Any, at_random: Any) -> pd.DataFrame:
    """Make steering whose directions, and random ones, move the count by so much at each layer."""
    generator = np.random.default_rng(0)
    slopes = {"probe": moved, "mean": moved, "random_probe": at_random, "random_mean": at_random}
    rows = [
        {
            "direction": direction, "draw": draw, "spot": "item", "layer": layer,
            "category": CATEGORIES[number % 10], "list_id": f"l{number}", "step": step,
            "change": slope(layer) * step + generator.normal(0, 0.05),
        }
        for number in range(40)
        for step in (-1, 1)
        for layer in (0, 1)
        for direction, slope in slopes.items()
        for draw in range(3 if direction.startswith("random") else 1)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def steering_of(moved: Any, at_random: Any, measure: str) -> dict[int, Any]:
    found = summarise_steering(lists_table(moved, at_random), SUMMARY)
    own = found[(found["measure"] == measure) & (found["name"] == "probe")]
    return {row.layer: row for row in rows_of(own)}


def test_steering_that_moves_the_count_is_told_from_noise() -> None:
    rows = steering_of(lambda layer: 0.8 * layer, lambda _: 0.0, "less_random")
    assert rows[1].mean == pytest.approx(0.8, abs=0.05)
    assert rows[1].p_adjusted < 0.01
    assert rows[0].ci_low < 0 < rows[0].ci_high
    assert rows[1].n == 40


def test_what_any_direction_does_is_no_steering() -> None:
    def moved(layer: int) -> float:
        return 0.5 * layer

    raw = steering_of(moved, moved, "change_per_member")[1]
    assert raw.ci_low > 0.4
    assert np.isnan(raw.p_adjusted), "only what goes beyond random directions is tested"
    less = steering_of(moved, moved, "less_random")[1]
    assert less.ci_low < 0 < less.ci_high
    assert less.p_adjusted > 0.05
    against = steering_of(moved, lambda layer: -0.1 * layer, "less_random")[1]
    assert against.mean == pytest.approx(0.6, abs=0.05)


def test_slope_of_exchanges_is_found_with_its_interval() -> None:
    generator = np.random.default_rng(2)
    n = 120
    gap = generator.integers(-3, 4, n)
    table = pd.DataFrame(
        {
            "spot": "item", "layer": np.arange(n) % 2, "running": 3, "source_running": 3 + gap,
            "category": np.array(CATEGORIES)[np.arange(n) // 2 % 10],
            "source_category": np.array(CATEGORIES)[np.arange(n) // 2 % 10 - 1],
        }
    )  # fmt: skip
    table["change"] = 0.4 + 0.7 * gap * table["layer"] + generator.normal(0, 0.3, n)
    found = rows_of(summarise_exchanges(table, SUMMARY))
    assert found[1].mean == pytest.approx(0.7, abs=0.1)
    assert found[1].ci_low < 0.7 < found[1].ci_high
    assert found[1].p_adjusted < 0.01
    assert found[0].ci_low < 0 < found[0].ci_high


def test_slope_that_rests_on_one_category_of_sources_is_uncertain() -> None:
    generator = np.random.default_rng(4)
    n = 200
    gap = generator.integers(-2, 3, n)
    source = np.arange(n) // 10 % 10
    table = pd.DataFrame(
        {
            "spot": "item", "layer": 1, "running": 3, "source_running": 3 + gap,
            "category": np.array(CATEGORIES)[np.arange(n) % 10],
            "source_category": np.array(CATEGORIES)[source],
            "change": 3.0 * gap * (source == 0) + generator.normal(0, 0.1, n),
        }
    )  # fmt: skip
    (found,) = rows_of(summarise_exchanges(table, SUMMARY))
    assert found.mean > 0.1
    assert found.ci_low < 0 < found.ci_high
    assert found.n_categories == 10


def test_shares_of_what_is_cut_are_given_through_open_gates_only() -> None:
    generator = np.random.default_rng(3)
    rows = [
        {
            "kind": "count_swap", "named": "first", "outcome": "log_odds", "edges": edges,
            "window": "all", "category": CATEGORIES[number % 10], "sign": sign,
            "total": sign * total, "left": sign * total * share,
        }
        for number in range(40)
        for sign in [1 if number % 3 else -1]
        for total in [1 + generator.normal(0, 0.1)]
        for edges, share in (("final_to_swapped", 0.9), ("later_to_swapped", 0.25))
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    opened = summarise_knockouts(table, frozenset({("count_swap", "first", "log_odds")}), SUMMARY)
    left = opened[opened["measure"] == "left"].set_index("name")["ratio"]
    assert left["later_to_swapped"] == pytest.approx(0.25)
    assert opened[opened["measure"] == "lost"].set_index("name")["ratio"].to_dict() == {
        "final_to_swapped": pytest.approx(0.1),
        "later_to_swapped": pytest.approx(0.75),
    }
    shut = summarise_knockouts(table, frozenset(), SUMMARY)
    assert (shut["remark"] == NO_SHARES).all()
    assert "ratio" not in shut or shut["ratio"].isna().all()


def test_all_interventions_stand_in_one_table(
    steered: pd.DataFrame, exchanged: pd.DataFrame, cut: pd.DataFrame
) -> None:
    gates = pd.DataFrame(
        columns=["language", "kind", "named", "outcome", "subset", "gate"], dtype=object
    )
    table = summarise_interventions(steered, exchanged, cut, gates, SUMMARY)
    assert set(table["experiment"]) == {"steering", "interchange", "knock_out"}
    assert set(table["model"]) == {"tiny"}
    known = table.dropna(subset=["ci_low"])
    assert (known["ci_low"] <= known["mean"]).all()
