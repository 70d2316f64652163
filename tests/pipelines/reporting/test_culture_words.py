from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from isogloss.pipelines.reporting.culture_words import (
    DIFFERS,
    NOT_SEPARABLE,
    NOT_TESTED,
    OF_SYNTHETIC,
    SHOWN,
    WORDS,
    judge,
    write_estimate,
    write_span,
)


def make_rows(**columns: object) -> pd.DataFrame:
    row = {"value": 0.4, "ci_low": 0.2, "ci_high": 0.6, "battery_ci_low": 0.1,
           "battery_ci_high": 0.7, "p_adjusted": 0.001, "synthetic": False}  # fmt: skip
    return pd.DataFrame([row | columns])


@pytest.mark.parametrize(
    ("columns", "word"),
    [
        ({}, DIFFERS),
        ({"value": -0.4, "ci_low": -0.6, "ci_high": -0.2, "battery_ci_low": -0.7,
          "battery_ci_high": -0.1}, DIFFERS),
        ({"p_adjusted": 0.01}, NOT_SEPARABLE),
        ({"battery_ci_low": -0.1}, NOT_SEPARABLE),
        ({"ci_low": -0.3, "ci_high": 1.1}, NOT_SEPARABLE),
        ({"p_adjusted": np.nan}, NOT_TESTED),
        ({"value": np.nan}, NOT_TESTED),
        ({"ci_low": np.nan, "ci_high": np.nan, "battery_ci_low": np.nan,
          "battery_ci_high": np.nan}, NOT_TESTED),
        ({"synthetic": True}, OF_SYNTHETIC),
        ({"synthetic": True, "value": np.nan}, OF_SYNTHETIC),
    ],
)  # fmt: skip
def test_the_word_follows_from_the_row_alone(columns: dict[str, object], word: str) -> None:
    assert judge(make_rows(**columns)).tolist() == [word]
    assert word in WORDS


def test_what_was_not_meant_to_be_tested_is_shown() -> None:
    assert judge(make_rows().drop(columns="p_adjusted")).tolist() == [SHOWN]
    made_up = make_rows(synthetic=True).drop(columns="p_adjusted")
    assert judge(made_up).tolist() == [OF_SYNTHETIC]
    assert judge(make_rows()[:0]).empty


def test_words_keep_to_their_rows() -> None:
    rows = pd.concat([make_rows(), make_rows(p_adjusted=0.5)])
    rows.index = pd.Index([7, 3])
    assert judge(rows).to_dict() == {7: DIFFERS, 3: NOT_SEPARABLE}


def test_a_rule_that_holds_by_chance_one_time_in_a_hundred_says_so_as_rarely() -> None:
    """Shuffled labels: p is uniform, intervals hold 0 in 95 of 100 cases, both by the same draw."""
    generator = np.random.default_rng(0)
    z = generator.standard_normal((4000, 5))
    p = 2 * norm.sf(np.abs(z))
    rows = pd.DataFrame(
        {"value": z.ravel(), "ci_low": z.ravel() - 1.96, "ci_high": z.ravel() + 1.96,
         "p_adjusted": np.minimum(p * 5, 1).ravel()}
    )  # fmt: skip
    said = judge(rows).to_numpy().reshape(4000, 5) == DIFFERS
    assert 0.004 < said.any(axis=1).mean() < 0.016


def test_numbers_are_written_with_their_interval() -> None:
    row: dict[Hashable, Any] = {"value": 0.123, "low": -0.05, "high": 0.3}
    assert write_estimate(row) == ".12 [-.05, .30]"
    assert write_estimate(row, signed=True) == "+.12 [-.05, .30]"
    assert write_estimate(row | {"value": -0.4}, signed=True) == "-.40 [-.05, .30]"
    assert write_estimate(row | {"value": 0.001}, signed=True) == ".00 [-.05, .30]"
    assert write_estimate({"value": np.nan, "low": np.nan, "high": np.nan}, signed=True) == "–"
    assert write_span(pd.Series([0.3, np.nan, -0.1])) == "-.10 to .30"
    assert write_span(pd.Series([0.3, 0.301])) == ".30"
    assert write_span(pd.Series([np.nan])) == "–"
