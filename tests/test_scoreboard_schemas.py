from __future__ import annotations

from typing import Any

import pandas as pd
import pandera.pandas as pa
import pytest
from pandera.errors import SchemaError, SchemaErrors

from isogloss.scoreboard_columns import NOT_SEPARABLE, SHOWN, SYNTHETIC
from isogloss.scoreboard_schemas import Claims, CrossStudy, Scoreboard
from tests.scoreboard_tables import CELL, CLAIM, QUESTION, rows

MISSING = float("nan")
CLOSED = {"gate": "closed", "verdict": "not testable", "reason": "n = 7", "p_adjusted": MISSING}


@pytest.mark.parametrize("schema", [Scoreboard, Claims, CrossStudy])
def test_tables_without_rows(schema: type[pa.DataFrameModel]) -> None:
    assert schema.validate(schema.empty()).empty


def test_cells_as_they_should_be() -> None:
    unknown = {"ci_low": MISSING, "ci_high": MISSING, "chance": MISSING, "above_chance": None}
    board = Scoreboard.validate(
        rows(
            CELL,
            {},
            {**unknown, "study": "merging", "role": "target", "metric": "synergy"},
            {**unknown, "study": "merging", "role": "source", "metric": "synergy"},
        )
    )
    assert board["above_chance"].dtype == "boolean"
    assert board["above_chance"].isna().tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"value": MISSING}, "non-nullable"),
        ({"value": 0.7}, "interval does not hold"),
        ({"n": 0}, "greater_than_or_equal_to"),
        ({"study": "mediation"}, "isin"),
        ({"role": "target"}, "only languages of the study merging"),
        ({"study": "merging"}, "only languages of the study merging"),
        ({"formula": "tasks"}, "str_matches"),
        ({"score": 1.0}, "not in DataFrameSchema"),
    ],
)
def test_cells_that_cannot_be(changed: dict[str, Any], message: str) -> None:
    with pytest.raises((SchemaError, SchemaErrors), match=message):
        Scoreboard.validate(rows(CELL, changed))


def test_tables_of_before_they_held_errors_are_read() -> None:
    assert len(Scoreboard.validate(rows(CELL).drop(columns=["error", "items"]))) == 1
    with pytest.raises((SchemaError, SchemaErrors), match="greater_than_or_equal_to"):
        Scoreboard.validate(rows(CELL, {"error": -0.1}))


def test_a_cell_stands_once() -> None:
    with pytest.raises((SchemaError, SchemaErrors), match="not unique"):
        Scoreboard.validate(rows(CELL, {}, {"value": 0.55}))


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"wording": NOT_SEPARABLE, "p_adjusted": 0.2},
        {"wording": SHOWN, "p": MISSING, "p_adjusted": MISSING, "null": MISSING},
        {"wording": SYNTHETIC, "p": MISSING, "p_adjusted": MISSING, "estimate": MISSING},
    ],
)
def test_claims_as_they_should_be(changed: dict[str, Any]) -> None:
    assert len(Claims.validate(rows(CLAIM, changed))) == 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"p_adjusted": 0.06}, "does not carry"),
        ({"ci_low": 0.2}, "does not carry"),
        ({"null": MISSING}, "does not carry"),
        ({"gate": "closed"}, "does not carry"),
        ({"wording": SHOWN}, "adjusted ones"),
        ({"wording": NOT_SEPARABLE, "p_adjusted": MISSING}, "adjusted ones"),
        ({"further": "[1]"}, "no JSON object"),
        ({"further": "{"}, "no JSON object"),
        ({"id": "Reading gemma"}, "str_matches"),
    ],
)
def test_claims_that_cannot_be(changed: dict[str, Any], message: str) -> None:
    with pytest.raises((SchemaError, SchemaErrors), match=message):
        Claims.validate(rows(CLAIM, changed))


def test_questions_as_they_should_be() -> None:
    table = rows(QUESTION, {}, {"outcome": "counting", **CLOSED}, {"level": 2, "model": ""})
    pd.testing.assert_frame_equal(CrossStudy.validate(table), table)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"gate": "closed"}, "says why"),
        ({**CLOSED, "reason": ""}, "says why"),
        ({**CLOSED, "verdict": "associated"}, "says why"),
        ({"proxy": True}, "proxy is never tested"),
        ({"p_adjusted": 0.06}, "does not carry"),
        ({"p_adjusted": MISSING}, "does not carry"),
        ({"ci_low": -0.1}, "does not carry"),
        ({"ci_low": MISSING, "ci_high": MISSING}, "does not carry"),
        ({"level": 4}, "isin"),
        ({"needed_r": 1.2}, "in_range"),
    ],
)
def test_questions_that_cannot_be(changed: dict[str, Any], message: str) -> None:
    with pytest.raises((SchemaError, SchemaErrors), match=message):
        CrossStudy.validate(rows(QUESTION, changed))
