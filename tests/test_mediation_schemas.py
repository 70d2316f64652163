"""The tables that the room makes fit their schemas, and faulty ones do not."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pandera.errors
import pytest

from isogloss.language_models import LanguageModel
from isogloss.mediation_intervention_schemas import (
    Interchanges,
    InterventionSummary,
    Knockouts,
    Probes,
    ScreenCheck,
    Steering,
)
from isogloss.mediation_schemas import (
    Attributions,
    MediationEffects,
    MediationGates,
    MediationHypotheses,
    MediationPairs,
    MediationSummary,
    PairAttrition,
    PairBalance,
    PairOutcomes,
)
from isogloss.pipelines.mediation.effect_nodes import measure_effects, measure_outcomes
from isogloss.pipelines.mediation.effect_parameters import EffectParameters, ScreenParameters
from isogloss.pipelines.mediation.hypothesis_nodes import judge_hypotheses
from isogloss.pipelines.mediation.intervention_nodes import (
    cut_attention,
    exchange_items,
    steer_counts,
)
from isogloss.pipelines.mediation.intervention_parameters import InterventionParameters
from isogloss.pipelines.mediation.probe_nodes import probe_running_counts
from isogloss.pipelines.mediation.probe_parameters import ProbeParameters
from isogloss.pipelines.mediation.screen_nodes import check_estimates, estimate_effects
from isogloss.pipelines.mediation.summary_nodes import summarise_effects, summarise_interventions
from isogloss.pipelines.mediation.summary_parameters import SummaryParameters
from tests.pipelines.mediation.conftest import make_tiny_lm
from tests.pipelines.mediation.effect_tables import store
from tests.pipelines.mediation.hypothesis_tables import shipped_hypotheses
from tests.pipelines.mediation.summarised import NOT_ASKED
from tests.pipelines.mediation.test_pair_nodes import make

Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def lm(tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    return make_tiny_lm(tmp_path_factory.mktemp("mediation") / "tiny")


@pytest.fixture(scope="module")
def tables(lm: LanguageModel) -> Tables:
    pairs, attrition, balance = make(lm, pairs=10, lengths=(5, 5), shots=0)
    effects = measure_effects(lm, pairs, EffectParameters(components=("residual",), every=3))
    found = dict(effects.compute(list(effects.items)))
    outcomes = measure_outcomes(lm, pairs, EffectParameters())
    parameters = SummaryParameters(rounds=200)
    summary, gates = summarise_effects(store(found), outcomes, NOT_ASKED, parameters)
    change = InterventionParameters(every=3, interchanges=6)
    steering, interchanges = steer_counts(lm, pairs, change), exchange_items(lm, pairs, change)
    knockouts = cut_attention(lm, pairs, change)
    screen = ScreenParameters(components=("residual",), every=3, top=2, sample=2)
    attributions = estimate_effects(lm, pairs, screen)
    return {
        "pairs": pairs,
        "attrition": attrition,
        "balance": balance,
        "effects": pd.concat(found.values(), ignore_index=True),
        "outcomes": outcomes,
        "summary": summary,
        "gates": gates,
        "hypotheses": judge_hypotheses(store(found), gates, shipped_hypotheses(), parameters),
        "steering": steering,
        "interchanges": interchanges,
        "knockouts": knockouts,
        "attributions": attributions,
        "check": check_estimates(lm, pairs, attributions, screen)[1],
        "probes": probe_running_counts(lm, pairs, ProbeParameters(every=3, shuffles=1)),
        "interventions": summarise_interventions(
            steering, interchanges, knockouts, gates, parameters
        ),
    }


SCHEMAS: dict[str, Any] = {
    "pairs": MediationPairs,
    "attrition": PairAttrition,
    "balance": PairBalance,
    "effects": MediationEffects,
    "outcomes": PairOutcomes,
    "summary": MediationSummary,
    "gates": MediationGates,
    "hypotheses": MediationHypotheses,
    "steering": Steering,
    "interchanges": Interchanges,
    "knockouts": Knockouts,
    "attributions": Attributions,
    "check": ScreenCheck,
    "probes": Probes,
    "interventions": InterventionSummary,
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_tables_fit_their_schemas(tables: Tables, name: str) -> None:
    assert len(SCHEMAS[name].validate(tables[name])) == len(tables[name]) > 0


def refuse(name: str, table: pd.DataFrame, message: str) -> None:
    with pytest.raises(pandera.errors.SchemaError, match=message):
        SCHEMAS[name].validate(table)


def test_other_tokens_may_not_differ(tables: Tables) -> None:
    pairs = tables["pairs"].copy()
    changed = list(pairs["donor_ids"].iloc[0])
    changed[-1] += 1
    pairs["donor_ids"] = [changed, *pairs["donor_ids"].iloc[1:]]
    refuse("pairs", pairs, "outside what is swapped")
    pairs["donor_ids"] = [changed[:-1], *pairs["donor_ids"].iloc[1:]]
    refuse("pairs", pairs, "equally many tokens")


def test_names_of_categories_differ_in_category_swaps_alone(lm: LanguageModel) -> None:
    pairs = make(lm, pairs=10, lengths=(5, 5), shots=0, kinds=("category_swap",))[0]
    assert len(MediationPairs.validate(pairs)) == 10
    refuse("pairs", pairs.assign(kind="count_swap"), "outside what is swapped")


def test_effects_have_to_add_up(tables: Tables) -> None:
    effects = tables["effects"]
    refuse("effects", effects.assign(direct=effects["direct"] + 1), "not the sum")


def test_shares_through_a_closed_gate_are_refused(tables: Tables) -> None:
    summary = tables["summary"].assign(ratio=0.4, gate="closed")
    refuse("summary", summary, "although the gate is closed")


def test_intervals_hold_their_values(tables: Tables) -> None:
    summary = tables["summary"]
    refuse("summary", summary.assign(ci_low=summary["mean"] + 1), "does not hold")


def test_a_hypothesis_that_is_not_testable_says_why(tables: Tables) -> None:
    hypotheses = tables["hypotheses"]
    refuse("hypotheses", hypotheses.assign(remark=""), "lacks its reason")
    refuse("hypotheses", hypotheses.assign(verdict="supported"), "although it was reached")
