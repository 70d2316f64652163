from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandera.errors import SchemaError

from isogloss.pipelines.reporting.claim_rows import (
    choose_member,
    complete_claims,
    judge_claims,
    read_further,
)
from isogloss.scoreboard_columns import DIFFERS, NOT_SEPARABLE, NOT_TESTED, SHOWN, TESTED
from isogloss.scoreboard_schemas import Claims, StudyClaims
from isogloss.statistics.multiple_testing import adjust_holm

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


def of_languages(tests: dict[str, float], **changes: Any) -> dict[str, Any]:
    """Make a claim on several languages, each with the interval of the claim."""
    shared = {name: BASE[name] for name in ("ci_low", "ci_high", "null")}
    members = {language: {**shared, "p": value} for language, value in tests.items()}
    return {"members": members, "p": min(tests.values()), **changes}


def held(claim: Mapping[Any, Any]) -> list[str]:
    found: list[str] = read_further(claim)["above"]
    return found


def test_languages_of_which_a_claim_holds() -> None:
    p = {"deu": 0.001, "fra": 0.02, "swh": 0.03, "yor": 0.5}
    # two sets of tests, of which neither is through before the others: all need .025
    row, other = judge(of_languages(p), {"p": 0.4}).to_dict("records")
    assert held(row) == ["deu", "fra"]
    assert (read_further(row)["of"], read_further(row)["counted"]) == (4, 2)
    assert read_further(row)["members"]["swh"]["p_adjusted"] == pytest.approx(0.06)
    assert "above" not in read_further(other)


def test_a_language_whose_interval_includes_chance_is_not_counted() -> None:
    claim = of_languages({"deu": 0.001, "fra": 0.001, "swh": 0.001})
    claim["members"]["fra"] |= {"ci_low": 0.25, "ci_high": 0.4}
    claim["members"]["swh"] |= {"null": 0.55}
    [row] = judge(claim).to_dict("records")
    assert held(row) == ["deu"]


def test_no_claim_holds_of_a_language_behind_a_closed_gate() -> None:
    [row] = judge(of_languages({"deu": 0.001, "fra": 0.001}, gate="closed")).to_dict("records")
    assert held(row) == []


def test_a_set_whose_tests_are_all_through_does_not_count_any_more() -> None:
    first, second = judge({"p": 0.001}, of_languages({"deu": 0.03, "fra": 0.9})).to_dict("records")
    assert second["wording"] == DIFFERS
    assert held(second) == ["deu"]
    assert first["p_adjusted"] == 0.002


def test_the_schema_refuses_a_language_that_its_numbers_do_not_carry() -> None:
    table = judge(of_languages({"deu": 0.001, "fra": 0.9}))
    further = json.loads(table["further"].iloc[0])
    further["above"] = ["deu", "fra"]
    with pytest.raises(SchemaError, match=r"further\.above"):
        Claims.validate(table.assign(further=json.dumps(further)))


def test_a_claim_is_made_of_a_language_that_it_can_hold_of() -> None:
    rows = pd.DataFrame(
        {
            "language": ["deu", "fra", "swh"],
            "p": [0.001, 0.01, 0.01],
            "score": [0.5, 0.3, 0.4],
            "ci_low": [0.0, 0.2, 0.3],
            "ci_high": [0.9, 0.4, 0.5],
            "null": [0.1, 0.1, 0.1],
        }
    )
    assert choose_member(rows)["language"] == "swh"
    assert choose_member(rows.assign(ci_low=0.0))["language"] == "deu"
    below = rows.assign(null=[0.1, 0.1, 0.6])
    assert choose_member(below)["language"] == "swh"
    assert choose_member(below, higher_only=True)["language"] == "fra"


def test_tests_that_cannot_pass_beside_so_many_others_are_noted() -> None:
    others = [{"p": 0.5}] * 8
    reached = [
        read_further(
            judge({"p": 0.02, "further": {"least_p": least}}, *others).to_dict("records")[0]
        )
        for least in (0.01, 0.004)
    ]
    assert [further["out_of_reach"] for further in reached] == [True, False]


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


@pytest.mark.slow
def test_where_all_claims_but_one_have_found_something_few_reports_err() -> None:
    """Every language is a test: those of a claim that holds may err beside the claim that does not.

    Of five claims on eight languages four have one language with an effect; the rest have none, and
    every interval excludes chance, so that p-values alone decide. A level for the first of each
    claim and one for the others, side by side, would err in about 9% of such reports.
    """
    rounds, claims, languages = 800, 5, 8
    generator = np.random.default_rng(7)
    codes = ["deu", *(f"l{place}" for place in range(languages - 1))]
    erred = 0
    for _ in range(rounds):
        p = generator.random((claims, languages))
        p[1:, 0] = 0.0
        adjusted = np.stack([adjust_holm(own) for own in p])
        rows = [
            {**BASE, **of_languages(dict(zip(codes, own, strict=True))), "key": str(place),
             "language": codes[int(own.argmin())]}
            for place, own in enumerate(adjusted)
        ]  # fmt: skip
        judged = judge_claims([complete_claims(rows)])
        found = [held(row) for row in judged.to_dict("records")]
        erred += bool(found[0]) or any(set(own) - {"deu"} for own in found[1:])
    assert all("deu" in own for own in found[1:])
    assert erred / rounds <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / rounds)
    assert erred / rounds > 0.02
