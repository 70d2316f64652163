from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from isogloss.pipelines.reporting.claim_rows import complete_claims, judge_claims, read_further
from isogloss.scoreboard_columns import DIFFERS, NOT_SEPARABLE, NOT_TESTED, SHOWN, TESTED
from isogloss.scoreboard_schemas import Claims, StudyClaims

BASE: dict[str, Any] = {
    "study": "reading",
    "model": "gemma",
    "subject": "languages_above_guessing",
    "language": "deu",
    "estimate": 0.6,
    "ci_low": 0.5,
    "ci_high": 0.7,
    "n": 40,
    "unit": "items",
    "null": 0.25,
    "p": 0.001,
    "wording": TESTED,
    "source": "task_scores",
    "formula": "methods/tasks.md",
}


def judge(*changes: dict[str, Any]) -> pd.DataFrame:
    rows = [{**BASE, "key": str(place), **change} for place, change in enumerate(changes)]
    return Claims.validate(judge_claims([StudyClaims.validate(complete_claims(rows))]))


def test_p_values_are_adjusted_over_all_claims_that_are_tested() -> None:
    claims = judge({"p": 0.01}, {"p": 0.04}, {"p": 0.04}, {"wording": SHOWN, "p": 0.0})
    assert claims["p_adjusted"].tolist()[:3] == pytest.approx([0.03, 0.08, 0.08])
    assert claims["wording"].tolist() == [DIFFERS, NOT_SEPARABLE, NOT_SEPARABLE, SHOWN]


@pytest.mark.parametrize(
    "change",
    [
        {"p": 0.051},
        {"ci_low": 0.2},
        {"null": float("nan")},
        {"gate": "closed"},
        {"ci_low": float("-inf")},
        {"ci_low": float("nan"), "ci_high": float("nan")},
    ],
)
def test_nothing_differs_without_p_interval_level_and_gate(change: dict[str, Any]) -> None:
    assert judge({})["wording"].tolist() == [DIFFERS]
    assert judge(change)["wording"].tolist() == [NOT_SEPARABLE]


def test_what_has_no_p_is_not_tested() -> None:
    assert judge({"p": float("nan")})["wording"].tolist() == [NOT_TESTED]


def test_a_claim_below_what_would_mean_nothing_differs_too() -> None:
    assert judge({"ci_low": 0.1, "estimate": 0.15, "ci_high": 0.2})["wording"].tolist() == [DIFFERS]


def test_languages_of_which_a_claim_holds() -> None:
    members = {"deu": 0.001, "fra": 0.02, "swh": 0.03, "yor": 0.5}
    # two tests: the others need .025
    row, _ = judge({"members": members}, {"p": 0.4}).to_dict("records")
    assert read_further(row)["above"] == ["deu", "fra"]
    assert read_further(row)["of"] == 4
    row, _ = judge({"members": members, "p": 0.04}, {"p": 0.4}).to_dict("records")
    assert read_further(row)["above"] == []


def test_the_language_that_a_claim_is_made_of_is_among_them() -> None:
    # .03 passes the second step of Holm, at .05, but not .05 / 2
    first, second = judge({"p": 0.001}, {"p": 0.03, "members": {"deu": 0.03}}).to_dict("records")
    assert second["wording"] == DIFFERS
    assert read_further(second)["above"] == ["deu"]
    assert "above" not in read_further(first)


def test_studies_come_in_the_order_in_which_they_are_said() -> None:
    claims = judge({"study": "mediation"}, {"study": "alignment"}, {"study": "reading"})
    assert claims["study"].tolist() == ["alignment", "reading", "mediation"]


def test_studies_that_were_not_made_claim_nothing() -> None:
    empty = complete_claims([])
    assert StudyClaims.validate(empty).empty
    assert Claims.validate(judge_claims([empty, empty])).empty


def test_an_id_is_made_of_what_the_claim_is() -> None:
    [claim] = complete_claims([{**BASE, "key": "Level 1: a.b", "further": {"x": 1.5}}]).to_dict(
        "records"
    )
    assert claim["id"] == "reading.gemma.languages_above_guessing.level_1_a_b"
    assert json.loads(claim["further"]) == {"x": 1.5}
