from __future__ import annotations

import logging
from typing import Any

import numpy as np
import pandas as pd
import pytest

from isogloss import answer_schemas
from isogloss.pipelines.cultural.analysis_nodes import measure_labeller_agreement
from isogloss.pipelines.cultural.analysis_parameters import AnalysisParameters
from isogloss.statistics.krippendorff import interval_alpha, nominal_alpha

PROMPTS = pd.DataFrame(
    {
        "prompt_id": [f"p{n}" for n in range(8)],
        "question": [f"q{n // 2}" for n in range(8)],
        "language": ["eng", "dan"] * 4,
    }
)


def labels(labeller: str, opinions: list[str], status: str = "labelled") -> pd.DataFrame:
    """Give the labels of one labeller, one list of opinions a prompt."""
    return pd.DataFrame(
        {
            "model": "m",
            "labeller": labeller,
            "prompt_id": PROMPTS["prompt_id"],
            "sample": 0,
            "pro": [own.split(";").count("pro") for own in opinions],
            "con": [own.split(";").count("con") for own in opinions],
            "neutral": [own.split(";").count("neutral") for own in opinions],
            "opinions": opinions,
            "response_language": "",
            "status": status,
            "expected": 10,
        }
    )


FIRST = ["pro;con", "pro;pro", "con;con", "pro;con;con", "pro", "con;pro", "con", "neutral"]
SECOND = ["pro;con", "pro;con", "con;con", "pro;con", "pro", "con;pro", "pro", "neutral"]


def compare(*tables: pd.DataFrame) -> pd.DataFrame:
    found = measure_labeller_agreement(
        pd.concat(tables, ignore_index=True), PROMPTS, AnalysisParameters()
    )
    answer_schemas.LabellerAgreement.validate(found)
    return found


def keyed(table: pd.DataFrame) -> dict[Any, dict[str, Any]]:
    found: dict[Any, Any] = table.set_index(["model", "language", "unit"]).to_dict("index")
    return found


def test_statements_go_together_where_both_labellers_found_as_many(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO):
        found = keyed(compare(labels("a", FIRST), labels("b", SECOND)))
    assert "different numbers of opinions in 1 of 8 responses" in caplog.text
    pairs = [
        (x, y)
        for one, other in zip(FIRST, SECOND, strict=True)
        if one.count(";") == other.count(";")
        for x, y in zip(one.split(";"), other.split(";"), strict=True)
    ]
    expected = nominal_alpha([x for x, _ in pairs], [y for _, y in pairs], np.ones((1, len(pairs))))
    row = found["all", "all", "statement"]
    assert row["krippendorff_alpha"] == pytest.approx(expected[0])
    assert row["n_units"] == len(pairs) == 11
    assert row["n"] == 4
    assert row["ci_low"] < expected[0] < row["ci_high"] <= 1


def test_responses_are_compared_by_their_share_of_pro_opinions() -> None:
    found = keyed(compare(labels("a", FIRST), labels("b", SECOND)))
    # the last response takes no side
    x, y = [0.5, 1, 0, 1 / 3, 1, 0.5, 0], [0.5, 0.5, 0, 0.5, 1, 0.5, 1]
    expected = interval_alpha(x, y, np.ones((1, 7)))[0]
    row = found["all", "all", "response"]
    assert row["krippendorff_alpha"] == pytest.approx(expected)
    assert row["n_units"] == 7


def test_models_and_languages_are_also_compared_alone() -> None:
    found = compare(labels("a", FIRST), labels("b", SECOND))
    cells = set(zip(found["model"], found["language"], strict=True))
    assert cells == {("all", "all"), ("m", "eng"), ("m", "dan")}


def test_equal_labels_agree_wholly() -> None:
    found = keyed(compare(labels("a", FIRST), labels("b", FIRST)))
    assert found["all", "all", "statement"]["krippendorff_alpha"] == pytest.approx(1)
    assert found["all", "all", "response"]["krippendorff_alpha"] == pytest.approx(1)
    ends = [row[end] for row in found.values() for end in ("ci_low", "ci_high")]
    assert np.isnan(ends).all()


def test_labels_that_failed_are_compared_with_nothing(caplog: pytest.LogCaptureFixture) -> None:
    broken = labels("b", SECOND)
    broken.loc[[1, 3], "status"] = ["invalid", "empty"]
    with caplog.at_level(logging.INFO):
        found = keyed(compare(labels("a", FIRST), broken))
    assert "2 of 16 labels" in caplog.text
    assert found["all", "all", "response"]["n_units"] == 5


def test_labels_that_one_labeller_alone_gave_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        compare(labels("a", FIRST), labels("b", SECOND))
        assert "alone" not in caplog.text
        compare(labels("a", FIRST), labels("b", SECOND).iloc[:5])
    assert "5 responses were labelled by both a and b; 3 by a alone and 0 by b alone" in caplog.text


def test_labels_of_prompts_that_are_gone_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    both = pd.concat([labels("a", FIRST), labels("b", SECOND)], ignore_index=True)
    measure_labeller_agreement(both, PROMPTS.iloc[1:], AnalysisParameters())
    assert "2 of 16 labels are of prompts that survey_prompts does not hold" in caplog.text


def test_a_single_labeller_agrees_with_nobody() -> None:
    assert compare(labels("a", FIRST)).empty


def test_three_labellers_are_compared_two_by_two() -> None:
    found = compare(labels("a", FIRST), labels("b", SECOND), labels("c", FIRST))
    pairs = set(zip(found["labeller_a"], found["labeller_b"], strict=True))
    assert pairs == {("a", "b"), ("a", "c"), ("b", "c")}
