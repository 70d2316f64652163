from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from isogloss.pipelines.reporting.cross_wording import describe
from isogloss.pipelines.reporting.parameters import CrossStudyParameters, ReportingParameters
from tests.pipelines.reporting.cross_tables import make_languages, make_predictor
from tests.scoreboard_tables import QUESTION, rows

REPORTING = ReportingParameters(model_labels={"gemma": "Gemma 7B, 4-bit"})
CLOSED = {
    "gate": "closed",
    "verdict": "not testable",
    "reason": "not testable here: n = 7 languages (10 needed), r of .89 needed",
    "estimate": np.nan,
}
NONE = {"verdict": "not separable", "p": 0.234, "p_adjusted": 0.7, "ci_low": -0.1}
BETA = {"level": 2, "model": "", "estimate_name": "beta", "delta_r2": 0.123,
        "unit": "languages in each of 4 models"}  # fmt: skip


def say(*changes: dict[str, object]) -> str:
    predictor = make_predictor(np.linspace(0.1, 0.9, 12))
    table = rows(QUESTION, *changes)
    return describe(table, predictor, make_languages(12), REPORTING, CrossStudyParameters())


def test_an_association_states_n_interval_and_p() -> None:
    text = say({})
    assert "Gemma 7B, 4-bit\n  Reading (accuracy): alignment is associated with it: " in text
    assert (
        "ρ = .70 [.20, .90], n = 12 languages, p = .010 (.020 for all tests), .60 to .80 without "
        "one family of languages"
    ) in text
    assert "MEXA, pool of 100 with Name of eng, mean over layers 7 to 12, 100 sentences" in text
    assert "says nothing about a cause" in text
    assert "because" not in text


def test_no_association_is_not_told_from_none() -> None:
    text = say(NONE)
    assert "alignment not told from none: ρ = .70 [-.10, .90]" in text
    assert "associated" not in text


def test_a_closed_gate_gives_its_reason_alone() -> None:
    text = say(CLOSED)
    assert f"  Reading (accuracy): {CLOSED['reason']}\n" in text
    assert "ρ" not in text
    assert "Brackets" not in text


def test_covariates_are_told_of_associations_alone() -> None:
    held = {"covariates": "information_parity", "confirmatory": False}
    assert "Reading (accuracy), given information parity (exploratory): " in say({}, held)
    assert "given information parity" not in say(NONE, {**held, **NONE})
    assert "given information parity" not in say({}, {**held, **CLOSED})


@pytest.mark.parametrize(
    ("gain", "said"), [(0.123, "predicted better with it, by .12 of R²"), (-0.1, "no better")]
)
def test_over_models(gain: float, said: str) -> None:
    text = say(CLOSED, {**BETA, "delta_r2": gain})
    assert (
        "All models together\n  Reading (accuracy): alignment is associated with it: β = " in text
    )
    assert "n = 12 languages in each of 4 models" in text
    assert said in text
    assert "log odds above chance" in text


def test_items_say_that_they_explore() -> None:
    items = {"level": 3, "predictor": "item_alignment", "estimate_name": "slope",
             "confirmatory": False, "unit": "answers (12 languages, 30 passages)"}  # fmt: skip
    text = say(CLOSED, items)
    assert "Item by item\n  Gemma 7B, 4-bit, Reading (accuracy) (exploratory): alignment is" in text
    assert "a poor translation lowers both sides" in text


def test_small_p_values_are_not_zero() -> None:
    assert "p = .0005 (.001 for all tests)" in say({"p": 0.0005, "p_adjusted": 0.001})


def test_studies_come_in_the_order_of_the_scoreboard() -> None:
    text = say({"outcome": "counting", "outcome_metric": "accuracy"}, {})
    assert text.index("Reading") < text.index("Counting")


def test_sources_of_merges_are_named() -> None:
    source = {"outcome": "merging", "outcome_metric": "synergy as source", "confirmatory": False}
    assert "Merging, as source (synergy) (exploratory): " in say(source)


def test_without_outcomes_it_says_so() -> None:
    empty = pd.DataFrame(columns=list(QUESTION))
    predictor = make_predictor(np.linspace(0.1, 0.9, 12))
    text = describe(empty, predictor, make_languages(12), REPORTING, CrossStudyParameters())
    assert "No other study has an outcome in these languages." in text
