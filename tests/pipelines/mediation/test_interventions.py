from __future__ import annotations

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
    each = steered.groupby(["layer", "spot", "direction", "draw", "step"])["list_id"]
    assert each.nunique().min() == each.size().max() == 10
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


def test_all_interventions_stand_in_one_table(
    steered: pd.DataFrame, exchanged: pd.DataFrame, cut: pd.DataFrame
) -> None:
    gates = pd.DataFrame(
        columns=["language", "kind", "named", "separators", "outcome", "subset", "gate"],
        dtype=object,
    )
    table = summarise_interventions(steered, exchanged, cut, gates, SUMMARY)
    assert set(table["experiment"]) == {"steering", "interchange", "knock_out"}
    assert set(table["model"]) == {"tiny"}
    known = table.dropna(subset=["ci_low"])
    assert (known["ci_low"] <= known["mean"]).all()
