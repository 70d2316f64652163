"""The hypotheses as shipped tell a counter that runs along the list from one that adds up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss.mediation_schemas import MediationHypotheses
from isogloss.pipelines.mediation.effect_nodes import measure_effects, measure_outcomes
from isogloss.pipelines.mediation.effect_parameters import EffectParameters
from isogloss.pipelines.mediation.hypothesis_nodes import judge_hypotheses
from isogloss.pipelines.mediation.summary_nodes import summarise_effects
from isogloss.pipelines.mediation.summary_parameters import SummaryParameters
from tests.pipelines.mediation.effect_tables import store
from tests.pipelines.mediation.hypothesis_tables import shipped_hypotheses
from tests.pipelines.mediation.planted import ITEMS, Working, save_planted
from tests.pipelines.mediation.summarised import NOT_ASKED
from tests.pipelines.mediation.test_planted import pair

CATEGORIES = 10
PARAMETERS = SummaryParameters(rounds=400)


def planted_pair(kind: str, category: int, place: int, other: int) -> dict[str, Any]:
    """Fill a list at random; swap a word at a place, or exchange two."""
    generator = np.random.default_rng([category, place])
    words = [f"{'mu'[generator.integers(2)]}{at}" for at in range(ITEMS)]
    donor = list(words)
    if other < 0:
        words[place] = f"u{place}"
        donor[place] = f"m{place}" if kind == "count_swap" else f"u{place + 1}"
    else:
        # Under an irrelevant category neither of the two is a member; in a reordering both are.
        two = {"relocation": ("u", "m"), "reordering": ("m", "m")}.get(kind, ("u", "u"))
        words[place], words[other] = f"{two[0]}{place}", f"{two[1]}5"
        donor[place], donor[other] = words[other], words[place]
    row = pair(kind, words, donor, place, other)
    name = f"{category}_{place}_{other}"
    # Irrelevant ones ask the lists of count swaps and relocations.
    return {**row, "pair_id": f"{kind}_{name}", "lists_id": name, "category": f"c{category}"}


SWAPS = ("count_swap", "null_swap", "irrelevant")
MOVES = ("relocation", "irrelevant_relocation", "reordering")


def planted_pairs() -> pd.DataFrame:
    places = {**dict.fromkeys(SWAPS, (0, 1, 2)), **dict.fromkeys(MOVES, (0, 1))}
    return pd.DataFrame(
        [
            planted_pair(kind, category, place, 4 if kind in MOVES else -1)
            for kind, own in places.items()
            for category in range(CATEGORIES)
            for place in own
        ]
    )


@pytest.fixture(scope="module", params=["counter", "aggregator"])
def judged(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Working, pd.DataFrame]:
    working: Working = request.param
    model = save_planted(tmp_path_factory.mktemp(working) / working, working)
    pairs, settings = planted_pairs(), EffectParameters(components=("residual",))
    parts = measure_effects(model, pairs, settings)
    effects = store(dict(parts.compute(list(parts.items))))
    outcomes = measure_outcomes(model, pairs, settings)
    _, gates = summarise_effects(effects, outcomes, NOT_ASKED, PARAMETERS)
    table = judge_hypotheses(effects, gates, shipped_hypotheses(), PARAMETERS)
    return working, table.set_index("name")


EXPECTED = {
    "counter": {
        "items_behind_hold_count": "supported",
        "items_behind_exceed_word": "supported",
        "gap_holds_count": "supported",
        "word_keeps_count": "contradicted",
        "items_behind_hold_nothing": "contradicted",
        "gap_holds_nothing": "contradicted",
        "reordering_moves_nothing": "supported",
    },
    "aggregator": {
        "items_behind_hold_count": "contradicted",
        "items_behind_exceed_word": "contradicted",
        "gap_holds_count": "contradicted",
        "word_keeps_count": "supported",
        "items_behind_hold_nothing": "supported",
        "gap_holds_nothing": "supported",
        "reordering_moves_nothing": "supported",
    },
}


def test_verdicts_are_those_of_the_planted_working(judged: tuple[Working, pd.DataFrame]) -> None:
    working, table = judged
    MediationHypotheses.validate(table.reset_index())
    tested = table[table["verdict"] != "not testable"]
    assert tested["verdict"].to_dict() == EXPECTED[working]
    agreed = "running_count" if working == "counter" else "end_sum"
    assert set(tested.loc[tested["verdict"] == "supported", "predicts"]) == {agreed, "works"}
    # Ten hypotheses, of which seven are tested, with ten categories.
    assert tested[["p_holm", "p_opposite_holm"]].notna().all(axis=None)
    assert tested["p"].min() == 2.0**-CATEGORIES
    assert table.loc["gap_holds_count", "cells"] == "gap_1 gap_2 gap_3 in 3 4"
    assert table.loc["gap_holds_nothing", "cells"] == "gap_1 gap_2 gap_3 in 1 2 3 4"


def test_means_are_what_the_planted_working_makes_them(
    judged: tuple[Working, pd.DataFrame],
) -> None:
    working, table = judged
    means, margins = table["mean"], table["margin"]
    assert means["reordering_moves_nothing"] == pytest.approx(0, abs=0.01)
    # A member is one item more; a relocation takes its margin from there.
    assert margins["word_keeps_count"] == pytest.approx(0.5, abs=0.02)
    assert margins["gap_holds_count"] == pytest.approx(0.25, abs=0.01)
    if working == "aggregator":
        assert means[["items_behind_hold_count", "gap_holds_count"]].abs().max() < 0.01
        return
    # In layers 3 and 4 one of the items behind the swap holds all of it, and the word nothing.
    assert means["items_behind_hold_count"] == pytest.approx(1, abs=0.05)
    assert means["items_behind_exceed_word"] == pytest.approx(1, abs=0.05)
    # In layers 1 to 4 it is at that item in 4, 3 or 2 of them, and before that at the word.
    assert means["items_behind_hold_nothing"] == pytest.approx(3 / 4, abs=0.05)
    # Between 0 or 1 and 4 lie items that hold it in layer 3 and not in 4.
    assert means["gap_holds_count"] == pytest.approx(0.5, abs=0.05)


def test_what_was_not_patched_is_not_judged(judged: tuple[Working, pd.DataFrame]) -> None:
    untested = judged[1].loc[judged[1]["verdict"] == "not testable", "remark"].to_dict()
    control = "there are no pairs of kind control: mediation_pairs.kinds"
    assert untested.pop("separator_holds_count").startswith("there is no role swapped_separator")
    assert untested == dict.fromkeys(("control_starts_at_word", "control_ends_at_final"), control)
