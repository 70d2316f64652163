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

CATEGORIES = 8
PARAMETERS = SummaryParameters(rounds=400)


def planted_pair(kind: str, category: int, place: int, other: int) -> dict[str, Any]:
    """Fill a list at random; swap a word at a place, or exchange two."""
    generator = np.random.default_rng([category, place])
    words = [f"{'mu'[generator.integers(2)]}{at}" for at in range(ITEMS)]
    donor = list(words)
    if kind in ("count_swap", "null_swap"):
        words[place] = f"u{place}"
        donor[place] = f"m{place}" if kind == "count_swap" else f"u{place + 1}"
    else:
        # Under an irrelevant category neither of the two is a member.
        words[place], words[other] = f"u{place}", "m5" if kind == "relocation" else f"u{other}"
        donor[place], donor[other] = words[other], words[place]
    row = pair(kind, words, donor, place, other)
    name = f"{category}_{place}_{other}"
    # Irrelevant ones ask the lists of relocations.
    return {**row, "pair_id": f"{kind}_{name}", "lists_id": name, "category": f"c{category}"}


def planted_pairs() -> pd.DataFrame:
    places = {"count_swap": (0, 1, 2), "null_swap": (0, 1, 2)}
    return pd.DataFrame(
        [
            planted_pair(kind, category, place, 4 if "relocation" in kind else -1)
            for kind in ("count_swap", "null_swap", "relocation", "irrelevant_relocation")
            for category in range(CATEGORIES)
            for place in places.get(kind, (0, 1))
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
    },
    "aggregator": {
        "items_behind_hold_count": "not supported",
        "items_behind_exceed_word": "contradicted",
        "gap_holds_count": "not supported",
        "word_keeps_count": "supported",
        "items_behind_hold_nothing": "supported",
        "gap_holds_nothing": "supported",
    },
}


def test_verdicts_are_those_of_the_planted_working(judged: tuple[Working, pd.DataFrame]) -> None:
    working, table = judged
    MediationHypotheses.validate(table.reset_index())
    counting = table[table["predicts"] != "works"]
    assert counting["verdict"].to_dict() == EXPECTED[working]
    agreed = "running_count" if working == "counter" else "end_sum"
    assert set(counting.loc[counting["verdict"] == "supported", "predicts"]) == {agreed}
    # Six hypotheses expect a direction; the four about counting are tested, with 8 categories.
    assert counting["p_holm"].notna().sum() == 4
    assert counting["p"].min() == 2.0**-8
    assert table.loc["gap_holds_count", "cells"] == "gap_1 gap_2 gap_3 in 3 4"


def test_means_are_what_the_planted_working_makes_them(
    judged: tuple[Working, pd.DataFrame],
) -> None:
    working, table = judged
    means = table["mean"]
    if working == "aggregator":
        assert means[["items_behind_hold_count", "gap_holds_count"]].abs().max() < 0.01
        return
    # Layers 3 and 4 each hold the count at one item: of 4, 3 or 2 behind a swap at 0, 1 or 2.
    assert means["items_behind_hold_count"] == pytest.approx((1 / 4 + 1 / 3 + 1 / 2) / 3, abs=0.03)
    # In between 0 and 4 lie three items, of which one holds it in layer 3; between 1 and 4 two.
    assert means["gap_holds_count"] == pytest.approx((1 / 6 + 1 / 4) / 2, abs=0.03)
    assert means["word_keeps_count"] == pytest.approx(-0.5, abs=0.05)


def test_what_was_not_patched_is_not_judged(judged: tuple[Working, pd.DataFrame]) -> None:
    control = judged[1][judged[1]["predicts"] == "works"]
    assert set(control["verdict"]) == {"not testable"}
    assert set(control["remark"]) == {"there are no pairs of kind control: mediation_pairs.kinds"}
