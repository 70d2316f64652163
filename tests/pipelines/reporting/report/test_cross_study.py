from __future__ import annotations

import numpy as np

from isogloss.pipelines.reporting.parameters import ReportingParameters
from isogloss.pipelines.reporting.report.cross_study import list_questions
from isogloss.pipelines.reporting.report.sections import Readers
from tests.pipelines.reporting.cross_tables import make_languages
from tests.scoreboard_tables import QUESTION, rows

READERS: Readers = {
    "languages": make_languages(3),
    "pivot": "eng",
    "parameters": ReportingParameters(),
}
CLOSED = {"gate": "closed", "verdict": "not testable", "reason": "n = 7", "estimate": np.nan}


def test_rows_say_what_is_held_constant_and_what_was_declared() -> None:
    explored = {**CLOSED, "confirmatory": False}
    asked = rows(
        QUESTION,
        CLOSED,
        {**explored, "covariates": "information_parity"},
        {**explored, "covariates": "information_parity token_parity"},
    )
    [table] = list_questions({"cross_study": asked}, READERS)
    told = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
    assert [(row["given"], row["kind"]) for row in told] == [
        ("–", "confirmatory"),
        ("information parity", "exploratory"),
        ("information parity and token parity", "exploratory"),
    ]
    assert len({tuple(row) for row in table["rows"]}) == 3
