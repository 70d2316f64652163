from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from isogloss.pipelines.mediation.hypothesis_parameters import HypothesisParameters
from isogloss.setting_errors import describe_problems
from tests.pipelines.mediation.hypothesis_tables import shipped_hypotheses, state


def test_shipped_hypotheses_are_a_duel() -> None:
    stated = shipped_hypotheses().stated
    sides = pd.Series([one.predicts for one in stated.values()]).value_counts().to_dict()
    assert sides == {"running_count": 3, "end_sum": 3, "works": 3, "other": 1}
    assert len({one.states for one in stated.values()}) == len(stated)
    # What one side says something is in, the other says nothing is in: same pairs, roles and share.
    for name in ("items_behind_hold", "gap_holds"):
        holds, nothing = stated[f"{name}_count"], stated[f"{name}_nothing"]
        same = ("kind", "outcome", "effect", "component", "roles", "share", "named")
        assert [getattr(holds, one) for one in same] == [getattr(nothing, one) for one in same]
        assert "all" in nothing.layers, "every layer of the other side is one of them"


def problem(own: dict[str, Any]) -> str:
    given = {"stated": {"mine": {**state().model_dump(exclude_none=True), **own}}}
    with pytest.raises(ValidationError) as caught:
        HypothesisParameters.model_validate(given)
    [text] = describe_problems("mediation_hypotheses", given, HypothesisParameters, caught.value)
    return text


@pytest.mark.parametrize(
    ("own", "text"),
    [
        (
            {"kind": "relocation"},
            "mine: outcome: relocation has no log_odds; it has expected_count",
        ),
        (
            {"kind": "control", "effect": "noising_less_irrelevant"},
            "effect: control has no lists under an irrelevant category; take noising, or kind "
            "count_swap or relocation.",
        ),
        ({"expects": "none"}, "share: expects: none needs one, the share of the total effect"),
        ({"share": -0.5}, "stated.mine.share = -0.5: "),
        ({"against": {"roles": "final", "layers": "all"}}, "against: these are the same cells"),
        ({"layers": "centre"}, "stated.mine.layers = 'centre': it must be a list, each item"),
        ({"kind": "swap"}, "stated.mine.kind = 'swap': it must be 'count_swap', 'null_swap'"),
        (
            {"rolls": "final"},
            "There is no setting 'mediation_hypotheses.stated.mine.rolls' (given: 'final'). Did "
            "you mean roles? 'mediation_hypotheses.stated.mine' has: roles, layers, states,",
        ),
    ],
)
def test_an_invalid_hypothesis_gives_one_clear_error(own: dict[str, Any], text: str) -> None:
    assert text in problem(own)


def test_names_are_slugs() -> None:
    with pytest.raises(ValidationError, match="'My own' is no name"):
        HypothesisParameters(stated={"My own": state()})


def test_those_that_are_tested_can_be_named() -> None:
    stated = {"one": state(), "two": state(share=0.5), "three": state(share=0.3)}
    everything = HypothesisParameters(stated=stated)
    assert list(everything.judged) == ["one", "two", "three"]
    some = HypothesisParameters(stated=stated, tested="three one")
    assert list(some.judged) == ["one", "three"]
    assert some.judged["three"].share == 0.3
    with pytest.raises(ValidationError, match=r"'ones'\. Did you mean one\? Stated are: one, two"):
        HypothesisParameters(stated=stated, tested="ones")
