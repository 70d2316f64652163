from __future__ import annotations

import pandas as pd
import pytest

from isogloss.pipelines.reporting.mediation_outcomes import sum_up
from tests.figures.mediation_tables import make_hypotheses
from tests.pipelines.reporting.test_mediation_nodes import make_gate

NOTHING = "no total effect to mediate"
NO_BETTER = "the model counts no better than one constant answer"
NONE_STATED = make_hypotheses()[:0]
WEAK = {"accuracy": 0.1, "accuracy_ci_low": 0.05, "accuracy_ci_high": 0.25}
CONTROL = make_hypotheses().query("predicts == 'works'")


def say(*gates: dict[str, object], hypotheses: pd.DataFrame = NONE_STATED) -> list[str]:
    return sum_up(pd.DataFrame(gates), hypotheses).split("; ")


def test_a_model_that_counts_is_told() -> None:
    told = say(make_gate("count_swap"), make_gate("control"), hypotheses=CONTROL)
    assert told == [
        "counts better than one constant answer",
        "there is an effect to mediate",
        "patches work (1 of 1 statement about them supported)",
    ]


def test_a_model_that_does_not_count_has_nothing_to_mediate() -> None:
    gate = make_gate("count_swap", "closed", f"{NOTHING}; {NO_BETTER}", **WEAK)
    assert say(gate)[:2] == [
        "counts no better than one constant answer",
        "nothing to mediate, so that no layer or role can be named",
    ]


def test_effect_of_a_model_that_does_not_count_is_no_null() -> None:
    told = say(make_gate("count_swap", "closed", NO_BETTER, **WEAK))
    assert told[1] == f"no shares of the effect may be given ({NO_BETTER})"


def test_reasons_beside_skill_are_told() -> None:
    few = "fewer than 8 categories: nothing can be tested"
    told = say(make_gate("count_swap", "closed", f"{few}; {NO_BETTER}", **WEAK))
    assert told[1] == f"no shares of the effect may be given ({few})"


def test_prompts_that_differ_are_told_apart() -> None:
    behind = make_gate("count_swap", "closed", NO_BETTER, named="last", **WEAK)
    told = say(make_gate("count_swap"), behind)
    assert told[0] == (
        "counts better than one constant answer in some prompts (the usual ones), not in all"
    )


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        (["supported", "supported"], "patches work (2 of 2 statements about them supported)"),
        (
            ["supported", "contradicted"],
            "patches do not work as they should (1 of 2 statements about them contradicted)",
        ),
        (
            ["supported", "not supported"],
            "whether patches work is left open (1 of 2 statements about them supported)",
        ),
        (
            ["supported", "not testable"],
            "patches work (1 of 1 statement about them supported)",
        ),
    ],
)
def test_whether_patches_work_rests_on_what_was_stated(verdicts: list[str], told: str) -> None:
    stated = pd.concat([CONTROL, CONTROL]).assign(verdict=verdicts)
    gates = (make_gate("count_swap"), make_gate("control"))
    assert say(*gates, hypotheses=stated)[2] == told


def test_without_statements_the_control_says_what_is_known() -> None:
    open_one = say(make_gate("count_swap"), make_gate("control"))[2]
    assert open_one.endswith("see its shares below")
    closed = say(make_gate("control", "closed", NOTHING))
    assert closed == [
        "was not asked to count",
        "whether there is anything to mediate was not looked at (no count swaps)",
        f"whether patches work is not known (control: {NOTHING})",
    ]
    assert say(make_gate("count_swap"))[2] == "whether patches work was not looked at (no control)"
