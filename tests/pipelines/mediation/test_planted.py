"""The maps of roles tell a counter that runs along the list from one that adds up at its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.counting_prompts import Part
from isogloss.language_models import LanguageModel
from isogloss.language_models.patching.reading import read_states
from isogloss.pipelines.mediation.cell_means import align_effects
from isogloss.pipelines.mediation.counted_lists import CountedList
from isogloss.pipelines.mediation.effect_nodes import measure_effects, measure_outcomes
from isogloss.pipelines.mediation.effect_parameters import EffectParameters
from isogloss.pipelines.mediation.interchange import exchange_states, plan_exchanges
from isogloss.pipelines.mediation.intervention_nodes import cut_attention
from isogloss.pipelines.mediation.intervention_parameters import InterventionParameters
from isogloss.pipelines.mediation.intervention_summary import summarise_exchanges
from isogloss.pipelines.mediation.roles import name_roles
from isogloss.pipelines.mediation.steering import Push, steer_lists
from isogloss.pipelines.mediation.summary_parameters import SummaryParameters
from isogloss.pipelines.mediation.tokens import Encoded
from tests.pipelines.mediation.planted import (
    COUNT,
    DIGITS,
    ITEMS,
    LAYERS,
    QUANTITIES,
    UNITS,
    VOCABULARY,
    Working,
    save_planted,
)


def pair(
    kind: str, words: Sequence[str], donor: Sequence[str], place: int, other: int
) -> dict[str, Any]:
    """Make a row of `mediation_pairs` of two lists of five words."""
    lists = [["<s>", *one, "?"] for one in (words, donor)]
    ids = [[VOCABULARY[word] for word in one] for one in lists]
    parts = [Part("template", "_"), *(Part("item", "_", at) for at in range(ITEMS))]
    parts.append(Part("answer_prefix", "_"))
    spans = tuple((at, at + 1) for at in range(ITEMS + 2))
    encoded = Encoded(tuple(ids[0]), spans, (False,) * (ITEMS + 2))
    counts = [sum(word.startswith("m") for word in one) for one in (words, donor)]
    low = min(counts)
    contrast = np.zeros(10)
    contrast[[low, low + 1]] = -1, 1
    return {
        "pair_id": f"{kind}{place}{other}", "language": "eng", "kind": kind, "named": "first",
        "separators": "usual",
        "category": f"c{place}", "asked": f"c{place}", "part": "all",
        "lists_id": f"{kind}{place}{other}",
        "words": list(words), "donor_words": list(donor),
        "members": [word.startswith("m") for word in words],
        "place": place, "other_place": other, "length": ITEMS,
        "count": counts[0], "donor_count": counts[1],
        "sign": 1 if donor[place].startswith("m") else -1,
        "base_ids": ids[0], "donor_ids": ids[1],
        "roles": list(name_roles(parts, encoded, place, other)),
        "answers": [VOCABULARY[digit] for digit in DIGITS], "contrast": contrast.tolist(),
    }  # fmt: skip


def planted_pairs() -> pd.DataFrame:
    return pd.DataFrame(
        [
            pair("count_swap", "u0 m1 u2 m3 u4".split(), "m0 m1 u2 m3 u4".split(), 0, -1),
            pair("count_swap", "m0 u1 u2 m3 u4".split(), "m0 m1 u2 m3 u4".split(), 1, -1),
            pair("count_swap", "m0 m1 m2 u3 u4".split(), "m0 m1 u2 u3 u4".split(), 2, -1),
            pair("relocation", "u0 m1 u2 m3 u4".split(), "m3 m1 u2 u0 u4".split(), 0, 3),
            pair("relocation", "m0 m1 u2 u3 u4".split(), "m0 u3 u2 m1 u4".split(), 1, 3),
            pair("reordering", "m0 u1 m2 m3 u4".split(), "m3 u1 m2 m0 u4".split(), 0, 3),
            pair("reordering", "m0 u1 m2 u3 u4".split(), "m0 u3 m2 u1 u4".split(), 1, 3),
        ]
    )


@pytest.fixture(scope="module", params=["counter", "aggregator"])
def planted(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Working, LanguageModel]:
    working: Working = request.param
    return working, save_planted(tmp_path_factory.mktemp(working) / working, working)


@pytest.fixture(scope="module")
def effects(planted: tuple[Working, LanguageModel]) -> pd.DataFrame:
    parts = measure_effects(planted[1], planted_pairs(), EffectParameters(components=("residual",)))
    return align_effects(pd.concat([own for _, own in parts.compute(list(parts.items))]))


def carried(effects: pd.DataFrame, pair_id: str, outcome: str = "expected_count") -> pd.DataFrame:
    """Give the noising effect by layer and role."""
    own = effects[(effects["pair_id"] == pair_id) & (effects["outcome"] == outcome)]
    return own.pivot(index="layer", columns="role", values="noising")


def test_both_models_count(planted: tuple[Working, LanguageModel]) -> None:
    outcomes = measure_outcomes(planted[1], planted_pairs(), EffectParameters())
    assert outcomes["correct"].all()
    np.testing.assert_allclose(outcomes["expected_count"], outcomes["answer"], atol=0.15)


def test_count_swap_moves_along_the_list_or_waits_for_the_end(
    planted: tuple[Working, LanguageModel], effects: pd.DataFrame
) -> None:
    found = carried(effects, "count_swap0-1")
    on_word, at_end = found["swapped_last"], found["final"]
    assert on_word[0] == pytest.approx(1, abs=0.1)
    assert at_end[5] == pytest.approx(1, abs=0.1)
    later = found[["item_+1", "item_+2", "item_+3", "item_+4"]]
    if planted[0] == "aggregator":
        assert on_word[3] == pytest.approx(1, abs=0.1), "the word holds it until it is added up"
        assert at_end[4] == pytest.approx(1, abs=0.1)
        assert later.abs().max().max() < 0.02
    else:
        assert on_word[1] == pytest.approx(0, abs=0.02), "it has gone on to the next item"
        for layer in (1, 2, 3, 4):
            assert later.loc[layer, f"item_+{layer}"] == pytest.approx(1, abs=0.1)


def test_relocation_is_seen_in_the_gap_by_a_running_count_alone(
    planted: tuple[Working, LanguageModel], effects: pd.DataFrame
) -> None:
    for pair_id, gap, layer in (("relocation03", "gap_2", 2), ("relocation13", "gap_1", 2)):
        found = carried(effects, pair_id)
        totals = effects.loc[effects["pair_id"] == pair_id, "total"]
        assert totals.abs().max() < 0.1, "the count stays the same"
        expected = 1.0 if planted[0] == "counter" else 0.0
        assert found.loc[layer, gap] == pytest.approx(expected, abs=0.1)
        assert found[gap].drop(layer).abs().max() < 0.05


def test_words_of_one_kind_that_change_places_carry_nothing(
    planted: tuple[Working, LanguageModel], effects: pd.DataFrame
) -> None:
    own = effects[(effects["kind"] == "reordering") & (effects["outcome"] != "log_odds")]
    assert {"gap_1", "gap_2", "other_last", "item_+1", "final"} <= set(own["role"])
    assert set(own["outcome"]) == {"expected_count", "up", "down"}
    assert np.abs(own[["total", "noising", "denoising"]].to_numpy(float)).max() < 0.02


def test_cutting_the_question_off_tells_them_apart(planted: tuple[Working, LanguageModel]) -> None:
    settings = InterventionParameters(edges=("final_to_swapped", "later_to_swapped"))
    cut = cut_attention(planted[1], planted_pairs(), settings)
    own = cut[(cut["outcome"] == "log_odds") & (cut["pair_id"] == "count_swap0-1")]
    share = (own["left"] / own["total"]).set_axis(own["edges"])
    through_items = planted[0] == "counter"
    assert share["final_to_swapped"] == pytest.approx(1 if through_items else 0, abs=0.3)
    assert share["later_to_swapped"] == pytest.approx(0 if through_items else 1, abs=0.1)


def planted_lists(number: int = 60) -> list[CountedList]:
    generator = np.random.default_rng(0)
    lists = []
    for at in range(number):
        members = tuple((generator.random(ITEMS) < 0.5).tolist())
        words = [f"{'m' if member else 'u'}{place}" for place, member in enumerate(members)]
        lists.append(
            CountedList(
                f"l{at}", "eng", f"c{at % 10}", tuple(words), members,
                tuple(VOCABULARY[word] for word in ["<s>", *words, "?"]),
                tuple(VOCABULARY[digit] for digit in DIGITS),
                tuple((place,) for place in range(1, ITEMS + 1)), tuple(range(2, ITEMS + 2)),
            )
        )  # fmt: skip
    return lists


@pytest.fixture(scope="module")
def exchanged(planted: tuple[Working, LanguageModel]) -> pd.DataFrame:
    lists = planted_lists()
    planned = plan_exchanges(lists, 150, np.random.default_rng(1))
    ids, spots = [one.ids for one in lists], [one.spots("item") for one in lists]
    rows: list[dict[str, Any]] = []
    with planted[1].open() as loaded:
        for layer in range(LAYERS + 1):
            states = [one[0] for one in read_states(loaded, ids, [layer], spots)]
            rows += exchange_states(
                loaded, lists, planned, states, layer, "item", InterventionParameters()
            )
    return pd.DataFrame(rows)


def test_an_item_of_another_list_brings_its_running_count_or_nothing(
    planted: tuple[Working, LanguageModel], exchanged: pd.DataFrame
) -> None:
    gap = exchanged["source_running"] - exchanged["running"]
    assert set(gap) == {-2, -1, 0, 1, 2}
    if planted[0] == "aggregator":
        assert exchanged["change"].abs().max() < 0.02
        return
    holds = exchanged["item"] == exchanged["layer"]
    assert holds.sum() == 150
    np.testing.assert_allclose(exchanged["change"][holds], gap[holds], atol=0.3)
    assert exchanged["change"][~holds].abs().max() < 0.02


def test_slope_of_exchanges_is_that_of_a_counter_alone(
    planted: tuple[Working, LanguageModel], exchanged: pd.DataFrame
) -> None:
    found = summarise_exchanges(exchanged, SummaryParameters(rounds=400)).set_index("layer")
    if planted[0] == "aggregator":
        assert found["mean"].abs().max() < 0.005
        return
    assert found.loc[[2, 3], "mean"].min() > 0.15
    assert found.loc[[2, 3], "p_adjusted"].max() < 0.05
    assert found.loc[[0, 4, 5], "mean"].abs().max() < 0.01


def test_counts_are_steered_at_the_last_item(
    planted: tuple[Working, LanguageModel],
) -> None:
    one_more = np.zeros(UNITS)
    one_more[[COUNT, QUANTITIES + COUNT]] = 1, -1
    lists = [one for one in planted_lists(30) if 1 <= sum(one.members) <= 4]
    rows: list[dict[str, Any]] = []
    with planted[1].open() as loaded:
        for layer in (2, 4):
            pushes = [[Push("probe", 0, one_more)]] * len(lists)
            rows += steer_lists(loaded, lists, pushes, layer, "item", InterventionParameters())
    steered = pd.DataFrame(rows)
    assert set(steered["layer"]) == {2, 4}, "of the other items both models know by then"
    np.testing.assert_allclose(steered["change"], steered["step"], atol=0.3)
